import { type CryptoKey, importJWK } from 'jose';
import { sql } from 'kysely';
import type { Database } from '../../actors/storage/database.ts';
import type { Presser } from '../auth/stop-caller.ts';
import { readStopKeys, type StopKeys, shareStopKeys } from '../auth/stop-keys.ts';
import { verifyStopPass } from '../auth/tokens.ts';

export interface PassCheckOptions {
  /** `$DATA/run/stop-keys.json` */
  readonly file: string;
  readonly site: string;
  readonly now: () => number;
}

/** Checks stop passes offline. Only a bad signature is refused: an expired or revoked pass stops, and is said to be so. */
export class PassCheck {
  readonly #options: PassCheckOptions;
  #keys: StopKeys = { keys: [], ended: [] };

  constructor(options: PassCheckOptions) {
    this.#options = options;
  }

  /** Reads what gateway and database have left in the file. */
  async reload(): Promise<void> {
    this.#keys = await readStopKeys(this.#options.file);
  }

  /** Takes over keys and ended sessions from the database; throws when it is away, and then the file still counts. */
  async refresh(db: Database): Promise<void> {
    const keys = await db.selectFrom('signing_key').select(['kid', 'public_jwk']).where('purpose', '=', 'stop').execute();
    const ended = await db.selectFrom('session').select('id').where('ended_at', '>', sql<Date>`now() - interval '25 hours'`).execute();
    const found = keys.map(({ kid, public_jwk: jwk }) => ({ kid, jwk: { kty: 'OKP', crv: 'Ed25519', x: String(jwk.x) } as const }));
    this.#keys = await shareStopKeys(this.#options.file, { keys: found, ended: ended.map(row => row.id) });
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

  async #find(kid: string): Promise<CryptoKey | null> {
    if (!this.#keys.keys.some(key => key.kid === kid)) await this.reload();
    const jwk = this.#keys.keys.find(key => key.kid === kid)?.jwk;
    return jwk ? ((await importJWK(jwk, 'EdDSA')) as CryptoKey) : null;
  }
}
