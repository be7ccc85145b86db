import type { SignedIn } from '../http/route.ts';
import { newOpaqueToken, tokenHash } from './opaque-token.ts';

const lifeMs = 30_000;
const limit = 10_000;

/** Single-use tickets for WebSockets: 30 s, in memory (the socket is opened at the gateway that gave the ticket). */
export class Tickets {
  readonly #now: () => number;
  readonly #open = new Map<string, { readonly caller: SignedIn; readonly until: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  issue(caller: SignedIn): string {
    this.#sweep();
    const ticket = newOpaqueToken();
    this.#open.set(tokenHash(ticket), { caller, until: this.#now() + lifeMs });
    return ticket;
  }

  /** The caller, once; null for a used, expired or unknown ticket. */
  redeem(ticket: string): SignedIn | null {
    const hash = tokenHash(ticket);
    const found = this.#open.get(hash);
    this.#open.delete(hash);
    return found && found.until > this.#now() ? found.caller : null;
  }

  #sweep(): void {
    const now = this.#now();
    for (const [hash, { until }] of this.#open) {
      if (until > now && this.#open.size < limit) break;
      this.#open.delete(hash);
    }
  }
}
