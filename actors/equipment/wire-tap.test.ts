import { beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import type { WireBatch } from '../transport/envelopes.ts';
import { WireTap } from './wire-tap.ts';

let clock: ManualClock;
let batches: WireBatch[];
let tap: WireTap;
beforeEach(() => {
  clock = new ManualClock();
  batches = [];
  tap = new WireTap({ actor: 'equipment/m', clock, publish: batch => batches.push(batch) });
});
const line = (text: string) => tap.line({ at: clock.now(), direction: 'sent', text, poll: false });

test('nothing is published while nobody listens, and the newest lines wait for the first listener', () => {
  for (let i = 0; i < 500; i += 1) line(`G1 X${i}`);
  clock.advance(1_000);
  expect(batches).toEqual([]);
  tap.listen();
  clock.advance(100);
  expect(batches[0]?.lines.length).toBe(100);
  expect(batches[0]?.lines.at(-1)?.text).toBe('G1 X499');
});

test('a listener that is silent for 12 s is gone', () => {
  tap.listen();
  clock.advance(12_001);
  line('?');
  clock.advance(1_000);
  expect(batches).toEqual([]);
});

test('[G9] what does not fit into a batch is counted', () => {
  tap.listen();
  for (let i = 0; i < 250; i += 1) line(String(i));
  clock.advance(100);
  expect(batches[0]).toMatchObject({ dropped: 50 });
  expect(batches[0]?.lines.length).toBe(200);
});
