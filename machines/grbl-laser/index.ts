import { grblType, laser } from '../grbl/index.ts';

/** A laser with GRBL 1.1: a mill's controller in laser mode (`$32=1`), without which nothing is set in motion. */
export const grblLaser = grblType({
  type: 'grbl-laser',
  title: 'GRBL 1.1 laser',
  simulatorArguments: ['--laser'],
  variant: laser,
});
