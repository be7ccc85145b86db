import type { Link, WireLine } from '../driver.ts';
import { dwellSeconds, encodeLine, type RealtimeName, realtime, realtimeText } from './encode.ts';

/** What became of a line: answered, or `lost`: the controller restarted, the link broke, or the reply never came. */
export type Reply = { readonly kind: 'ok' } | { readonly kind: 'error'; readonly code: number } | { readonly kind: 'lost' };
export type Settle = (reply: Reply) => void;

interface Outstanding {
  readonly bytes: number;
  readonly dwellMs: number;
  readonly settle: Settle;
}

/** GRBL's receive buffer until `$I` says otherwise. */
const defaultRxBytes = 128;

/**
 * The only writer of one controller: lines in order with their outstanding replies, realtime bytes past all of them. GRBL answers
 * every line exactly once and in order, so the oldest outstanding line owns the next reply.
 */
export class Channel {
  readonly #link: Link;
  readonly #wire: (line: WireLine) => void;
  #outstanding: Outstanding[] = [];
  #used = 0;
  #traffic = 0;
  #capacity = defaultRxBytes;

  constructor(link: Link, wire: (line: WireLine) => void) {
    this.#link = link;
    this.#wire = wire;
  }

  get outstanding(): number {
    return this.#outstanding.length;
  }

  /** Lines sent and replies heard, ever. */
  get traffic(): number {
    return this.#traffic;
  }

  /** How long the outstanding lines dwell together, ms. */
  get dwellMs(): number {
    return this.#outstanding.reduce((sum, line) => sum + line.dwellMs, 0);
  }

  /** Sets the size of the controller's receive buffer, bytes. */
  resize(bytes: number): void {
    this.#capacity = bytes;
  }

  /** True when the line fits into what is surely free of the receive buffer; one byte stays free as in the firmware's own example. */
  fits(line: string): boolean {
    return this.#used + line.length + 1 <= this.#capacity - 1;
  }

  /** Writes one line; false when nothing was written (no link, no right to write, or not plain text). */
  send(line: string, settle: Settle): boolean {
    const bytes = encodeLine(line);
    if (!bytes || !this.#link.write(bytes)) return false;
    this.#used += bytes.length;
    this.#traffic += 1;
    this.#outstanding.push({ bytes: bytes.length, dwellMs: dwellSeconds(line) * 1000, settle });
    this.note('sent', line);
    return true;
  }

  /** Writes one realtime byte past everything queued; false when it is not with the operating system. */
  realtime(name: RealtimeName): boolean {
    const written = this.#link.urgent(Uint8Array.of(realtime[name]));
    if (written) this.note('sent', realtimeText(name));
    return written;
  }

  /** Gives a reply to the oldest outstanding line; false when none was outstanding. */
  reply(reply: Reply): boolean {
    this.#traffic += 1;
    const oldest = this.#outstanding.shift();
    if (!oldest) return false;
    this.#used -= oldest.bytes;
    oldest.settle(reply);
    return true;
  }

  /** Forgets every outstanding line: their replies will never come. */
  flush(): void {
    const gone = this.#outstanding;
    this.#outstanding = [];
    this.#used = 0;
    for (const line of gone) line.settle({ kind: 'lost' });
  }

  /** Tells the console; status polls and their answers are marked for folding. */
  note(direction: WireLine['direction'], text: string): void {
    this.#wire({ at: Date.now(), direction, text, poll: text === '?' || (direction === 'received' && text.startsWith('<')) });
  }
}
