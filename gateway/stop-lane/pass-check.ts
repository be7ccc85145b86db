import { type CryptoKey, importJWK } from 'jose';
import { sql } from 'kysely';
import type { Database } from '../../actors/storage/database.ts';
import type { Presser } from '../auth/stop-caller.ts';
import { readStopKeys, type StopKeys, shareStopKeys } from '../auth/stop-keys.ts';
import { verifyStopPass } from '../auth/tokens.ts';

export interface PassCheckOptions {
  /** `$DATA/run/stop-keys.json` */
  readonly file: string;
  /** Null: the file alone counts. */
  readonly db: Database | null;
  readonly site: string;
  readonly now: () => number;
}

/** Passes of nobody must not become a way to hammer the database, ms. */
const askAtMostEvery = 1_000;

/** Checks stop passes offline. Only a bad signature is refused: an expired or revoked pass stops, and is said to be so. */
export class PassCheck {
  readonly #options: PassCheckOptions;
  #keys: StopKeys = { keys: [], ended: [] };
  #refreshing: Promise<void> | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PassCheckOptions) {
    this.#options = options;
  }

  /** Reads what gateway and database have left in the file. */
  async reload(): Promise<void> {
    this.#keys = await readStopKeys(this.#options.file);
  }

  /** Takes over keys and ended sessions from the database; while it is away the file still counts. Never rejects. */
  refresh(): Promise<void> {
    this.#askedAt = this.#options.now();
    this.#refreshing ??= this.#refresh()
      .catch(() => this.reload())
      .finally(() => {
        this.#refreshing = null;
      });
    return this.#refreshing;
  }

  /** Who this is; null for a bad signature. */
  async check(pass: string): Promise<Presser | null> {
    const { site, now } = this.#options;
    const verified = await verifyStopPass(pass, { site, now: now(), find: kid => this.#find(kid) });
    if (!verified.ok) return null;
    const { sub, name, sid } = verified.claims;
    const revoked = this.#keys.ended.includes(sid);
    return { by: sub, byName: name, pass: revoked ? 'revoked' : verified.expired ? 'expired' : 'valid' };
  }

  async #refresh(): Promise<void> {
    const { db, file } = this.#options;
    if (db === null) return this.reload();
    const keys = await db.selectFrom('signing_key').select(['kid', 'public_jwk']).where('purpose', '=', 'stop').execute();
    const ended = await db.selectFrom('session').select('id').where('ended_at', '>', sql<Date>`now() - interval '25 hours'`).execute();
    const found = keys.map(({ kid, public_jwk: jwk }) => ({ kid, jwk: { kty: 'OKP', crv: 'Ed25519', x: String(jwk.x) } as const }));
    this.#keys = await shareStopKeys(file, { keys: found, ended: ended.map(row => row.id) });
  }

  /** A gateway on another computer signs with a key that only the database knows until the next refresh. */
  async #find(kid: string): Promise<CryptoKey | null> {
    if (!this.#key(kid)) await this.reload();
    if (!this.#key(kid) && Math.abs(this.#options.now() - this.#askedAt) > askAtMostEvery) await this.refresh();
    const jwk = this.#key(kid)?.jwk;
    return jwk ? ((await importJWK(jwk, 'EdDSA')) as CryptoKey) : null;
  }

  #key(kid: string): StopKeys['keys'][number] | undefined {
    return this.#keys.keys.find(key => key.kid === kid);
  }
}
