/** Longest line a controller could mean; more without a line end is noise. */
const longestLine = 512;

/** Cuts a byte stream into lines. 8-bit clean (Latin-1); line ends are CR, LF or both; empty lines are dropped. */
export class LineSplitter {
  #rest = '';

  /** The lines completed by these bytes. */
  push(bytes: Uint8Array): string[] {
    const parts = (this.#rest + Buffer.from(bytes).toString('latin1')).split(/[\r\n]/);
    this.#rest = (parts.pop() ?? '').slice(-longestLine);
    return parts.filter(line => line !== '');
  }

  /** Forgets half a line: what follows a broken connection does not continue it. */
  clear(): void {
    this.#rest = '';
  }
}
