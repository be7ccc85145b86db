import type { NatsConnection } from 'nats';
import type { Messages } from './messages.ts';
import { isNoMessage, isNoSuchStream } from './streams.ts';

/** Places of the stream EVENTS that a server counts and cannot give. */
export interface Damage {
  readonly server: string;
  readonly places: number;
  /** Seq in the stream. */
  readonly first: number;
}

export interface StreamIntegrityOptions {
  readonly messages: Messages;
  /** Told after each look; null: every place holds what it should. */
  found(damage: Damage | null): void;
}

/** How far back is looked: a week of a busy workshop. */
const newest = 20_000;
const atOnce = 16;
const againMs = 5_000;

/**
 * Reads the stream once for each start of a message server. A server finds a damaged place only when it is read, and says then that there is
 * no message, as if it had never been: whoever follows the stream would miss an event and not know. Returns the way to stop.
 */
export function watchIntegrity({ messages, found }: StreamIntegrityOptions): () => void {
  let looked = '';
  let closed = false;
  const look = async () => {
    const { connection } = messages;
    const server = connection?.info?.server_id ?? '';
    if (closed || !connection || server === looked) return;
    looked = server;
    try {
      const damage = await damageOf(connection, () => closed);
      if (!closed) found(damage);
    } catch {
      // No leader yet, or gone again: whoever watches the streams says so.
      looked = '';
      setTimeout(() => void look(), againMs).unref();
    }
  };
  const unsubscribe = messages.onState(() => void look());
  return () => {
    closed = true;
    unsubscribe();
  };
}

async function damageOf(connection: NatsConnection, given: () => boolean): Promise<Damage | null> {
  const manager = await connection.jetstreamManager({ timeout: 2_000, checkAPI: false });
  const info = async () =>
    manager.streams.info('EVENTS').catch(cause => {
      if (isNoSuchStream(cause)) return null;
      throw cause;
    });
  const state = (await info())?.state;
  if (!state || state.messages === 0) return null;
  const missing: number[] = [];
  const look = async (seq: number) => {
    await manager.streams.getMessage('EVENTS', { seq }).catch(cause => {
      if (!isNoMessage(cause)) throw cause;
      missing.push(seq);
    });
  };
  const last = state.last_seq;
  for (let seq = Math.max(state.first_seq, last - newest); seq <= last && !given(); seq += atOnce) {
    await Promise.all(Array.from({ length: Math.min(atOnce, last - seq + 1) }, (_, i) => look(seq + i)));
  }
  // What grew too old meanwhile is not damaged.
  const first = (await info())?.state.first_seq ?? Number.POSITIVE_INFINITY;
  const damaged = missing.filter(seq => seq >= first);
  return damaged.length === 0 ? null : { server: connection.info?.server_name ?? '', places: damaged.length, first: Math.min(...damaged) };
}
