import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../actors/storage/database.ts';
import { createTestDatabase, type TestDatabase } from '../../actors/testing/test-database.ts';
import { openWrappedDatabase } from '../../actors/testing/wrapped-database.ts';
import { loadSigningKeys, registerSigningKeys, type SigningKeys } from '../auth/signing-keys.ts';
import { issueStopPass } from '../auth/tokens.ts';
import { PassCheck } from './pass-check.ts';

let database: TestDatabase;
let db: Database;
let folder: string;
let asked = 0;
let now = Date.now();
let lane: PassCheck;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wit-pass-'));
  database = await createTestDatabase();
  db = openWrappedDatabase(database.url, (text, query) => {
    if (text.includes('signing_key')) asked += 1;
    return query();
  });
  lane = new PassCheck({ file: join(folder, 'stop-keys.json'), db, site: 'main', now: () => now });
  await lane.refresh();
}, 60_000);
afterAll(async () => {
  await db?.destroy();
  await database?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A gateway on a computer of its own: its keys are in no file of the lane. */
function gatewayElsewhere(name: string): Promise<SigningKeys> {
  return loadSigningKeys(join(folder, name, 'gateway-keys.json'));
}

function passBy(keys: SigningKeys): Promise<string> {
  return issueStopPass({ sub: 'p', sid: 's', name: 'Mara' }, { site: 'main', key: keys.stop, now });
}

test('[F17] a pass that a gateway elsewhere signed is taken as soon as its key stands in the database', async () => {
  const keys = await gatewayElsewhere('gateway-2');
  await registerSigningKeys(database.db, keys);
  now += 1_001;
  expect(await lane.check(await passBy(keys))).toMatchObject({ by: 'p', pass: 'valid' });
  const restarted = new PassCheck({ file: join(folder, 'stop-keys.json'), db: null, site: 'main', now: () => now });
  expect(await restarted.check(await passBy(keys))).toMatchObject({ by: 'p' });
});

test('[S24] passes of nobody ask the database at most once a second', async () => {
  const pass = await passBy(await gatewayElsewhere('foreign'));
  now += 1_001;
  const before = asked;
  for (let times = 0; times < 20; times += 1) expect(await lane.check(pass)).toBeNull();
  expect(asked - before).toBe(1);
});
