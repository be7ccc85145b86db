import { beforeEach, expect, test } from 'vitest';
import type { Telemetry } from '../../statecharts/equipment/status.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { TelemetryCell } from './telemetry-cell.ts';

let clock: ManualClock;
let published: Telemetry[];
let live: boolean;
let cell: TelemetryCell;
beforeEach(() => {
  clock = new ManualClock();
  published = [];
  live = true;
  cell = new TelemetryCell({ actor: 'equipment/m', epoch: 3, clock, live: () => live, publish: telemetry => published.push(telemetry) });
});

test('[G9] a flood of updates goes out at 20 Hz with the latest values', () => {
  for (let i = 0; i < 1_000; i += 1) {
    cell.update({ feed: i });
    clock.advance(1);
  }
  expect(published.length).toBeGreaterThanOrEqual(19);
  expect(published.length).toBeLessThanOrEqual(21);
  clock.advance(50);
  expect(published.at(-1)).toMatchObject({ actor: 'equipment/m', epoch: 3, feed: 999 });
  expect(published.map(one => one.n)).toEqual(published.map((_, i) => i + 1));
});

test('a silent but living device is heard of once a second, with the time of its last word', () => {
  cell.update({ feed: 5 });
  clock.advance(3_000);
  expect(published.length).toBe(4);
  expect(published.at(-1)).toMatchObject({ feed: 5, at: 0 });
});

test('a device that does not answer is not shown as if it did', () => {
  cell.update({ feed: 5 });
  live = false;
  clock.advance(10_000);
  expect(published.length).toBe(1);
});
