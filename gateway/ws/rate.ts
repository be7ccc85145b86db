/** A token bucket: `perSecond` on average, twice that at once. Time (monotonic ms) is passed in. */
export class Rate {
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, mono: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond * 2;
    this.#at = mono;
  }

  /** True when one more is within the rate. */
  take(mono: number): boolean {
    const earned = ((mono - this.#at) / 1_000) * this.#perSecond;
    this.#tokens = Math.min(this.#perSecond * 2, this.#tokens + earned);
    this.#at = mono;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
