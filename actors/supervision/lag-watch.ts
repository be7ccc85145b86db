import type { Clock } from '../system/ports.ts';
import type { Impairments } from './impairments.ts';

const tickMs = 100;
/** The dead-man of a held jog: a process that stands still for longer notices a hand that lets go too late. */
const limitMs = 250;
/** Over when it was in time for so long. */
const calmMs = 10_000;

/** Code of the impairment. */
export const overloaded = 'host-overloaded';

/**
 * Measures on the monotonic clock how late this process takes its turns. Late by more than the dead-man of a held jog means that a stop and
 * the end of a held jog are as late, and that has to be said. Returns the way to stop.
 */
export function watchLag(clock: Pick<Clock, 'monotonic' | 'setTimeout'>, impairments: Pick<Impairments, 'set'>): () => void {
  let [due, worst, lastLate] = [clock.monotonic() + tickMs, 0, Number.NEGATIVE_INFINITY];
  let timer = clock.setTimeout(tick, tickMs);
  function tick(): void {
    const now = clock.monotonic();
    const late = Math.round(now - due);
    if (late > limitMs) [worst, lastLate] = [Math.max(worst, late), now];
    if (now - lastLate > calmMs) worst = 0;
    impairments.set(overloaded, worst === 0 ? null : sentenceOf(worst));
    due = now + tickMs;
    timer = clock.setTimeout(tick, tickMs);
  }
  return () => timer.cancel();
}

function sentenceOf(ms: number): string {
  return `Host overloaded: this process stood still for up to ${ms} ms. A stop and the end of a held jog may be as late: end what else runs there.`;
}
