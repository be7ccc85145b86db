const limit = 500;

/** The latest stop presses by id: page, lane and gateway send each press on two ways, and the second one is recognised. */
export class StopPresses {
  readonly #written = new Map<string, boolean>();

  /** Runs `write` for the first of an id only; the second is told what became of the first: a press that was not written stays so. */
  once(stopId: string, write: () => boolean): { readonly first: boolean; readonly written: boolean } {
    const known = this.#written.get(stopId);
    if (known !== undefined) return { first: false, written: known };
    const written = write();
    this.#written.set(stopId, written);
    for (const oldest of this.#written.keys()) {
      if (this.#written.size <= limit) break;
      this.#written.delete(oldest);
    }
    return { first: true, written };
  }
}
