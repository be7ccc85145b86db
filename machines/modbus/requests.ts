import type { DriverClock, Link, WireLine } from '../driver.ts';
import { exceptionText } from './codes.ts';
import { encodeFrame, functions } from './encode.ts';
import { type Answer, FrameSplitter, parseAnswer } from './parse.ts';

/** What became of a request. `lost`: the link broke, or it was taken back before it was written. */
export type Outcome = Answer | { readonly kind: 'no-answer' } | { readonly kind: 'lost' };
type Settle = (outcome: Outcome) => void;

export interface RequestPorts {
  readonly link: Link;
  readonly clock: DriverClock;
  readonly unit: number;
  readonly answerWithinMs: number;
  wire(line: WireLine): void;
}

interface Outstanding {
  readonly pdu: Uint8Array;
  readonly settle: Settle;
  readonly limit: { cancel(): void };
}

/**
 * The only writer of one relay: one request at a time, because many relays take no more, and each answer to the request of its
 * transaction. An answer that comes late, or to a question of somebody else, has no request here and is counted, never read (F40).
 */
export class Requests {
  readonly #ports: RequestPorts;
  readonly #splitter = new FrameSplitter();
  readonly #outstanding = new Map<number, Outstanding>();
  #waiting: { readonly pdu: Uint8Array; readonly settle: Settle }[] = [];
  #transaction = 0;
  #answers = 0;
  #errors = 0;

  constructor(ports: RequestPorts) {
    this.#ports = ports;
  }

  get busy(): boolean {
    return this.#outstanding.size + this.#waiting.length > 0;
  }

  /** Answers that counted, and frames that did not. */
  get counts(): { readonly lines: number; readonly errors: number } {
    return { lines: this.#answers, errors: this.#errors };
  }

  /** Writes when nothing else is under way. `settle` is called once, later. */
  ask(pdu: Uint8Array, settle: Settle): void {
    this.#waiting.push({ pdu, settle });
    this.#next();
  }

  /**
   * Writes at once, whatever is under way, and takes back what waits; false when it is not with the operating system. Few frames of
   * twelve bytes are ever under way, far less than what a connection takes, so that this one cannot land inside another; should it not
   * be taken whole all the same, the connection is thrown away before anybody reads half of it.
   */
  urgent(pdu: Uint8Array, settle: Settle): boolean {
    this.takeBack();
    const written = this.#write(pdu, settle, 'urgent');
    if (!written) this.#ports.link.giveUp('The connection does not take what is written to it.');
    return written;
  }

  received(bytes: Uint8Array): void {
    const frames = this.#splitter.push(bytes);
    if (frames === null) {
      this.#errors += 1;
      this.#ports.link.giveUp('What answers is not Modbus.');
      return;
    }
    for (const { transaction, unit, pdu } of frames) {
      if (unit === this.#ports.unit) this.#answered(transaction, pdu);
      else this.#discard(`an answer of unit ${unit}`);
    }
  }

  /** The link is gone, or opens anew: no answer to what was asked will come. */
  flush(): void {
    this.#splitter.clear();
    const gone = [...this.#outstanding.values()];
    this.#outstanding.clear();
    for (const { limit } of gone) limit.cancel();
    for (const { settle } of gone) settle({ kind: 'lost' });
    this.takeBack();
  }

  /** What waits is never written. */
  takeBack(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { settle } of waiting) settle({ kind: 'lost' });
  }

  #next(): void {
    if (this.#outstanding.size > 0) return;
    const next = this.#waiting.shift();
    // Nothing is written without a link: the link says so itself, and `flush` follows.
    if (next && !this.#write(next.pdu, next.settle, 'write')) next.settle({ kind: 'lost' });
  }

  #write(pdu: Uint8Array, settle: Settle, way: 'write' | 'urgent'): boolean {
    const { link, clock, unit, answerWithinMs } = this.#ports;
    this.#transaction = (this.#transaction + 1) & 0xffff;
    const transaction = this.#transaction;
    if (!link[way](encodeFrame({ transaction, unit, pdu }))) return false;
    const limit = clock.setTimeout(() => this.#settle(transaction, { kind: 'no-answer' }), answerWithinMs);
    this.#outstanding.set(transaction, { pdu, settle, limit });
    this.#note('sent', `${requestText(pdu)} #${transaction}`, pdu[0] === functions.readCoils);
    return true;
  }

  #answered(transaction: number, pdu: Uint8Array): void {
    const request = this.#outstanding.get(transaction)?.pdu;
    if (!request) {
      this.#discard(`an answer to #${transaction}, which nobody waits for`);
      return;
    }
    const answer = parseAnswer(request, pdu);
    if (answer.kind === 'malformed') this.#errors += 1;
    else this.#answers += 1;
    this.#note('received', `${answerText(answer)} #${transaction}`, answer.kind === 'coil');
    this.#settle(transaction, answer);
  }

  #settle(transaction: number, outcome: Outcome): void {
    const request = this.#outstanding.get(transaction);
    if (!request) return;
    this.#outstanding.delete(transaction);
    request.limit.cancel();
    request.settle(outcome);
    this.#next();
  }

  #discard(what: string): void {
    this.#errors += 1;
    this.#note('note', `not counted: ${what}`, false);
  }

  #note(direction: WireLine['direction'], text: string, poll: boolean): void {
    this.#ports.wire({ at: Date.now(), direction, text, poll });
  }
}

function requestText(pdu: Uint8Array): string {
  const coil = ((pdu[1] ?? 0) << 8) | (pdu[2] ?? 0);
  switch (pdu[0]) {
    case functions.readCoils:
      return `read coil ${coil}`;
    case functions.writeCoil:
      return `write coil ${coil} = ${pdu[3] === 0 ? 0 : 1}`;
    default:
      return 'who are you?';
  }
}

function answerText(answer: Answer): string {
  switch (answer.kind) {
    case 'coil':
      return `coil = ${answer.level ? 1 : 0}`;
    case 'identification':
      return [...answer.objects.values()].join(' ');
    case 'exception':
      return exceptionText(answer.code);
    default:
      return answer.kind;
  }
}
