/** The right of this activation to act. Once revoked it never comes back; a new activation has a new epoch. */
export class ActivationFence {
  readonly epoch: number;
  #revoked: string | null = null;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  /** Asked synchronously right before every device write and every append. */
  valid(): boolean {
    return this.#revoked === null;
  }

  /** Why it was revoked, or null. */
  get reason(): string | null {
    return this.#revoked;
  }

  revoke(reason: string): void {
    this.#revoked ??= reason;
  }
}
