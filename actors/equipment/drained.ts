import type { HandOver, ProgramDriver } from '../../machines/driver.ts';
import type { Clock } from '../system/ports.ts';

/** The run when every line that was sent is acknowledged and no other will be; null when there is none, or not within this time, ms. */
export function drained(program: ProgramDriver | undefined, clock: Clock, withinMs: number): Promise<HandOver | null> {
  if (!program) return Promise.resolve(null);
  return new Promise(resolve => {
    const late = clock.setTimeout(() => resolve(null), withinMs);
    program.drain(run => {
      late.cancel();
      resolve(run);
    });
  });
}
