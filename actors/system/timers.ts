import type { Json } from '../storage/journal-entry.ts';
import type { StoredTimer, TimerChange } from '../storage/timers.ts';
import type { RecordedEffect } from './chart.ts';
import type { Clock } from './ports.ts';

/** A delay that ran out, until its turn is written down. */
export interface FiredTimer {
  readonly id: string;
  /** Tells it from an older or newer one of the same id. */
  readonly run: number;
}

interface Running {
  readonly run: number;
  readonly event: Json;
  /** On the monotonic clock: a step of the wall clock moves nothing. */
  readonly due: number;
  waiting: { cancel(): void } | null;
}

/** The largest delay that a timer of the platform takes; longer ones are waited for in parts. */
const longestWaitMs = 2_147_483_647;

/** The running delays of one actor, by id; what the database keeps of them is written with the turns. */
export class Timers {
  readonly #clock: Clock;
  readonly #fired: (timer: FiredTimer, event: Json) => void;
  readonly #running = new Map<string, Running>();
  #runs = 0;

  constructor(clock: Clock, fired: (timer: FiredTimer, event: Json) => void) {
    this.#clock = clock;
    this.#fired = fired;
  }

  /**
   * Goes on with the delays of an earlier process: with what remains, at once when overdue. The wall clock may have been set
   * back in between; no delay becomes longer than it was meant.
   */
  restore(timers: readonly StoredTimer[]): void {
    const now = this.#clock.now();
    for (const { id, event, startedAt, dueAt } of timers) {
      this.#start(id, event, Math.min(Math.max(dueAt - now, 0), dueAt - startedAt));
    }
  }

  /** What a committed turn did. */
  apply({ stop, start }: TimerChange): void {
    for (const id of stop) this.#cancel(id);
    for (const { id, event, startedAt, dueAt } of start) this.#start(id, event, dueAt - startedAt);
  }

  /** False when it was stopped or started anew after it ran out. */
  stands({ id, run }: FiredTimer): boolean {
    return this.#running.get(id)?.run === run;
  }

  close(): void {
    for (const id of [...this.#running.keys()]) this.#cancel(id);
  }

  #start(id: string, event: Json, ms: number): void {
    this.#cancel(id);
    this.#runs += 1;
    const timer: Running = { run: this.#runs, event, due: this.#clock.monotonic() + ms, waiting: null };
    this.#running.set(id, timer);
    this.#wait(id, timer);
  }

  #wait(id: string, timer: Running): void {
    const remaining = Math.max(timer.due - this.#clock.monotonic(), 0);
    timer.waiting = this.#clock.setTimeout(
      () => {
        if (timer.due > this.#clock.monotonic()) this.#wait(id, timer);
        else this.#fired({ id, run: timer.run }, timer.event);
      },
      Math.min(Math.ceil(remaining), longestWaitMs),
    );
  }

  #cancel(id: string): void {
    this.#running.get(id)?.waiting?.cancel();
    this.#running.delete(id);
  }
}

/** Is it the runtime's own, kept in the timer table and not among the effects for a driver? */
export function isTimerEffect(effect: RecordedEffect): boolean {
  return effect.type === 'timer.start' || effect.type === 'timer.cancel';
}

/** What a turn at `now` (ms since 1970) does to the timers; the one that fired it is over. Of several words about one id the last counts. */
export function timerChangeOf(effects: readonly RecordedEffect[], now: number, fired: FiredTimer | null): TimerChange {
  const last = new Map<string, RecordedEffect | null>();
  if (fired) last.set(fired.id, null);
  for (const effect of effects) if (isTimerEffect(effect)) last.set(String(effect.id), effect);
  const all = [...last];
  return {
    stop: all.filter(([, effect]) => effect?.type !== 'timer.start').map(([id]) => id),
    start: all.flatMap(([id, effect]) => (effect?.type === 'timer.start' ? [started(id, Number(effect.ms), now)] : [])),
  };
}

function started(id: string, ms: number, now: number): TimerChange['start'][number] {
  return { id, startedAt: now, dueAt: now + ms, event: { type: 'timer.fired', id } };
}
