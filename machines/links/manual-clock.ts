import type { DriverClock } from '../driver.ts';

/** A clock that moves only when told, for tests of what happens in time. */
export interface ManualClock extends DriverClock {
  /** Moves on by `ms`, running every timer that falls due, in order. */
  advance(ms: number): void;
  /** The process stands still for so long: what falls due meanwhile runs late, at the end. */
  stall(ms: number): void;
}

/** Makes a clock that stands at 0. */
export function manualClock(): ManualClock {
  let now = 0;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  return {
    monotonic: () => now,
    setTimeout(run, ms) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return {
        cancel() {
          timers = timers.filter(other => other !== timer);
        },
      };
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = timers.toSorted((a, b) => a.at - b.at).find(timer => timer.at <= end);
        if (!next) break;
        timers = timers.filter(timer => timer !== next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
    stall(ms) {
      now += ms;
      this.advance(0);
    },
  };
}
