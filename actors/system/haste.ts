import type { Clock } from './ports.ts';

/** What `within` answers when the work took too long for somebody who must not wait. */
export const late = Symbol('late');

/** So long may a database that does not answer hold up a stop-like message, ms. */
const patienceMs = 150;

/** Whether somebody waits who must not wait for the database: a stop press or a stop-like command, in its turn or before it. */
export class Haste {
  readonly #clock: Clock;
  #urgent = 0;
  #race: { giveUp(): void; timer: { cancel(): void } | null } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An urgent message came. */
  came(): void {
    this.#urgent += 1;
    this.#arm();
  }

  /** An urgent message had its turn. */
  went(): void {
    this.#urgent -= 1;
  }

  /**
   * The outcome of the work, however long it takes; or `late` as soon as it has kept an urgent message waiting for 150 ms. The work then
   * goes on, and nobody here knows what becomes of it. One at a time.
   */
  within<T>(work: Promise<T>): Promise<T | typeof late> {
    return new Promise((resolve, reject) => {
      const race = { giveUp: () => resolve(late), timer: null as { cancel(): void } | null };
      const over = () => {
        race.timer?.cancel();
        if (this.#race === race) this.#race = null;
      };
      work.finally(over).then(resolve, reject);
      this.#race = race;
      if (this.#urgent > 0) this.#arm();
    });
  }

  #arm(): void {
    const race = this.#race;
    if (race && !race.timer) race.timer = this.#clock.setTimeout(race.giveUp, patienceMs);
  }
}
