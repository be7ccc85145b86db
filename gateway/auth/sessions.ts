import type { Me } from '../contract/auth.ts';
import { DatabaseAway, type DatabaseDoor } from '../http/database-door.ts';
import type { WebRequest } from '../http/exchange.ts';
import { type Refused, refuse } from '../http/problems.ts';
import type { Patience, SignedIn } from '../http/route.ts';
import { readSession, type SessionFacts } from './session-store.ts';
import { type AccessClaims, type FindKey, verifyAccess } from './tokens.ts';

/** A session's facts are at most this old when a request is decided: revocation and role changes act within it. */
const freshForMs = 2_000;
const keepForMs = 900_000;
/** Facts of this age still decide about a stop, without a look: nobody's stop waits, and a revocation acts within 5 s there too. */
const goodForStopMs = 5_000;
/** So long may a database that hangs hold up a stop of somebody of whom nothing is known, ms; the owner's patience is the same. */
const shortPatienceMs = 150;

interface Known {
  readonly at: number;
  readonly facts: SessionFacts | null;
}

export interface SessionsOptions {
  readonly door: DatabaseDoor;
  readonly find: FindKey;
  readonly site: string;
  readonly now: () => number;
}

/** Who is logged in: checks access tokens and keeps what the database says of their sessions for two seconds. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<Known>>();
  readonly #listeners = new Set<(sid: string) => void>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** The caller of a request by its bearer token. */
  async authenticate(request: WebRequest, patience: Patience = 'whole'): Promise<SignedIn | Refused> {
    const token = /^Bearer ([A-Za-z0-9._-]{1,4096})$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token) return refuse('not-authenticated', 'Log in first: send the access token as a bearer token.');
    const { site, now, find } = this.#options;
    const verified = await verifyAccess(token, { site, now: now(), find });
    if (verified.ok) return this.confirm(verified.claims, patience);
    if (verified.why === 'expired') return refuse('token-expired', 'The access token has expired. Refresh it.');
    return refuse('not-authenticated', 'This access token is not valid here. Log in again.');
  }

  /** The person behind sound claims, with the role of now; refused when the session has ended. */
  async confirm(claims: Omit<AccessClaims, 'exp'>, patience: Patience = 'whole'): Promise<SignedIn | Refused> {
    const { sid, sub, name, login, role } = claims;
    const known = await (patience === 'short' ? this.#glance(sid) : this.#look(sid));
    if (known === 'away') return { id: sub, sid, name, login, role };
    if (known.facts === null) return refuse('not-authenticated', 'This session has ended. Log in again.');
    return { ...known.facts.person, sid };
  }

  /** The `me` document of a caller; without the database as far as it is known. */
  async me(caller: SignedIn): Promise<Me> {
    const known = await this.#look(caller.sid);
    const { id, sid, name, login, role } = caller;
    const me = { id, sid, name, login, role };
    if (known === 'away' || known.facts === null) return { ...me, presence: {} };
    const { presence, inWorkshop, qualifications } = known.facts;
    const workshop = inWorkshop !== null && inWorkshop > this.#options.now() ? { inWorkshop } : {};
    return { ...me, presence: this.#notOver(presence), ...workshop, qualifications: [...qualifications] };
  }

  /**
   * Until when (ms since 1970) the caller stated to be at this equipment, or null. Before a null that counts the database is asked: the
   * statement may have come through another gateway a moment ago. `believe` asks nobody: what is kept of the session is the answer.
   */
  async presenceAt(caller: SignedIn, equipment: string, whenNone: 'ask' | 'believe'): Promise<number | null> {
    if (whenNone === 'believe') return this.#notOver(this.#known.get(caller.sid)?.facts?.presence ?? {})[equipment] ?? null;
    const known = (await this.me(caller)).presence[equipment] ?? null;
    if (known !== null || !this.#options.door.health.ok) return known;
    await this.#ask(caller.sid).catch(ignoreAway);
    return (await this.me(caller)).presence[equipment] ?? null;
  }

  /** Something about a session changed here (ended, presence): ask anew at once and tell the live sockets. */
  changed(sid: string): void {
    this.#known.delete(sid);
    // What is under way may have been read before the change.
    this.#asking.delete(sid);
    for (const listener of this.#listeners) listener(sid);
  }

  /** A session ended: it counts no more at this gateway, whatever its tokens say and whether or not the database can be asked. */
  ended(sid: string): void {
    this.#asking.delete(sid);
    this.#known.set(sid, { at: this.#options.now(), facts: null });
    for (const listener of this.#listeners) listener(sid);
  }

  /** Something about people changed, here or at another gateway. */
  changedFor(people: readonly string[]): void {
    // Whose they are is not known before they come back.
    this.#asking.clear();
    const sids = [...this.#known].flatMap(([sid, { facts }]) => (facts && people.includes(facts.person.id) ? [sid] : []));
    for (const sid of sids) this.changed(sid);
  }

  /** Hears of changes made through this gateway. */
  onChange(listener: (sid: string) => void): void {
    this.#listeners.add(listener);
  }

  #notOver(presence: Readonly<Record<string, number>>): Record<string, number> {
    const now = this.#options.now();
    return Object.fromEntries(Object.entries(presence).filter(([, until]) => until > now));
  }

  /** `away`: the database is lost and nothing is known; a sound token then counts until it expires. */
  async #look(sid: string): Promise<Known | 'away'> {
    const known = this.#known.get(sid);
    const now = this.#options.now();
    if (known && now - known.at < freshForMs) return known;
    if (!this.#options.door.health.ok) return known ?? 'away';
    try {
      return await this.#ask(sid);
    } catch (error) {
      if (error instanceof DatabaseAway) return known ?? 'away';
      throw error;
    }
  }

  /** For a stop: what is known decides, and is refreshed behind it. What is old or missing may be looked up for a moment, no longer. */
  async #glance(sid: string): Promise<Known | 'away'> {
    const known = this.#known.get(sid);
    const look = this.#look(sid);
    if (known && this.#options.now() - known.at < goodForStopMs) {
      // A bug in it is told by the next request that waits for its answer.
      look.catch(() => undefined);
      return known;
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Known | 'away'>(resolve => {
      timer = setTimeout(() => resolve(known ?? 'away'), shortPatienceMs);
    });
    return Promise.race([look, late]).finally(() => clearTimeout(timer));
  }

  #ask(sid: string): Promise<Known> {
    const running = this.#asking.get(sid);
    if (running) return running;
    const at = this.#options.now();
    const asking = this.#options.door
      .ask(db => readSession(db, sid))
      .then(facts => {
        const known = { at, facts };
        if (this.#asking.get(sid) === asking) this.#known.set(sid, known);
        this.#forgetOld();
        return known;
      })
      .finally(() => {
        if (this.#asking.get(sid) === asking) this.#asking.delete(sid);
      });
    this.#asking.set(sid, asking);
    return asking;
  }

  #forgetOld(): void {
    if (this.#known.size < 1_000) return;
    const oldest = this.#options.now() - keepForMs;
    for (const [sid, { at }] of this.#known) if (at < oldest) this.#known.delete(sid);
  }
}

function ignoreAway(error: unknown): void {
  if (!(error instanceof DatabaseAway)) throw error;
}
