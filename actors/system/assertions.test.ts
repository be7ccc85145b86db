import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { AssertionKeys } from './assertions.ts';
import { realClock } from './real-ports.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  const { publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  const key = JSON.stringify(await exportJWK(publicKey));
  await database.db.insertInto('signing_key').values({ kid: 'k', purpose: 'assertion', public_jwk: key }).execute();
});
afterAll(() => database.close());

test('[S7] two commands that come while the keys are first read both find the key: nobody is a forger for coming second', async () => {
  const keys = new AssertionKeys(database.db, realClock);
  const found = await Promise.all([keys.find('k'), keys.find('k')]);
  expect(found.map(key => key !== null)).toEqual([true, true]);
});

test('[S7] a key that nobody has registered is not found, however often it is asked for', async () => {
  const keys = new AssertionKeys(database.db, realClock);
  expect(await Promise.all([keys.find('x'), keys.find('x')])).toEqual([null, null]);
  expect(await keys.find('k')).not.toBeNull();
});
