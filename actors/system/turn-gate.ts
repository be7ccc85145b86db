/**
 * Shares the process between its actors and what must not wait for them: a stop press comes in as I/O, which is read only between two
 * rounds of the event loop. Turns run for at most a slice of each round; who comes later in it waits for the next.
 */
export class TurnGate {
  readonly #sliceMs: number;
  readonly #monotonic: () => number;
  #waiting: (() => void)[] = [];
  /** The end of this round's slice; null before its first turn. */
  #sliceEnds: number | null = null;

  constructor(sliceMs: number, monotonic: () => number) {
    this.#sliceMs = sliceMs;
    this.#monotonic = monotonic;
  }

  /** Null: go on at once. Otherwise resolves when the time has come, in the order of asking. */
  pass(): Promise<void> | null {
    if (this.#sliceEnds === null) this.#openSlice();
    else if (this.#waiting.length > 0 || this.#over()) return new Promise(go => this.#waiting.push(go));
    return null;
  }

  #over(): boolean {
    return this.#monotonic() >= (this.#sliceEnds ?? 0);
  }

  #openSlice(): void {
    this.#sliceEnds = this.#monotonic() + this.#sliceMs;
    setImmediate(() => void this.#nextRound());
  }

  /** What came in was read in between. Each turn runs to its first wait before the next one is let in. */
  async #nextRound(): Promise<void> {
    this.#sliceEnds = null;
    if (this.#waiting.length === 0) return;
    this.#openSlice();
    const queue = this.#waiting;
    let next = 0;
    while (next < queue.length && (next === 0 || !this.#over())) {
      queue[next]?.();
      next += 1;
      await undefined;
    }
    this.#waiting = queue.slice(next);
  }
}

/** The gate of this process: there is one event loop. */
export const turnGate = new TurnGate(1, () => performance.now());
