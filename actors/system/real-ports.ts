import { randomUUID } from 'node:crypto';
import { uptime } from 'node:os';
import type { Clock, Random } from './ports.ts';

/** The clock of this computer. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (run, ms) => {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Ids nobody can guess. */
export const realRandom: Random = { uuid: () => randomUUID() };

/** ms since this computer started, with the time it slept. */
export const realUptime = (): number => uptime() * 1_000;
