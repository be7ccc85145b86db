import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningNats, startNats } from '../launcher/nats.ts';
import { credentialFile } from '../launcher/nats-users.ts';
import { testDatabase } from '../storage/self-test.ts';
import { realClock } from '../system/real-ports.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { until } from '../testing/until.ts';
import { openMessages } from '../transport/messages.ts';
import { testMessages } from '../transport/self-test.ts';
import { startSelfTest } from './self-test.ts';

let database: TestDatabase;
let nats: RunningNats;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wit-self-test-'));
  [database, nats] = await Promise.all([createTestDatabase(), startNats({ directory: folder })]);
});
afterAll(async () => {
  await nats?.stop(2_000);
  await database?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a database whose fsync is off is found, and nothing that is on', async () => {
  expect(await testDatabase(database.db)).toEqual([{ code: 'postgresql-fsync', sentence: expect.stringContaining('fsync off') }]);
});

test('the message server is judged by what it does, as the user that a node is, as often as one likes', async () => {
  const messages = openMessages({
    url: nats.url,
    credsFile: credentialFile(folder, 'node'),
    name: 'test',
    now: Date.now,
    log: () => undefined,
  });
  await until('connected', () => messages.connection);
  const { connection: open } = messages;
  if (!open) throw new Error('not connected');
  for (const run of ['one', 'two']) {
    const codes = (await testMessages(open, { site: 'main', node: 'n1', run })).map(one => one.code);
    expect(codes).not.toContain('nats-duplicates');
    expect(codes).not.toContain('nats-compare-and-swap');
    const [major = 0, minor = 0] = (open.info?.version ?? '').split('.').map(Number);
    expect(codes.includes('nats-per-key-ttl')).toBe(major * 100 + minor < 211);
  }
  await messages.close();
});

test('a node says each finding in one line and hands all on; a service that is away does not hold it up', async () => {
  const log: string[] = [];
  const heard: string[][] = [];
  const url = 'nats://127.0.0.1:1';
  const messages = openMessages({ url, credsFile: null, name: 'test', now: Date.now, log: () => undefined });
  const end = startSelfTest({
    db: database.db,
    messages,
    site: 'main',
    nodeId: 'n1',
    boot: 'b',
    clock: realClock,
    log: line => log.push(line),
    found: findings => heard.push(findings.map(one => one.code)),
  });
  await until('found', () => heard.length > 0);
  expect(heard).toEqual([['postgresql-fsync']]);
  expect(log).toEqual([expect.stringMatching(/^self-test: PostgreSQL has fsync off/)]);
  end();
  await messages.close();
});
