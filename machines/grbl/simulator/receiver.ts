/** The receive buffer holds this many bytes, line ends included. */
const receiveBytes = 128;
/** Characters of a line that are kept; one more is error 11. */
const lineCharacters = 79;

/** A whole line as the protocol loop saw it. */
export interface ReceivedLine {
  /** Upper case, without white space, comments and `/`. */
  readonly text: string;
  /** As it came, without the line end. */
  readonly raw: string;
  readonly tooLong: boolean;
}

type Comment = 'none' | 'parentheses' | 'semicolon';

/** The serial receive buffer and the line buffer behind it. Bytes over the capacity are lost without a word, as on the real one. */
export class Receiver {
  #buffer: number[] = [];
  #text = '';
  #raw = '';
  #tooLong = false;
  #comment: Comment = 'none';
  /** Bytes lost to a full buffer since power-up. */
  lost = 0;

  get free(): number {
    return receiveBytes - this.#buffer.length;
  }

  /** One byte off the wire that is no realtime command. */
  push(byte: number): void {
    if (this.free > 0) this.#buffer.push(byte);
    else this.lost += 1;
  }

  /** Reads on to the next line end; null when the buffer ran empty first. What was read stays in the line buffer. */
  takeLine(): ReceivedLine | null {
    for (let byte = this.#buffer.shift(); byte !== undefined; byte = this.#buffer.shift()) {
      if (byte === 0x0a || byte === 0x0d) return this.#endLine();
      this.#keep(String.fromCharCode(byte));
    }
    return null;
  }

  /** Forgets everything, as a reset does; the half line too. */
  flush(): void {
    this.#buffer = [];
    this.#endLine();
  }

  #endLine(): ReceivedLine {
    const line = { text: this.#text, raw: this.#raw, tooLong: this.#tooLong };
    this.#text = '';
    this.#raw = '';
    this.#tooLong = false;
    this.#comment = 'none';
    return line;
  }

  #keep(character: string): void {
    if (this.#raw.length < 1024) this.#raw += character;
    if (this.#comment !== 'none') {
      if (character === ')' && this.#comment === 'parentheses') this.#comment = 'none';
    } else if (character === '(') this.#comment = 'parentheses';
    else if (character === ';') this.#comment = 'semicolon';
    else if (character > ' ' && character !== '/') this.#append(character.toUpperCase());
  }

  #append(character: string): void {
    if (this.#text.length >= lineCharacters) this.#tooLong = true;
    else if (!this.#tooLong) this.#text += character;
  }
}
