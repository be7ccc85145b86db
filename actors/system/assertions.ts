import { type CryptoKey, decodeProtectedHeader, importJWK, type JWK, jwtVerify } from 'jose';
import { type Caller, callerSchema } from '../../statecharts/caller.ts';
import type { Database } from '../storage/database.ts';
import { assertionClaimsSchema } from '../transport/envelopes.ts';
import type { DatabaseWatch } from './database-watch.ts';
import type { Clock } from './ports.ts';

/** A strange kid must not become a way to hammer the database. */
const refreshAtMostEveryMs = 1_000;
/** The key of a gateway that has just begun is known so soon, whether or not it asks for anything, and one that was retired is not. */
const refreshEveryMs = 10_000;

/**
 * The public halves of the gateways' assertion keys, kept in memory so that they hold while the database is away: a HOLD that comes then may
 * be the first command that this process hears.
 */
export class AssertionKeys {
  readonly #db: Database;
  readonly #clock: Clock;
  #keys = new Map<string, CryptoKey>();
  /** When the keys were last read because of a strange kid, monotonic ms. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | null = null;
  #reading: Promise<void> | null = null;
  #timer = { cancel: () => {} };
  #unsubscribe = () => {};

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Reads the keys now, again and again, and when the database is back. Resolves after the first reading, also when it failed; never rejects. */
  keepFresh(watch: Pick<DatabaseWatch, 'subscribe'>): Promise<void> {
    this.#unsubscribe = watch.subscribe(({ ok }) => (ok ? void this.#refresh() : undefined));
    this.#later();
    return this.#refresh();
  }

  close(): void {
    this.#timer.cancel();
    this.#unsubscribe();
  }

  #later(): void {
    this.#timer = this.#clock.setTimeout(() => {
      void this.#refresh();
      this.#later();
    }, refreshEveryMs);
  }

  /**
   * Null: unknown, retired or of another purpose; only when the keys were read after the question: a gateway may have registered its key since
   * they were last read. Never throws.
   */
  async find(kid: string): Promise<CryptoKey | null> {
    if (!this.#keys.has(kid)) await this.#reading;
    if (!this.#keys.has(kid)) await this.#ask();
    return this.#keys.get(kid) ?? null;
  }

  /** One reading for all who ask until it begins. */
  #ask(): Promise<void> {
    const wait = this.#askedAt + refreshAtMostEveryMs - this.#clock.monotonic();
    this.#asking ??= new Promise<void>(turn => (wait > 0 ? void this.#clock.setTimeout(turn, wait) : turn())).then(() => {
      this.#asking = null;
      this.#askedAt = this.#clock.monotonic();
      return this.#refresh();
    });
    return this.#asking;
  }

  #refresh(): Promise<void> {
    this.#reading = this.#read();
    return this.#reading;
  }

  async #read(): Promise<void> {
    try {
      const rows = await this.#db
        .selectFrom('signing_key')
        .select(['kid', 'public_jwk'])
        .where('purpose', '=', 'assertion')
        .where('retired_at', 'is', null)
        .execute();
      const keys = await Promise.all(rows.map(async row => [row.kid, await importJWK(row.public_jwk as JWK, 'EdDSA')] as const));
      this.#keys = new Map(keys as [string, CryptoKey][]);
    } catch {
      // The database watch says that it is away; the known keys stay good.
    }
  }
}

export interface AssertionCheck {
  readonly site: string;
  /** The actor that must be meant, e.g. `equipment/mill-1`. */
  readonly actor: string;
  readonly commandId: string;
  /** ms since 1970. */
  readonly now: number;
  /** `ignored` for stop-like commands: a late stop is still a stop. */
  readonly expiry: 'checked' | 'ignored';
}

/** Both on one host or nearly so; the assertion lives 10 s. */
const clockToleranceSeconds = 5;
const practicallyForEver = 10 * 365 * 86_400;

/** Who asks, as a gateway of this site vouches for; null for anything forged, foreign, expired or malformed. Never throws. */
export async function verifyAssertion(keys: AssertionKeys, token: string, check: AssertionCheck): Promise<Caller | null> {
  try {
    const { kid, crit } = decodeProtectedHeader(token);
    const key = typeof kid === 'string' && crit === undefined ? await keys.find(kid) : null;
    if (!key) return null;
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      typ: 'wit-assertion+jwt',
      issuer: `wit/${check.site}`,
      audience: check.actor,
      currentDate: new Date(check.now),
      clockTolerance: check.expiry === 'checked' ? clockToleranceSeconds : practicallyForEver,
      requiredClaims: ['exp', 'jti'],
    });
    const claims = assertionClaimsSchema.parse(payload);
    return claims.jti === check.commandId ? callerSchema.parse(claims.caller) : null;
  } catch {
    return null;
  }
}
