import { Redis } from 'ioredis';
import type { PeerIdentity } from '../../actors/transport/peer-identity.ts';
import type { Log } from '../http/log.ts';

/** A Redis that hangs is away: nobody waits longer for an answer, ms. */
const answerWithinMs = 500;
const connectWithinMs = 1_000;
const retryAtMostMs = 1_000;

/**
 * What several gateways remember together for minutes: tries of log-in and tickets that are used up. Nothing of it is missed after a loss,
 * and no lock is ever taken there: two owners of one lock would be two owners of one machine.
 */
export class RedisDoor {
  /** For libraries that speak to Redis themselves, inside `ask`. */
  readonly client: Redis;
  readonly #log: Log;
  #said: 'connected' | 'away' | null = null;

  /** Connects, and again for ever; `rediss://` is TLS, in which `peer` says who we are. */
  constructor(url: string, { log, peer }: { readonly log: Log; readonly peer: PeerIdentity | null }) {
    this.#log = log;
    this.client = new Redis(url, {
      ...(peer && url.startsWith('rediss:') ? { tls: peer } : {}),
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: connectWithinMs,
      commandTimeout: answerWithinMs,
      retryStrategy: attempt => Math.min(attempt * 100, retryAtMostMs),
    });
    this.client.on('ready', () => this.#say('connected'));
    this.client.on('error', error => this.#say('away', error));
    this.client.on('reconnecting', () => this.#say('away'));
  }

  /** Rejects as the work does; an Error means that Redis did not answer. */
  async ask<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    try {
      const answer = await work(this.client);
      this.#say('connected');
      return answer;
    } catch (error) {
      if (error instanceof Error) this.#say('away', error);
      throw error;
    }
  }

  close(): void {
    this.client.disconnect();
  }

  /** Once when trouble begins, once when it ends. */
  #say(state: 'connected' | 'away', cause?: unknown): void {
    if (this.#said === state) return;
    this.#said = state;
    if (state === 'connected') this.#log('info', 'redis: connected');
    else this.#log('warn', 'redis: away; log-in is closed until it is back', { cause });
  }
}
