import { expect, test } from 'vitest';
import { TurnGate } from './turn-gate.ts';

/** A gate with slices of 1 ms whose every turn takes 0.25 ms. */
function busyGate() {
  let now = 0;
  const gate = new TurnGate(1, () => now);
  const done: number[] = [];
  const turn = async (i: number) => {
    await gate.pass();
    now += 0.25;
    done.push(i);
  };
  return { turn, done };
}

const round = () => new Promise<void>(next => setImmediate(next));

test('[G9] what comes in while many actors are busy is heard after a slice of their turns, not after all of them', async () => {
  const { turn, done } = busyGate();
  const all = Promise.all(Array.from({ length: 100 }, (_, i) => turn(i)));
  const heard: number[] = [];
  while (done.length < 100) {
    await round();
    heard.push(done.length);
  }
  await all;
  expect(heard[0]).toBeLessThanOrEqual(100);
  expect(Math.max(...heard.map((count, i) => count - (heard[i - 1] ?? count)))).toBeLessThanOrEqual(5);
  expect(done).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test('a turn alone in its round waits for nothing, and a long one never locks the next one out', async () => {
  let now = 0;
  const gate = new TurnGate(1, () => now);
  expect(gate.pass()).toBe(null);
  now += 50;
  const second = gate.pass();
  expect(second).not.toBe(null);
  now += 50;
  await second;
  await round();
  await round();
  expect(gate.pass()).toBe(null);
});
