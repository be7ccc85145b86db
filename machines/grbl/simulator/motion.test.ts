import fc from 'fast-check';
import { expect, it } from 'vitest';
import { origin } from '../../gcode/axes.ts';
import { Motion, plannerBlocks } from './motion.ts';
import { defaultSettings } from './settings.ts';

const place = fc.record({ x: fc.integer({ min: -50, max: 50 }), y: fc.integer({ min: -50, max: 50 }), z: fc.integer({ min: -9, max: 9 }) });
const moves = fc.array(fc.record({ target: place, rate: fc.option(fc.integer({ min: 300, max: 9000 })) }), {
  minLength: 1,
  maxLength: plannerBlocks,
});

function queue(list: readonly { target: typeof origin; rate: number | null }[]) {
  const motion = new Motion(defaultSettings(), origin);
  for (const move of list) motion.add(move);
  motion.run();
  return motion;
}

it('ends exactly where it was told, whatever the steps of time, and never outruns its feed', () => {
  fc.assert(
    fc.property(moves, fc.double({ min: 0.02, max: 2, noNaN: true }), (list, step) => {
      const motion = queue(list);
      const fastest = Math.max(...list.map(move => move.rate ?? Number.POSITIVE_INFINITY));
      let seen = 0;
      for (let n = 0; n < 1e6 && motion.moving; n += 1) {
        motion.advance(step);
        seen = Math.max(seen, motion.rate);
      }
      expect(seen).toBeLessThanOrEqual(fastest + 1e-6);
      expect(motion.position).toEqual(list.at(-1)?.target);
    }),
    { numRuns: 40 },
  );
});

it('stands still on the path when it is braked, and ends at the same place when it goes on', () => {
  fc.assert(
    fc.property(moves, fc.double({ min: 0, max: 5, noNaN: true }), (list, when) => {
      const motion = queue(list);
      motion.advance(when);
      motion.brake();
      motion.advance(60);
      const at = motion.position;
      expect(motion.rate).toBe(0);
      motion.advance(60);
      expect(motion.position).toEqual(at);
      motion.run();
      motion.advance(1e6);
      expect(motion.position).toEqual(list.at(-1)?.target);
    }),
    { numRuns: 60 },
  );
});

it('runs a straight row of short lines at its feed, as look-ahead allows', () => {
  const motion = queue(Array.from({ length: 15 }, (_, i) => ({ target: { x: i + 1, y: 0, z: 0 }, rate: 1200 })));
  motion.advance(0.3);
  expect(motion.rate).toBeCloseTo(1200, 3);
});
