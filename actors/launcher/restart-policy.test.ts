import { describe, expect, it } from 'vitest';
import { decideRestart, noRestarts, type RestartHistory, type RestartPace, restartPaces } from './restart-policy.ts';

const { patient, urgent } = restartPaces;

/** Delays of a program that ends at once, over and over. */
function delays(count: number, pace: RestartPace = patient): number[] {
  let history: RestartHistory = noRestarts;
  let now = 0;
  return Array.from({ length: count }, () => {
    const decision = decideRestart({ pace, history, ranMs: 0, now, random: 0.5 });
    history = decision.history;
    now += decision.delayMs;
    return decision.delayMs;
  });
}

describe('restarting an ended program', () => {
  it('[G7] restarts at once the first time, then with doubling pauses', () => {
    expect(delays(5)).toEqual([0, 200, 400, 800, 1_600]);
  });

  it('[G7] spreads the pauses by a quarter to either side', () => {
    const history = { restarts: [0] };
    expect(decideRestart({ pace: patient, history, ranMs: 0, now: 1, random: 0 }).delayMs).toBe(150);
    expect(decideRestart({ pace: patient, history, ranMs: 0, now: 1, random: 1 }).delayMs).toBe(250);
  });

  it('[G7] makes a long pause beyond the restart intensity and says so', () => {
    const restarts = [0, 1, 2, 3, 4, 5, 6, 7];
    expect(decideRestart({ pace: patient, history: { restarts }, ranMs: 0, now: 10, random: 0.5 })).toMatchObject({
      delayMs: 30_000,
      loud: true,
    });
  });

  it('[G7] never waits more than a second for the node, however often it ends: without it nothing can stop a machine', () => {
    expect(Math.max(...delays(40, urgent))).toBe(1_000);
    expect(decideRestart({ pace: urgent, history: { restarts: [0, 1, 2, 3] }, ranMs: 0, now: 5, random: 1 }).delayMs).toBeLessThanOrEqual(
      1_000,
    );
  });

  it('[G7] forgets earlier restarts after a stable minute', () => {
    const history = { restarts: [0, 1, 2] };
    expect(decideRestart({ pace: patient, history, ranMs: 60_000, now: 70_000, random: 0.5 }).delayMs).toBe(0);
  });
});
