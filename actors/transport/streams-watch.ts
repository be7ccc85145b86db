import type { StreamInfo } from 'nats';
import type { Messages } from './messages.ts';
import { isNoSuchStream } from './streams.ts';

/** Whether what is published is also kept. */
export interface StreamsState {
  readonly ok: boolean;
  /** ms since 1970 */
  readonly since: number;
  /** A sentence; empty while all is well. */
  readonly cause: string;
}

export interface StreamsWatchOptions {
  readonly messages: Messages;
  now(): number;
  log(line: string): void;
}

const probeEveryMs = 1_000;
const answerWithinMs = 2_000;
/** Members of a cluster are in touch once a second: one that was silent for longer is away. */
const silentAfterNs = 3_000_000_000;

/**
 * One truth per process about the message service: the connection, and behind it the store of the streams. A server of a cluster that was
 * cut off goes on to carry messages while it keeps nothing, and for 15 s it does not know; so it is asked whom it hears.
 */
export class StreamsWatch {
  readonly #o: StreamsWatchOptions;
  readonly #listeners = new Set<(state: StreamsState) => void>();
  readonly #unsubscribe: () => void;
  readonly #timer: NodeJS.Timeout;
  #probed = '';
  #published = '';
  #probing = false;
  #state: StreamsState;

  constructor(options: StreamsWatchOptions) {
    this.#o = options;
    const { messages, now } = options;
    this.#state = { ok: messages.state.ok, since: now(), cause: messages.state.ok ? '' : noServer };
    this.#unsubscribe = messages.onState(() => this.#judge());
    this.#timer = setInterval(() => void this.#probe(), probeEveryMs);
    this.#timer.unref();
  }

  get state(): StreamsState {
    return this.#state;
  }

  /** Told at every change. Returns the way to stop. */
  subscribe(listener: (state: StreamsState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What came of handing something to the store; the error, or null. */
  published(cause: unknown): void {
    this.#published = cause === null ? '' : `The message servers keep no events (${textOf(cause)}).`;
    this.#judge();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
    this.#listeners.clear();
  }

  async #probe(): Promise<void> {
    const { connection } = this.#o.messages;
    if (!connection || this.#probing) return;
    this.#probing = true;
    try {
      const manager = await connection.jetstreamManager({ timeout: answerWithinMs, checkAPI: false });
      // Each stream has a leader of its own.
      const [events, status] = await Promise.all([manager.streams.info('EVENTS'), manager.streams.info('STATUS')]);
      this.#probed = troubleOf(events) || troubleOf(status);
    } catch (cause) {
      // No node has made them yet.
      this.#probed = isNoSuchStream(cause) ? '' : `The message servers do not say who keeps the events (${textOf(cause)}).`;
    }
    this.#probing = false;
    this.#judge();
  }

  #judge(): void {
    const cause = this.#o.messages.state.ok ? this.#probed || this.#published : noServer;
    if (cause === this.#state.cause) return;
    const ok = cause === '';
    const since = ok === this.#state.ok ? this.#state.since : this.#o.now();
    // The connection's own end and beginning are said by whoever keeps it; another cause of the same trouble is not said again.
    if (ok !== this.#state.ok && cause !== noServer && this.#state.cause !== noServer) {
      this.#o.log(ok ? 'messages: the store is back' : `messages: ${cause}`);
    }
    this.#state = { ok, since, cause };
    for (const listener of this.#listeners) listener(this.#state);
  }
}

const noServer = 'The message server does not answer.';

/** What is wrong with a cluster, or nothing. A server alone has no cluster. */
function troubleOf({ cluster }: StreamInfo): string {
  if (!cluster) return '';
  const others = cluster.replicas ?? [];
  if (!cluster.leader) return 'The message servers have no leader: they look for one, or have lost their majority.';
  const there = 1 + others.filter(one => one.offline !== true && one.active < silentAfterNs).length;
  const all = 1 + others.length;
  return there * 2 > all ? '' : `The message servers have lost their majority: ${there} of ${all} is there.`;
}

function textOf(cause: unknown): string {
  const { code, message } = (cause ?? {}) as { code?: string; message?: string };
  if (code === '503') return 'they look for a leader, or have lost their majority';
  if (code === 'TIMEOUT') return 'they do not answer: they hang, look for a leader, or have lost their majority';
  return message ?? String(cause);
}
