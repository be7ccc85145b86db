import type { WireLine } from '../../machines/driver.ts';
import type { Clock } from '../system/ports.ts';
import type { WireBatch } from '../transport/envelopes.ts';

/** Listeners say so every 5 s; after two missed ones nobody listens. */
const listenedForMs = 12_000;
const batchMs = 100;
const batchLimit = 200;
/** What a new listener sees of the time before. */
const backlogLimit = 100;

export interface WireTapOptions {
  readonly actor: string;
  readonly clock: Clock;
  publish(batch: WireBatch): void;
}

/** The lines on the wire, published only while somebody listens. */
export class WireTap {
  readonly #o: WireTapOptions;
  #until = Number.NEGATIVE_INFINITY;
  #waiting: WireLine[] = [];
  #dropped = 0;
  #timer: { cancel(): void } | null = null;

  constructor(options: WireTapOptions) {
    this.#o = options;
  }

  /** Somebody listens. */
  listen(): void {
    this.#until = this.#o.clock.monotonic() + listenedForMs;
    if (this.#waiting.length > 0) this.#arm();
  }

  line(line: WireLine): void {
    const listened = this.#o.clock.monotonic() < this.#until;
    this.#waiting.push(line);
    if (this.#waiting.length > (listened ? batchLimit : backlogLimit)) {
      this.#waiting.shift();
      if (listened) this.#dropped += 1;
    }
    if (listened) this.#arm();
  }

  close(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    this.#timer ??= this.#o.clock.setTimeout(() => this.#flush(), batchMs);
  }

  #flush(): void {
    this.#timer = null;
    const batch: WireBatch = { actor: this.#o.actor, lines: this.#waiting.splice(0).map(line => ({ ...line })), dropped: this.#dropped };
    this.#dropped = 0;
    this.#o.publish(batch);
  }
}
