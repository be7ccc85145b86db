import type { RedisDoor } from './redis-door.ts';

/** Longer than a ticket lives, with gateways whose clocks differ. */
const keepMs = 120_000;

/**
 * Which tickets are used up: in this gateway's memory, and in Redis where several gateways share one. While Redis is away the memory alone
 * decides: pages that lost their socket must get a new one, and a ticket is signed and good for 30 s whatever is remembered of it.
 */
export class UsedTickets {
  readonly #redis: RedisDoor | null;
  readonly #now: () => number;
  /** Oldest first. */
  readonly #used = new Map<string, number>();

  constructor(redis: RedisDoor | null, now: () => number) {
    this.#redis = redis;
    this.#now = now;
  }

  /** True for the first that brings this ticket. Never throws. */
  async takeFirst(id: string): Promise<boolean> {
    if (this.#used.has(id)) return false;
    this.#forgetOld();
    this.#used.set(id, this.#now());
    if (this.#redis === null) return true;
    const first = this.#redis.ask(client => client.set(`wit-ticket:${id}`, '1', 'PX', keepMs, 'NX'));
    return first.then(
      answer => answer === 'OK',
      () => true,
    );
  }

  #forgetOld(): void {
    const oldest = this.#now() - keepMs;
    for (const [id, at] of this.#used) {
      if (at > oldest) break;
      this.#used.delete(id);
    }
  }
}
