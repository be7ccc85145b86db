import type { DriverClock } from '../driver.ts';

/** Waits with a deadline; cancelling is idempotent. */
export class Deadline {
  readonly #clock: DriverClock;
  #timer: { cancel(): void } | null = null;

  constructor(clock: DriverClock) {
    this.#clock = clock;
  }

  /** Starts anew; an earlier wait is dropped. */
  start(ms: number, run: () => void): void {
    this.cancel();
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null;
      run();
    }, ms);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
