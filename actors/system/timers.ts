import type { Clock } from './ports.ts';

/** The delays of one actor, by id. In memory: an activation begins with none. */
export class Timers {
  readonly #clock: Clock;
  readonly #fired: (id: string) => void;
  readonly #running = new Map<string, { cancel(): void }>();

  constructor(clock: Clock, fired: (id: string) => void) {
    this.#clock = clock;
    this.#fired = fired;
  }

  /** Starts or restarts a delay. */
  start(id: string, ms: number): void {
    this.cancel(id);
    const timer = this.#clock.setTimeout(() => {
      this.#running.delete(id);
      this.#fired(id);
    }, ms);
    this.#running.set(id, timer);
  }

  cancel(id: string): void {
    this.#running.get(id)?.cancel();
    this.#running.delete(id);
  }

  close(): void {
    for (const id of [...this.#running.keys()]) this.cancel(id);
  }
}
