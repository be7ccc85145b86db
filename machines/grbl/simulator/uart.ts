/**
 * One direction of a serial line: bytes leave one after another at the pace of the baud rate (8N1: ten bit times each).
 * Times in ms of one monotonic clock.
 */
export class Uart {
  readonly #byteMs: number;
  #queue: { readonly byte: number; readonly due: number }[] = [];
  #busyUntil = 0;

  /** 0 baud: no pacing at all. */
  constructor(baud: number) {
    this.#byteMs = baud === 0 ? 0 : 10_000 / baud;
  }

  /** Bytes still on their way. */
  get pending(): number {
    return this.#queue.length;
  }

  /** When the next byte has completely passed; null when the line is quiet. */
  get nextDue(): number | null {
    return this.#queue[0]?.due ?? null;
  }

  /** Hands over bytes at `now`; they start after those before them. */
  send(bytes: Iterable<number>, now: number): void {
    for (const byte of bytes) {
      this.#busyUntil = Math.max(this.#busyUntil, now) + this.#byteMs;
      this.#queue.push({ byte, due: this.#busyUntil });
    }
  }

  /** Takes the bytes that have passed by `now`, oldest first, each with its time. */
  take(now: number): { readonly byte: number; readonly due: number }[] {
    const end = this.#queue.findIndex(entry => entry.due > now);
    return this.#queue.splice(0, end === -1 ? this.#queue.length : end);
  }

  /** The line is cut: what was on it is gone. */
  clear(): void {
    this.#queue = [];
  }
}
