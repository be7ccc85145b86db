const limit = 500;

/** The latest stop presses by id: page, lane and gateway send each press on two ways, and the second one is recognised. */
export class StopPresses {
  readonly #seen = new Set<string>();

  /** True for the first of an id. */
  isFirst(stopId: string): boolean {
    if (this.#seen.has(stopId)) return false;
    this.#seen.add(stopId);
    for (const oldest of this.#seen) {
      if (this.#seen.size <= limit) break;
      this.#seen.delete(oldest);
    }
    return true;
  }
}
