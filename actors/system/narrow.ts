/** At most so many pieces of work at once, the others in the order in which they came. */
export class Narrow {
  readonly #width: number;
  readonly #waiting: (() => void)[] = [];
  #within = 0;

  constructor(width: number) {
    this.#width = width;
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#within >= this.#width) await new Promise<void>(next => this.#waiting.push(next));
    else this.#within += 1;
    try {
      return await work();
    } finally {
      // Whoever waits gets the place itself, so that nobody who comes now is first.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#within -= 1;
    }
  }
}
