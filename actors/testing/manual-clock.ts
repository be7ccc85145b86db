import type { Clock } from '../system/ports.ts';

/** Time that only moves when told to. */
export class ManualClock implements Clock {
  #now = 0;
  #wall = 0;
  #waiting: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#wall + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimeout(run: () => void, ms: number): { cancel(): void } {
    const entry = { at: this.#now + ms, run };
    this.#waiting.push(entry);
    return {
      cancel: () => {
        this.#waiting = this.#waiting.filter(other => other !== entry);
      },
    };
  }

  /** Somebody sets the wall clock; the monotonic one goes on. */
  stepWall(ms: number): void {
    this.#wall += ms;
  }

  /** Lets time pass; timers run in their order, at their time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#waiting.filter(entry => entry.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#waiting = this.#waiting.filter(entry => entry !== next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }
}
