import type { Outcome } from '../transport/envelopes.ts';

const limit = 1_000;

/** The first replies to the latest commands: what a duplicate gets, also while the database is away. */
export class Replies {
  readonly #byId = new Map<string, Outcome>();

  get(commandId: string): Outcome | null {
    return this.#byId.get(commandId) ?? null;
  }

  keep(commandId: string, outcome: Outcome): void {
    this.#byId.set(commandId, outcome);
    for (const oldest of this.#byId.keys()) {
      if (this.#byId.size <= limit) return;
      this.#byId.delete(oldest);
    }
  }
}

/** The answer to a repeated command: the first reply again, marked. */
export function asDuplicate(first: Outcome): Outcome {
  return { ...first, outcome: 'duplicate', first: first.outcome };
}
