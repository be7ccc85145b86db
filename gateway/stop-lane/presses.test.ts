import { beforeEach, expect, test } from 'vitest';
import type { LanePress } from '../../actors/stop/protocol.ts';
import type { StopStage } from '../contract/live.ts';
import { Latch } from './latch.ts';
import type { NodeLine } from './node-sockets.ts';
import { Presses } from './presses.ts';

let at: number;
/** The ids under which a press came to the node, and what whoever pressed was told. */
let reached: string[];
let told: StopStage[];
let presses: Presses;
beforeEach(() => {
  [at, reached, told] = [0, [], []];
  const node: NodeLine = { alive: true, equipment: ['mill-1'], press: ({ stopId }) => reached.push(stopId) > 0 };
  const latch = new Latch({ known: [], settleMs: 60_000, mono: () => at, changed: () => undefined });
  presses = new Presses({ latch, nodes: () => [node], overMessages: () => undefined, mono: () => at });
});

const press: LanePress = { stopId: 'button', equipment: 'all', by: 'person-1', byName: 'Mara', pass: 'valid', at: 0 };
const sent = () => presses.press(press, stage => told.push(stage));
const answer = (stage: 'written' | 'confirmed') => presses.heard({ stopId: 'button', equipment: 'mill-1', stage, ms: 1 });

test('[F17] an id that a client gives to each of its presses is a stop each time, long after the last one was confirmed', () => {
  sent();
  answer('written');
  answer('confirmed');
  at = 10_001;
  told.length = 0;
  const again = sent();
  expect(again).not.toBe('button');
  expect(reached).toEqual(['button', again]);
  expect(presses.outcome(again)).toEqual({ written: false, confirmed: false });
  expect(told.map(({ stage }) => stage)).toEqual(['received']);
});

test.each([
  ['at once', 10_000, ['written', 'confirmed'] as const],
  ['long after one that no machine has confirmed', 10_001, ['written'] as const],
])('[F17] the same id %s is the same press', (_title, later, stages) => {
  sent();
  for (const stage of stages) answer(stage);
  at = later;
  expect(sent()).toBe('button');
  expect(reached).toEqual(['button']);
});
