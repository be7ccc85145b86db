import type { Log } from '../system/ports.ts';
import type { Impairment } from '../transport/envelopes.ts';

export interface ImpairmentsOptions {
  /** ms since 1970 */
  now(): number;
  readonly log: Log;
}

/** What hinders this process or its computer now: logged once when it begins and once when it ends, and told to everybody meanwhile. */
export class Impairments {
  readonly #o: ImpairmentsOptions;
  readonly #all = new Map<string, Impairment>();
  readonly #listeners = new Set<() => void>();

  constructor(options: ImpairmentsOptions) {
    this.#o = options;
  }

  get all(): readonly Impairment[] {
    return [...this.#all.values()];
  }

  /** Null: over. Another sentence for the same code is shown, and not logged again. */
  set(code: string, sentence: string | null): void {
    const before = this.#all.get(code);
    if (sentence === (before?.sentence ?? null)) return;
    if (sentence === null) this.#all.delete(code);
    else this.#all.set(code, { code, sentence, since: before?.since ?? this.#o.now() });
    if (before === undefined) this.#o.log(`${code}: ${sentence}`);
    else if (sentence === null) this.#o.log(`${code}: over`);
    for (const listener of this.#listeners) listener();
  }

  /** Told at every change. Returns the way to stop. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
