import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import type { Database } from '../../actors/storage/database.ts';

/** What a key may sign; a key of one purpose is refused for every other. */
export type KeyPurpose = 'access' | 'assertion' | 'stop';
const purposes: readonly KeyPurpose[] = ['access', 'assertion', 'stop'];

/** An Ed25519 pair: the private half to sign with, the public half for everybody. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string };
}
export type SigningKeys = Readonly<Record<KeyPurpose, SigningKey>>;

const storedSchema = z.record(
  z.enum(['access', 'assertion', 'stop']),
  z.looseObject({ kty: z.literal('OKP'), x: z.string(), d: z.string() }),
);

/** Reads this gateway's private keys (Ed25519), or makes them: mode 0600, in a 0700 folder, never anywhere else. */
export async function loadSigningKeys(file: string): Promise<SigningKeys> {
  const jwks = (await readStored(file)) ?? (await create(file));
  const entries = await Promise.all(purposes.map(async purpose => [purpose, await toKey(jwks[purpose])] as const));
  return Object.fromEntries(entries) as SigningKeys;
}

async function readStored(file: string): Promise<Record<KeyPurpose, JWK> | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  // A mode loosened by a copy is tightened again before the keys are used.
  await chmod(file, 0o600);
  return storedSchema.parse(JSON.parse(text)) as Record<KeyPurpose, JWK>;
}

async function create(file: string): Promise<Record<KeyPurpose, JWK>> {
  const entries = await Promise.all(
    purposes.map(async purpose => {
      const pair = await generateKeyPair('EdDSA', { extractable: true });
      return [purpose, await exportJWK(pair.privateKey)] as const;
    }),
  );
  const jwks = Object.fromEntries(entries) as Record<KeyPurpose, JWK>;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, JSON.stringify(jwks), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return jwks;
}

async function toKey(jwk: JWK): Promise<SigningKey> {
  const publicJwk = { kty: 'OKP', crv: 'Ed25519', x: jwk.x ?? '' } as const;
  const privateKey = (await importJWK(jwk, 'EdDSA')) as CryptoKey;
  return { kid: await calculateJwkThumbprint(publicJwk), privateKey, publicJwk };
}

/** Makes the public halves known to owners, other gateways and stop lanes; repeatable. */
export async function registerSigningKeys(db: Database, keys: SigningKeys): Promise<void> {
  const rows = purposes.map(purpose => ({ kid: keys[purpose].kid, purpose, public_jwk: JSON.stringify(keys[purpose].publicJwk) }));
  await db
    .insertInto('signing_key')
    .values(rows)
    .onConflict(conflict => conflict.doNothing())
    .execute();
}
