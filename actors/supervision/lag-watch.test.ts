import { expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { Impairments } from './impairments.ts';
import { overloaded, watchLag } from './lag-watch.ts';

/** A process whose timers run late by so much from now on. */
class StarvedClock extends ManualClock {
  lateMs = 0;
  override setTimeout(run: () => void, ms: number): { cancel(): void } {
    return super.setTimeout(run, ms + this.lateMs);
  }
}

function watched() {
  const clock = new StarvedClock();
  const log: string[] = [];
  const impairments = new Impairments({ now: () => clock.now(), log: line => log.push(line) });
  const stop = watchLag(clock, impairments);
  return { clock, log, impairments, stop };
}

test('[F34] a process that stands still for longer than the dead-man says so, once when it begins and once when it ends', () => {
  const { clock, log, impairments } = watched();
  clock.advance(5_000);
  clock.lateMs = 200;
  clock.advance(5_000);
  expect(log).toEqual([]);
  clock.lateMs = 300;
  clock.advance(900);
  clock.lateMs = 700;
  clock.advance(2_000);
  const [told] = impairments.all;
  expect(told).toMatchObject({ code: overloaded, sentence: expect.stringMatching(/^Host overloaded: .* up to 700 ms\. A stop/) });
  clock.lateMs = 0;
  clock.advance(10_000);
  expect(impairments.all).toHaveLength(1);
  clock.advance(1_000);
  expect(impairments.all).toEqual([]);
  expect(log).toEqual([expect.stringMatching(/^host-overloaded: Host overloaded: .* up to 300 ms/), 'host-overloaded: over']);
});

test('[F34] [F33] a step of the wall clock is no overload', () => {
  const { clock, impairments } = watched();
  clock.advance(1_000);
  clock.stepWall(3_600_000);
  clock.advance(1_000);
  clock.stepWall(-7_200_000);
  clock.advance(1_000);
  expect(impairments.all).toEqual([]);
});

test('[F34] nothing is watched after the end', () => {
  const { clock, impairments, stop } = watched();
  stop();
  clock.lateMs = 1_000;
  clock.advance(10_000);
  expect(impairments.all).toEqual([]);
});
