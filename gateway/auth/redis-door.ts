import { Redis } from 'ioredis';
import type { PeerIdentity } from '../../actors/transport/peer-identity.ts';

/** A Redis that hangs is away: nobody waits longer for an answer, ms. */
const answerWithinMs = 500;
const connectWithinMs = 1_000;
const retryAtMostMs = 1_000;

export interface RedisDoorOptions {
  /** Who we are to a Redis that is spoken to by TLS (`rediss://`). */
  readonly peer: PeerIdentity | null;
  /** Told what is wrong, in one sentence, as often as it shows; null: nothing. */
  readonly trouble: (sentence: string | null) => void;
}

/**
 * What several gateways remember together for minutes: tries of log-in and tickets that are used up. Nothing of it is missed after a loss,
 * and no lock is ever taken there: two owners of one lock would be two owners of one machine.
 */
export class RedisDoor {
  /** For libraries that speak to Redis themselves, inside `ask`. */
  readonly client: Redis;
  readonly #trouble: (sentence: string | null) => void;

  /** Connects, and again for ever. */
  constructor(url: string, { peer, trouble }: RedisDoorOptions) {
    this.#trouble = trouble;
    this.client = new Redis(url, {
      ...(peer && url.startsWith('rediss:') ? { tls: peer } : {}),
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: connectWithinMs,
      commandTimeout: answerWithinMs,
      retryStrategy: attempt => Math.min(attempt * 100, retryAtMostMs),
    });
    this.client.on('ready', () => trouble(null));
    this.client.on('error', cause => this.#away(cause));
    this.client.on('reconnecting', () => this.#away(new Error('the connection was lost')));
  }

  /** Rejects as the work does; an Error means that Redis did not answer. */
  async ask<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    try {
      const answer = await work(this.client);
      this.#trouble(null);
      return answer;
    } catch (error) {
      if (error instanceof Error) this.#away(error);
      throw error;
    }
  }

  close(): void {
    this.client.disconnect();
  }

  #away({ message }: Error): void {
    this.#trouble(`Redis does not answer (${message}): log-in is closed until it does. Who is logged in stays so, and stop works.`);
  }
}
