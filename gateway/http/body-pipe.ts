import { BodyAborted } from './exchange.ts';

/** Bytes kept for a reader that is slower than the network, before the socket is paused. */
const highWater = 1_048_576;

interface Valve {
  pause(): void;
  resume(): void;
}

/** Turns pushed chunks into one async iteration with back-pressure: the socket is paused while the reader is behind. */
export class BodyPipe implements AsyncIterable<Uint8Array> {
  readonly #valve: Valve;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #paused = false;
  #state: 'open' | 'ended' | 'aborted' | 'discarded' = 'open';
  #wake: (() => void) | null = null;

  constructor(valve: Valve) {
    this.#valve = valve;
  }

  /** Takes a chunk; the pipe owns it from now on. */
  push(chunk: Uint8Array, part: 'more' | 'last'): void {
    if (this.#state !== 'open') return;
    if (chunk.byteLength > 0) {
      this.#chunks.push(chunk);
      this.#bytes += chunk.byteLength;
    }
    if (part === 'last') this.#state = 'ended';
    else if (this.#bytes > highWater && !this.#paused) {
      this.#paused = true;
      this.#valve.pause();
    }
    this.#wake?.();
  }

  /** The client went away. */
  abort(): void {
    if (this.#state === 'open') this.#state = 'aborted';
    this.#wake?.();
  }

  /** Nobody will read the rest. */
  discard(): void {
    if (this.#state !== 'open') return;
    this.#state = 'discarded';
    this.#chunks = [];
    if (this.#paused) this.#valve.resume();
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#taken(chunk);
        yield chunk;
      } else if (this.#state === 'open') {
        await new Promise<void>(resolve => {
          this.#wake = resolve;
        });
      } else if (this.#state === 'ended') return;
      else throw new BodyAborted();
    }
  }

  #taken(chunk: Uint8Array): void {
    this.#bytes -= chunk.byteLength;
    if (!this.#paused || this.#bytes > highWater / 2 || this.#state !== 'open') return;
    this.#paused = false;
    this.#valve.resume();
  }
}
