import { Redis } from 'ioredis';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

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

/** Counts log-ins in Redis, so that N gateways count together; in memory without it, or while it is away. */
export class LoginLimits {
  readonly #redis: Redis | null;
  readonly #limiters: readonly { readonly rule: (typeof rules)[number]; readonly limiter: RateLimiterAbstract }[];

  constructor(redisUrl: string | null) {
    this.#redis =
      redisUrl === null ? null : new Redis(redisUrl, { enableOfflineQueue: false, maxRetriesPerRequest: 0, connectTimeout: 1_000 });
    // Its absence shows in the insurance taking over; without a listener ioredis would print each failed attempt.
    this.#redis?.on('error', () => undefined);
    this.#limiters = rules.map(rule => ({ rule, limiter: makeLimiter(rule, this.#redis) }));
  }

  /** Counts one try. */
  async take(attempt: Attempt): Promise<LimitDecision> {
    try {
      for (const { rule, limiter } of this.#limiters) await limiter.consume(keyOf(rule, attempt));
      return { allowed: true };
    } catch (error) {
      if (error instanceof RateLimiterRes) return { allowed: false, why: 'limit', retrySeconds: Math.ceil(error.msBeforeNext / 1_000) };
      return { allowed: false, why: 'closed', retrySeconds: 10 };
    }
  }

  /** A right password gives the account its tries back; nobody who knows it is ever locked out by counting. */
  async forgive(attempt: Attempt): Promise<void> {
    const accounts = this.#limiters.filter(({ rule }) => rule.per === 'account');
    await Promise.all(accounts.map(({ rule, limiter }) => limiter.delete(keyOf(rule, attempt)))).catch(() => undefined);
  }

  close(): void {
    this.#redis?.disconnect();
  }
}

function keyOf(rule: (typeof rules)[number], { login, address }: Attempt): string {
  return rule.per === 'account' ? `${login}|${address}` : address;
}

function makeLimiter({ name, points, duration }: (typeof rules)[number], redis: Redis | null): RateLimiterAbstract {
  const memory = new RateLimiterMemory({ keyPrefix: `wit-login-${name}`, points, duration });
  if (!redis) return memory;
  return new RateLimiterRedis({ storeClient: redis, keyPrefix: `wit-login-${name}`, points, duration, insuranceLimiter: memory });
}
