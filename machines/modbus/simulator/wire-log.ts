import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The wire log as JSON lines, written at once so that it survives a kill: each frame that crossed, `in` towards the relay, with the
 * port number of the client; half a frame that nothing followed has `cut`. `t` is CLOCK_MONOTONIC in ms, comparable between processes.
 */
export class WireLog {
  readonly #file: number | null;

  constructor(path: string | null) {
    if (path !== null) mkdirSync(dirname(path), { recursive: true });
    this.#file = path === null ? null : openSync(path, 'a');
  }

  frame(dir: 'in' | 'out', bytes: Uint8Array, peer: number): void {
    this.#write({ dir, hex: Buffer.from(bytes).toString('hex'), peer });
  }

  cut(bytes: Uint8Array, peer: number): void {
    if (bytes.length > 0) this.#write({ dir: 'in', hex: Buffer.from(bytes).toString('hex'), peer, cut: true });
  }

  note(note: string): void {
    this.#write({ dir: 'note', note });
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
  }

  #write(entry: Record<string, unknown>): void {
    if (this.#file !== null) writeSync(this.#file, `${JSON.stringify({ t: monotonic(), ...entry })}\n`);
  }
}

/** Milliseconds of CLOCK_MONOTONIC. */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
