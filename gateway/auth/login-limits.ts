import type { Redis } from 'ioredis';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RedisDoor } from './redis-door.ts';

/** May this log-in be tried? `closed`: the limiter itself is away, so log-in is closed. */
export type LimitDecision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly why: 'limit' | 'closed'; readonly retrySeconds: number };

/** 5 per minute and 10 per hour per account and address, 100 per hour per address; each try counts before it is checked. */
const rules = [
  { name: 'account-minute', points: 5, duration: 60, per: 'account' },
  { name: 'account-hour', points: 10, duration: 3_600, per: 'account' },
  { name: 'address-hour', points: 100, duration: 3_600, per: 'address' },
] as const;

interface Attempt {
  readonly login: string;
  readonly address: string;
}

/**
 * Counts log-ins: in memory, or in Redis, so that N gateways count together. Tries that cannot be counted are not taken: with Redis away
 * each gateway counting for itself would give a guesser as many more tries as there are gateways, and again with each restart.
 */
export class LoginLimits {
  readonly #limiters: readonly { readonly rule: (typeof rules)[number]; readonly limiter: RateLimiterAbstract }[];

  readonly #redis: RedisDoor | null;

  constructor(redis: RedisDoor | null) {
    this.#redis = redis;
    this.#limiters = rules.map(rule => ({ rule, limiter: makeLimiter(rule, redis?.client ?? null) }));
  }

  /** Counts one try. */
  async take(attempt: Attempt): Promise<LimitDecision> {
    try {
      await (this.#redis === null ? this.#count(attempt) : this.#redis.ask(() => this.#count(attempt)));
      return { allowed: true };
    } catch (error) {
      if (error instanceof RateLimiterRes) return { allowed: false, why: 'limit', retrySeconds: Math.ceil(error.msBeforeNext / 1_000) };
      return { allowed: false, why: 'closed', retrySeconds: 10 };
    }
  }

  async #count(attempt: Attempt): Promise<void> {
    for (const { rule, limiter } of this.#limiters) await limiter.consume(keyOf(rule, attempt));
  }

  /** A right password gives the account its tries back; nobody who knows it is ever locked out by counting. */
  async forgive(attempt: Attempt): Promise<void> {
    const accounts = this.#limiters.filter(({ rule }) => rule.per === 'account');
    await Promise.all(accounts.map(({ rule, limiter }) => limiter.delete(keyOf(rule, attempt)))).catch(() => undefined);
  }
}

function keyOf(rule: (typeof rules)[number], { login, address }: Attempt): string {
  return rule.per === 'account' ? `${login}|${address}` : address;
}

function makeLimiter({ name, points, duration }: (typeof rules)[number], redis: Redis | null): RateLimiterAbstract {
  const rule = { keyPrefix: `wit-login-${name}`, points, duration };
  return redis === null ? new RateLimiterMemory(rule) : new RateLimiterRedis({ ...rule, storeClient: redis, rejectIfRedisNotReady: true });
}
