import type { ServerFrame } from '../contract/live.ts';
import type { LiveSocket } from '../http/exchange.ts';
import { encode } from './broadcast.ts';

/** More than this waiting for one client closes it: at most so much is held per client. */
export const maxBufferedBytes = 262_144;
const dropTelemetryAt = 65_536;
const holdDocumentsAt = 131_072;
const caughtUpAt = 8_192;

/** `full`: everything; `no-telemetry`: fast numbers dropped; `held`: documents are held too, the newest follows once it caught up. */
type Flow = 'full' | 'no-telemetry' | 'held';

/** Never held and never dropped: when they do not fit, the server closes the socket and the client comes back to the truth. */
function isLossless(topic: string): boolean {
  return topic.endsWith('/event') || topic === 'me';
}

function isFast(topic: string): boolean {
  return topic.endsWith('/telemetry') || topic.endsWith('/wire');
}

/** The topics of one client, and which of them flow while it is slow. */
export class Subscriptions {
  readonly #socket: Pick<LiveSocket<unknown>, 'buffered' | 'send' | 'subscribe' | 'unsubscribe'>;
  readonly #current: (topic: string) => ServerFrame[];
  readonly #wanted = new Set<string>();
  #flow: Flow = 'full';

  constructor(
    socket: Pick<LiveSocket<unknown>, 'buffered' | 'send' | 'subscribe' | 'unsubscribe'>,
    current: (topic: string) => ServerFrame[],
  ) {
    this.#socket = socket;
    this.#current = current;
  }

  get topics(): ReadonlySet<string> {
    return this.#wanted;
  }

  /** The current document at once, then every change. */
  add(topic: string): void {
    this.#wanted.add(topic);
    if (!this.#flows(topic)) return;
    this.#socket.subscribe(topic);
    for (const frame of this.#current(topic)) this.#socket.send(encode(frame));
  }

  remove(topic: string): void {
    this.#wanted.delete(topic);
    this.#socket.unsubscribe(topic);
  }

  /** Looks at what waits for the client and adapts; called ten times a second. */
  adapt(): void {
    const before = this.#flow;
    this.#flow = nextFlow(before, this.#socket.buffered());
    if (this.#flow === before) return;
    if (this.#flow === 'full') this.#resume();
    else this.#restrict();
    if (before === 'full') this.#socket.send(encode({ type: 'notice', code: 'slow-link', message: slowLink }));
  }

  #restrict(): void {
    for (const topic of this.#wanted) {
      // From held to no-telemetry nothing is let through again yet: that waits until the client has caught up.
      if (!this.#flows(topic)) this.#socket.unsubscribe(topic);
    }
  }

  #resume(): void {
    this.#socket.send(encode({ type: 'notice', code: 'link-recovered', message: 'The link keeps up again.' }));
    for (const topic of this.#wanted) if (!isLossless(topic)) this.add(topic);
  }

  #flows(topic: string): boolean {
    if (this.#flow === 'full' || isLossless(topic)) return true;
    return this.#flow === 'no-telemetry' && !isFast(topic);
  }
}

const slowLink = 'This link is slow: fast numbers are left out and only the newest status is sent.';

function nextFlow(flow: Flow, buffered: number): Flow {
  if (buffered > holdDocumentsAt) return 'held';
  if (buffered > dropTelemetryAt) return flow === 'held' ? 'held' : 'no-telemetry';
  // Between the marks nothing changes: a client at the edge must not flap.
  return buffered < caughtUpAt ? 'full' : flow;
}
