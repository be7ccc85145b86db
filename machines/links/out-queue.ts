/** The end of a link that touches the operating system. */
export interface OutPort {
  isOpen(): boolean;
  /** The fence, asked right before every write. */
  mayWrite(): boolean;
  /** Hands bytes over and returns how many were taken at once; trouble is the port's own to report. */
  hand(bytes: Uint8Array): number;
  /** Runs `run` a little later, when the operating system may take bytes again. */
  later(run: () => void): void;
}

/**
 * Bytes on their way to the operating system, in order. Not a stream of the library, which may write some time later: the stop byte
 * must have left this process when `urgent` returns, and nothing may wait where the fence is not asked again.
 */
export class OutQueue {
  readonly #port: OutPort;
  #queue: Uint8Array[] = [];

  constructor(port: OutPort) {
    this.#port = port;
  }

  /** Writes in order; false when nothing may be written. */
  write(bytes: Uint8Array): boolean {
    if (!this.#mayWrite()) return false;
    if (this.#queue.length > 0) this.#queue.push(bytes);
    else this.#put(bytes);
    return this.#port.isOpen();
  }

  /** Writes before everything that waits here; false when it is not with the operating system. */
  urgent(bytes: Uint8Array): boolean {
    if (!this.#mayWrite()) return false;
    const waiting = this.#queue;
    this.#queue = [];
    this.#put(bytes);
    const taken = this.#queue.length === 0;
    const open = this.#port.isOpen();
    if (open) this.#queue.push(...waiting);
    return taken && open;
  }

  /** Drops what waits: the link is gone. */
  clear(): void {
    this.#queue = [];
  }

  /** A lost lease drops what still waits. */
  #mayWrite(): boolean {
    if (this.#port.isOpen() && this.#port.mayWrite()) return true;
    this.#queue = [];
    return false;
  }

  #put(bytes: Uint8Array): void {
    const taken = this.#port.hand(bytes);
    if (taken === bytes.length || !this.#port.isOpen()) return;
    if (this.#queue.length === 0) this.#port.later(() => this.#drain());
    this.#queue.unshift(bytes.subarray(taken));
  }

  #drain(): void {
    const waiting = this.#queue;
    this.#queue = [];
    while (waiting.length > 0 && this.#queue.length === 0 && this.#mayWrite()) this.#put(waiting.shift() ?? new Uint8Array());
    if (this.#mayWrite()) this.#queue.push(...waiting);
  }
}

/** True for the operating system's word that its buffer is full now. */
export function isBusy(cause: unknown): boolean {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return code === 'EAGAIN' || code === 'EWOULDBLOCK' || code === 'EINTR';
}

/** How long bytes that the operating system did not take wait for the next try, ms. */
export const retryMs = 2;
