import type { Tenure } from './lease.ts';

/** The right of this activation to act. Once revoked it never comes back; a new activation has a new epoch. */
export class ActivationFence {
  readonly epoch: number;
  readonly #tenure: Tenure | null;
  #revoked: string | null = null;

  /** Without a tenure nobody else can reach the device: the lock of a local port is the fence. */
  constructor(epoch: number, tenure: Tenure | null = null) {
    this.epoch = epoch;
    this.#tenure = tenure;
  }

  /** Asked synchronously right before every device write and every append. */
  valid(): boolean {
    if (this.#revoked === null && this.#tenure?.valid() === false) this.#revoked = 'this node could not prove that it lives';
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
