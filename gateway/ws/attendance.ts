import type { LiveSessions } from '../../actors/transport/envelopes.ts';
import type { Messages } from '../../actors/transport/messages.ts';
import { subject } from '../../actors/transport/subjects.ts';

const sayEveryMs = 5_000;
/** Whoever works without a socket has a live session for so long after each request, ms. */
const requestCountsMs = 60_000;

export interface AttendanceOptions {
  readonly messages: Messages;
  readonly site: string;
  /** Of this process, a token of a subject. */
  readonly gateway: string;
  /** monotonic ms */
  readonly mono: () => number;
}

/**
 * Who has a live session at this gateway, told to the nodes: at each change and every few seconds. A gateway that ends says nothing: its
 * people come back to another one or to the next process, and the nodes wait for that.
 */
export class Attendance {
  readonly #o: AttendanceOptions;
  readonly #sockets = new Map<string, number>();
  readonly #asked = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;

  constructor(options: AttendanceOptions) {
    this.#o = options;
    this.#timer = setInterval(() => this.#say(), sayEveryMs);
    this.#unsubscribe = options.messages.onState(({ ok }) => (ok ? this.#say() : undefined));
  }

  opened(person: string): void {
    const known = this.#knows(person);
    this.#sockets.set(person, (this.#sockets.get(person) ?? 0) + 1);
    if (!known) this.#say();
  }

  closed(person: string): void {
    const left = (this.#sockets.get(person) ?? 1) - 1;
    if (left > 0) this.#sockets.set(person, left);
    else this.#sockets.delete(person);
    if (!this.#knows(person)) this.#say();
  }

  /** A request of somebody who is logged in. */
  asked(person: string): void {
    const known = this.#knows(person);
    this.#asked.set(person, this.#o.mono());
    if (!known) this.#say();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
  }

  #knows(person: string): boolean {
    return this.#sockets.has(person) || this.#asked.has(person);
  }

  #say(): void {
    const { messages, site, gateway, mono } = this.#o;
    const now = mono();
    for (const [person, at] of this.#asked) if (now - at > requestCountsMs) this.#asked.delete(person);
    const word: LiveSessions = { gateway, people: [...new Set([...this.#sockets.keys(), ...this.#asked.keys()])] };
    messages.publish(subject(site, 'system', gateway, 'sessions'), word);
  }
}
