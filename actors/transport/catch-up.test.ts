import { expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { until } from '../testing/until.ts';
import { CatchUp } from './catch-up.ts';

function behind(...ids: string[]) {
  const clock = new ManualClock();
  const missing = new Set(ids);
  const readings: { at: number; ids: readonly string[] }[] = [];
  let answer: () => Promise<void> = async () => undefined;
  const read = async (wanted: readonly string[]) => {
    readings.push({ at: clock.monotonic(), ids: wanted });
    await answer();
  };
  const catchUp = new CatchUp({ clock, read, isBehind: id => missing.has(id) });
  /** Lets time pass until it has read again, and that reading be over. */
  const readAgain = async () => {
    const before = readings.length;
    for (let n = 0; n < 200 && readings.length === before; n += 1) clock.advance(100);
    await new Promise(setImmediate);
  };
  const answers = (how: () => Promise<void>) => {
    answer = how;
  };
  return { clock, missing, readings, catchUp, readAgain, answers };
}

test('[F21] reads many together, once however often they are wanted, until none is behind', async () => {
  const { clock, missing, readings, catchUp, readAgain } = behind('a', 'b', 'c');
  catchUp.want(['a', 'b', 'z']);
  catchUp.want(['b', 'c']);
  await new Promise(setImmediate);
  expect(readings.map(({ ids }) => ids)).toEqual([['a', 'b'], ['c']]);
  missing.delete('b');
  await readAgain();
  expect(readings.at(-1)?.ids).toEqual(['a', 'c']);
  missing.clear();
  clock.advance(60_000);
  expect(readings).toHaveLength(3);
});

test('[F21] reads ever more rarely what cannot be had, and goes on when a reading fails', async () => {
  const { readings, catchUp, readAgain, answers } = behind('a');
  answers(() => Promise.reject(new Error('away')));
  catchUp.want(['a']);
  await new Promise(setImmediate);
  for (let n = 0; n < 7; n += 1) await readAgain();
  expect(readings.map(({ at }, i) => at - (readings[i - 1]?.at ?? 0))).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

test('[F21] a fleet is read in parts, one after another', async () => {
  const all = Array.from({ length: 250 }, (_, n) => `m-${n}`);
  const { readings, catchUp } = behind(...all);
  catchUp.want(all);
  await until('all were read', () => readings.flatMap(({ ids }) => ids).length === 250);
  expect(readings.map(({ ids }) => ids.length)).toEqual([100, 100, 50]);
  catchUp.close();
});
