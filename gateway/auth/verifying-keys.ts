import { type CryptoKey, importJWK, type JWK } from 'jose';
import type { DatabaseDoor } from '../http/database-door.ts';
import type { KeyPurpose, SigningKeys } from './signing-keys.ts';

interface VerifyingKey {
  readonly purpose: KeyPurpose;
  readonly key: CryptoKey;
}

/** A foreign kid must not become a way to hammer the database. */
const minimumRefreshMs = 2_000;
const maximumAgeMs = 30_000;

/** The public keys of this site by kid: our own at once, those of other gateways from table signing_key. */
export class VerifyingKeys {
  readonly #door: DatabaseDoor;
  readonly #own: SigningKeys;
  readonly #now: () => number;
  #keys = new Map<string, VerifyingKey>();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | null = null;

  constructor(door: DatabaseDoor, own: SigningKeys, now: () => number) {
    this.#door = door;
    this.#own = own;
    this.#now = now;
  }

  /** The key, or null: unknown, retired or of another purpose. Never throws; without the database the last known set counts. */
  async find(kid: string, purpose: KeyPurpose): Promise<CryptoKey | null> {
    if (this.#keys.size === 0) this.#keys = await this.#ownKeys();
    const age = this.#now() - this.#readAt;
    const known = this.#keys.has(kid);
    // Behind a known key, not before it: a stop must not wait for a database that hangs.
    if (known && age > maximumAgeMs) void this.#refresh();
    else if (!known && age > minimumRefreshMs) await this.#refresh();
    // Whoever comes second must not be refused because the keys are still being read for the first.
    else if (!known) await this.#reading;
    const found = this.#keys.get(kid);
    return found?.purpose === purpose ? found.key : null;
  }

  #refresh(): Promise<void> {
    this.#readAt = this.#now();
    this.#reading = this.#read();
    return this.#reading;
  }

  async #read(): Promise<void> {
    if (!this.#door.health.ok) return;
    try {
      const rows = await this.#door.ask(db =>
        db.selectFrom('signing_key').select(['kid', 'purpose', 'public_jwk']).where('retired_at', 'is', null).execute(),
      );
      const found = await Promise.all(rows.map(async row => [row.kid, await toKey(row.purpose, row.public_jwk as JWK)] as const));
      this.#keys = new Map([...(await this.#ownKeys()), ...found]);
    } catch {
      // The door has noted that the database is away; the known keys stay in use.
    }
  }

  async #ownKeys(): Promise<Map<string, VerifyingKey>> {
    const own = Object.entries(this.#own) as [KeyPurpose, SigningKeys[KeyPurpose]][];
    const found = await Promise.all(own.map(async ([purpose, key]) => [key.kid, await toKey(purpose, key.publicJwk)] as const));
    return new Map(found);
  }
}

async function toKey(purpose: KeyPurpose, jwk: JWK): Promise<VerifyingKey> {
  return { purpose, key: (await importJWK(jwk, 'EdDSA')) as CryptoKey };
}
