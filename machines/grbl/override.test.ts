import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RealtimeName } from './encode.ts';
import { nextStep } from './override.ts';

const effectOf: Partial<Record<RealtimeName, (now: number) => number>> = {
  feed100: () => 100,
  feedPlus10: now => Math.min(200, now + 10),
  feedMinus10: now => Math.max(10, now - 10),
  feedPlus1: now => Math.min(200, now + 1),
  feedMinus1: now => Math.max(10, now - 1),
};

it('reaches every percentage from every other in at most 28 steps', () => {
  const percent = fc.integer({ min: 10, max: 200 });
  fc.assert(
    fc.property(percent, percent, (from, to) => {
      let feed = from;
      for (let step = 0; step < 28; step++) {
        const byte = nextStep({ kind: 'feed', percent: to }, { overrides: { feed, rapid: 100, spindle: 100 } });
        if (byte === null) return feed === to;
        feed = effectOf[byte]?.(feed) ?? Number.NaN;
      }
      return nextStep({ kind: 'feed', percent: to }, { overrides: { feed, rapid: 100, spindle: 100 } }) === null;
    }),
  );
});

it('takes rapids down to the next step the firmware has', () => {
  const from = { overrides: { feed: 100, rapid: 100, spindle: 100 } };
  expect([120, 99, 50, 30, 10].map(percent => nextStep({ kind: 'rapid', percent }, from))).toEqual([
    null,
    'rapid50',
    'rapid50',
    'rapid25',
    'rapid25',
  ]);
});
