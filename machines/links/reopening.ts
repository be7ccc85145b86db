import type { DriverClock } from '../driver.ts';

export interface ReopeningPorts {
  readonly clock: DriverClock;
  /** 0 (inclusive) to 1, for the jitter. */
  readonly random: () => number;
  connect(): void;
  /** Said once for each new reason in a row. */
  lost(reason: string): void;
}

const firstMs = 200;
const longestMs = 5000;

/** When a link is opened, and opened again after trouble: with back-off and jitter, until closed. */
export class Reopening {
  readonly #ports: ReopeningPorts;
  #attempt = 0;
  #lastReason = '';
  #closed = false;
  #timer: { cancel(): void };

  constructor(ports: ReopeningPorts) {
    this.#ports = ports;
    this.#timer = ports.clock.setTimeout(() => ports.connect(), 0);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The link is open: the next trouble is news, whatever it is. */
  opened(): void {
    this.#lastReason = '';
  }

  /** The link has proven itself: the next trouble is answered at once again. */
  proven(): void {
    this.#attempt = 0;
  }

  /** Opening failed, or the link broke: tells and tries again later. */
  failed(reason: string): void {
    if (this.#closed) return;
    if (reason !== this.#lastReason) this.#ports.lost(reason);
    this.#lastReason = reason;
    const delay = Math.min(longestMs, firstMs * 2 ** this.#attempt++) * (0.5 + this.#ports.random() / 2);
    this.#timer.cancel();
    this.#timer = this.#ports.clock.setTimeout(() => this.#ports.connect(), delay);
  }

  close(): void {
    this.#closed = true;
    this.#timer.cancel();
  }
}
