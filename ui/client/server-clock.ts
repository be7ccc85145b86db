import type { Env } from './env.ts';

/**
 * Server time in a browser whose own clock may be wrong. Ages are computed with `now`; commands are bound to `lastHeard`,
 * which is what the server wrote into its latest frame and so cannot be made young by a page that slept.
 */
export interface ServerClock {
  /** ms since 1970 as the server has it, estimated; the browser's own clock before the first frame. */
  now(): number;
  /** Server time of the newest frame received, ms since 1970; 0 before the first. */
  lastHeard(): number;
  /** Notes that a frame written at `at` arrived. `roundTrip` (ms) when the frame answers a ping. */
  hear(at: number, roundTrip?: number): void;
}

/** Follows the server's clock: an answered ping sets the offset, any other frame only corrects what is plainly wrong. */
export function serverClock(env: Pick<Env, 'now'>): ServerClock {
  let offset = 0;
  let known = false;
  let lastHeard = 0;
  return {
    now: () => env.now() + offset,
    lastHeard: () => lastHeard,
    hear(at, roundTrip) {
      lastHeard = Math.max(lastHeard, at);
      const latest = at + (roundTrip ?? 0) / 2 - env.now();
      if (!known || roundTrip !== undefined || latest > offset) offset = latest;
      known = true;
    },
  };
}
