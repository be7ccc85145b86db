import type { SignedIn } from '../http/route.ts';
import type { SigningKey } from './signing-keys.ts';
import { type FindKey, issueTicket, verifyTicket } from './tokens.ts';
import type { UsedTickets } from './used-tickets.ts';

export interface TicketsOptions {
  readonly site: string;
  readonly key: SigningKey;
  /** Public keys of every gateway of the site. */
  readonly find: FindKey;
  readonly used: UsedTickets;
  readonly now: () => number;
}

/** Single-use tickets for WebSockets, good for 30 s at every gateway of the site: signed, so that nobody who reaches Redis can make one. */
export class Tickets {
  readonly #options: TicketsOptions;

  constructor(options: TicketsOptions) {
    this.#options = options;
  }

  issue({ id: sub, ...claims }: SignedIn): Promise<string> {
    const { site, key, now } = this.#options;
    return issueTicket({ sub, ...claims }, { site, key, now: now() });
  }

  /** The caller, once; null for a used, expired or foreign ticket. Never throws. */
  async redeem(ticket: string): Promise<SignedIn | null> {
    const { site, find, used, now } = this.#options;
    const verified = await verifyTicket(ticket, { site, now: now(), find });
    if (!verified.ok) return null;
    const { sub: id, sid, name, login, role, jti } = verified.claims;
    return (await used.takeFirst(jti)) ? { id, sid, name, login, role } : null;
  }
}
