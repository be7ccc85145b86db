/** Longest line that is kept, in bytes; what comes after is only counted. */
export const keptLineBytes = 4096;

/** One line of a file, one character per byte (latin1), without its line end. */
export interface RawLine {
  /** 1-based. */
  readonly number: number;
  readonly text: string;
  /** True when the line is longer than what was kept. */
  readonly cut: boolean;
  /** True when a NUL byte stands anywhere in it, also behind the kept part. */
  readonly hasNul: boolean;
}

/** Splits chunks of a file into lines at LF, CR LF or CR, in bounded memory whatever the length of a line. */
export class LineReader {
  #number = 0;
  #text = '';
  #length = 0;
  #hasNul = false;
  #afterReturn = false;

  /** Lines completed by this chunk. */
  *push(chunk: Buffer): Generator<RawLine> {
    let start = this.#afterReturn && chunk[0] === 0x0a ? 1 : 0;
    if (chunk.length > 0) this.#afterReturn = false;
    while (start < chunk.length) {
      const end = lineEnd(chunk, start);
      this.#keep(chunk.subarray(start, end));
      if (end === chunk.length) return;
      yield this.#finish();
      start = end + 1;
      if (chunk[end] === 0x0d && start === chunk.length) this.#afterReturn = true;
      else if (chunk[end] === 0x0d && chunk[start] === 0x0a) start += 1;
    }
  }

  /** The last line when it has no line end. */
  *end(): Generator<RawLine> {
    if (this.#length > 0) yield this.#finish();
  }

  #keep(bytes: Buffer): void {
    const room = keptLineBytes - this.#text.length;
    if (room > 0) this.#text += bytes.toString('latin1', 0, Math.min(room, bytes.length));
    this.#length += bytes.length;
    this.#hasNul ||= bytes.includes(0);
  }

  #finish(): RawLine {
    this.#number += 1;
    const line = { number: this.#number, text: this.#text, cut: this.#length > this.#text.length, hasNul: this.#hasNul };
    this.#text = '';
    this.#length = 0;
    this.#hasNul = false;
    return line;
  }
}

function lineEnd(chunk: Buffer, from: number): number {
  const feed = chunk.indexOf(0x0a, from);
  const limit = feed === -1 ? chunk.length : feed;
  const carriage = chunk.subarray(from, limit).indexOf(0x0d);
  return carriage === -1 ? limit : from + carriage;
}
