import type { Clock } from '../system/ports.ts';
import { encodeJson, type Messages } from './messages.ts';
import type { StreamsWatch } from './streams-watch.ts';

export interface StatusPublisherOptions {
  readonly messages: Messages;
  readonly streams: Pick<StreamsWatch, 'state'>;
  readonly clock: Clock;
}

/** A status that the store has not confirmed. */
interface Owed {
  readonly status: unknown;
  /** False: somebody else speaks for it by now. */
  readonly isOurs: () => boolean;
  /** Monotonic ms. */
  readonly saidAt: number;
}

const lookEveryMs = 1_000;
/** What changes again meanwhile is not said twice. */
const restsMs = 2_000;
const atOnce = 16;
const confirmWithinMs = 3_000;

/**
 * Statuses are heard by everybody at once, and kept by the stream STATUS for who comes later. A server that has just lost its majority, or has
 * not yet heard that another one leads, passes a message on and keeps nothing: so each last word is said again until the store has confirmed it.
 */
export class StatusPublisher {
  readonly #o: StatusPublisherOptions;
  readonly #owed = new Map<string, Owed>();
  #timer: { cancel(): void };
  #closed = false;

  constructor(options: StatusPublisherOptions) {
    this.#o = options;
    this.#timer = this.#lookLater();
  }

  /** Publishes it; the very same is said again only while it is ours. */
  say(subject: string, status: unknown, isOurs: () => boolean): void {
    this.#o.messages.publish(subject, status);
    this.#owed.set(subject, { status, isOurs, saidAt: this.#o.clock.monotonic() });
  }

  /** How many wait to be confirmed. */
  get owed(): number {
    return this.#owed.size;
  }

  close(): void {
    this.#closed = true;
    this.#timer.cancel();
    this.#owed.clear();
  }

  #lookLater(): { cancel(): void } {
    return this.#o.clock.setTimeout(() => void this.#look(), lookEveryMs);
  }

  async #look(): Promise<void> {
    const now = this.#o.clock.monotonic();
    const resting = [...this.#owed].filter(([, { saidAt }]) => now - saidAt >= restsMs);
    for (let i = 0; i < resting.length && this.#isKept; i += atOnce) {
      await Promise.all(resting.slice(i, i + atOnce).map(([subject, owed]) => this.#confirm(subject, owed)));
    }
    if (!this.#closed) this.#timer = this.#lookLater();
  }

  /** As far as is known, something that is said now would be. */
  get #isKept(): boolean {
    const { messages, streams } = this.#o;
    return !this.#closed && streams.state.ok && messages.connection !== null;
  }

  async #confirm(subject: string, owed: Owed): Promise<void> {
    const { connection } = this.#o.messages;
    // Another word may have followed while others were confirmed: what was true before is not said after it.
    if (connection === null || this.#owed.get(subject) !== owed) return;
    if (owed.isOurs()) {
      try {
        await connection.jetstream({ timeout: confirmWithinMs }).publish(subject, encodeJson(owed.status));
      } catch {
        // Not kept: it is said again at the next look.
        return;
      }
    }
    if (this.#owed.get(subject) === owed) this.#owed.delete(subject);
  }
}
