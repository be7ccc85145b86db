import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRealtime } from './realtime.ts';

/**
 * The wire log as JSON lines, written at once so that it survives a kill: every byte that crossed the host's end of the line, in
 * order, exactly once in `hex`. `t` is CLOCK_MONOTONIC in ms, comparable between processes of one host. A whole line has `line`
 * (printable, without its end); a realtime byte stands alone as `rt`; `note` entries say what was done to the simulator. Over a
 * network `peer` is the port number of the client that wrote; its coming and going are notes.
 */
export class WireLog {
  readonly #file: number | null;
  #open = { in: newLine(), out: newLine() };
  #peer: number | null = null;

  constructor(path: string | null) {
    if (path !== null) mkdirSync(dirname(path), { recursive: true });
    this.#file = path === null ? null : openSync(path, 'a');
  }

  /** Who writes from now on; null where only one can. */
  from(peer: number | null, t: number): void {
    if (peer === this.#peer) return;
    this.#flush('in', t);
    this.#peer = peer;
  }

  /** One byte that passed at `t`. */
  byte(direction: 'in' | 'out', byte: number, t: number): void {
    if (this.#file === null) return;
    if (direction === 'in' && isRealtime(byte)) {
      this.#flush('in', t);
      this.#write({ t, dir: 'in', hex: hex([byte]), rt: `0x${hex([byte])}` });
      return;
    }
    const open = this.#open[direction];
    open.bytes.push(byte);
    if (byte !== 0x0a && byte !== 0x0d) open.text += String.fromCharCode(byte);
    if (byte === 0x0a || (byte === 0x0d && direction === 'in')) this.#endLine(direction, t);
  }

  /** A fault or anything else a referee must know. Half a line before it is written first. */
  note(text: string, t: number): void {
    this.#flush('in', t);
    this.#flush('out', t);
    this.#write({ t, dir: 'note', note: text });
  }

  close(t: number): void {
    this.#flush('in', t);
    this.#flush('out', t);
    if (this.#file !== null) closeSync(this.#file);
  }

  #endLine(direction: 'in' | 'out', t: number): void {
    const { bytes, text } = this.#open[direction];
    this.#open[direction] = newLine();
    this.#write({ t, dir: direction, hex: hex(bytes), line: text });
  }

  /** Bytes of a line that has not ended yet; its `line` comes whole with the rest. */
  #flush(direction: 'in' | 'out', t: number): void {
    const open = this.#open[direction];
    if (open.bytes.length === 0) return;
    this.#write({ t, dir: direction, hex: hex(open.bytes) });
    open.bytes = [];
  }

  #write(entry: Record<string, unknown>): void {
    const whole = entry.dir === 'in' && this.#peer !== null ? { ...entry, peer: this.#peer } : entry;
    if (this.#file !== null) writeSync(this.#file, `${JSON.stringify(whole)}\n`);
  }
}

function newLine(): { bytes: number[]; text: string } {
  return { bytes: [], text: '' };
}

function hex(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('hex');
}
