import type { Clock } from '../system/ports.ts';

export interface CatchUpOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'setTimeout'>;
  /** Reads these together and takes what it finds. May reject. */
  read(ids: readonly string[]): Promise<void>;
  /** Is there still something to be read of this one? */
  isBehind(id: string): boolean;
}

interface Wanted {
  readonly tries: number;
  /** Monotonic ms. */
  readonly dueAt: number;
}

const firstWaitMs = 500;
const longestWaitMs = 10_000;
/** Of a fleet that is behind as a whole: a status has some kilobytes, and a database must answer within its time. */
const atOnce = 100;

/** Reads what is behind until it is not: at once, one reading for many, and then ever more rarely. */
export class CatchUp {
  readonly #o: CatchUpOptions;
  readonly #wanted = new Map<string, Wanted>();
  #timer = { cancel: () => {} };
  #reading = false;
  #closed = false;

  constructor(options: CatchUpOptions) {
    this.#o = options;
  }

  /** Whoever is wanted already keeps its turn. */
  want(ids: readonly string[]): void {
    const now = this.#o.clock.monotonic();
    for (const id of ids) if (!this.#wanted.has(id)) this.#wanted.set(id, { tries: 0, dueAt: now });
    this.#goOn();
  }

  close(): void {
    this.#closed = true;
    this.#timer.cancel();
  }

  #goOn(): void {
    if (this.#reading || this.#closed) return;
    this.#timer.cancel();
    for (const id of this.#wanted.keys()) if (!this.#o.isBehind(id)) this.#wanted.delete(id);
    if (this.#wanted.size === 0) return;
    const now = this.#o.clock.monotonic();
    const due = [...this.#wanted].filter(([, { dueAt }]) => dueAt <= now).map(([id]) => id);
    if (due.length > 0) void this.#read(due.slice(0, atOnce));
    else this.#timer = this.#o.clock.setTimeout(() => this.#goOn(), Math.min(...[...this.#wanted.values()].map(one => one.dueAt)) - now);
  }

  async #read(ids: readonly string[]): Promise<void> {
    this.#reading = true;
    try {
      await this.#o.read(ids);
    } catch {
      // Not read: it stays wanted.
    }
    this.#reading = false;
    const now = this.#o.clock.monotonic();
    for (const id of ids) {
      const tries = (this.#wanted.get(id)?.tries ?? 0) + 1;
      this.#wanted.set(id, { tries, dueAt: now + Math.min(firstWaitMs * 2 ** (tries - 1), longestWaitMs) });
    }
    this.#goOn();
  }
}
