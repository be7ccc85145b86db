import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { credentialFile } from '../actors/launcher/nats-users.ts';
import { suspend } from '../actors/testing/suspend.ts';
import { until } from '../actors/testing/until.ts';
import { type Gateway, startGateway } from './server.ts';
import { millStatus } from './testing/documents.ts';
import { Page } from './testing/page.ts';
import { TestRedis } from './testing/redis.ts';
import { administrator, ask, configOf, type Got, openWorkshop, password, person, type Workshop } from './testing/workshop.ts';

let redis: TestRedis;
let workshop: Workshop;
let other: Gateway;
let folder: string;
let admin: Awaited<ReturnType<typeof administrator>>;
/** The addresses of both gateways. */
let urls: readonly [string, string];
const log: string[] = [];

beforeAll(async () => {
  redis = await TestRedis.start();
  workshop = await openWorkshop({ WIT_REDIS_URL: redis.url });
  folder = mkdtempSync(join(tmpdir(), 'wit-gateway-2-'));
  const credentials = credentialFile(join(workshop.folder, 'secrets'), 'gateway');
  other = await startGateway({
    // A folder of its own: it signs with keys of its own.
    config: configOf({ WIT_DATA_DIR: folder, WIT_PORT: '0', WIT_NATS_CREDS: credentials, WIT_REDIS_URL: redis.url }),
    databaseUrl: workshop.cable.url,
    natsUrl: workshop.nats.url,
    uiFolder: folder,
    version: '0.0.0',
    now: () => Date.now() + workshop.clock.ahead,
    mono: () => performance.now(),
    log: (_level, line) => void log.push(line),
  });
  urls = [workshop.url, `http://127.0.0.1:${other.port}`];
  for (const url of urls) await until('it is ready', async () => (await ask(url, '/system/ready')).status === 200);
  for (const url of urls) await until('tries are counted', async () => (await logIn(url, 'nobody')).status === 401);
  admin = await administrator(workshop);
  workshop.owner.status(millStatus());
  for (const url of urls) await until('the mill is known', async () => (await get(url, '/equipment/mill-1')).status === 200);
}, 60_000);
afterAll(async () => {
  await other?.close();
  await workshop?.close();
  await redis?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const get = (url: string, path: string) => ask(url, path, { token: admin.accessToken });
const ticket = async (url: string): Promise<string> =>
  (await ask(url, '/auth/ws-ticket', { method: 'POST', token: admin.accessToken })).body.ticket;
const logIn = (url: string, login = 'mara', word = password) => ask(url, '/auth/login', { json: { login, password: word } });
const stop = (url: string): Promise<Got> => ask(url, '/stop', { method: 'POST', token: admin.accessToken });

/** What must hold whether Redis is there or not. */
async function everythingElseWorks(): Promise<void> {
  for (const url of urls) {
    expect((await get(url, '/auth/me')).body.login).toBe('mara');
    expect((await stop(url)).status).toBe(200);
    const json = { id: randomUUID(), command: 'HOLD' };
    expect((await ask(url, '/equipment/mill-1/commands', { token: admin.accessToken, json })).status).toBe(200);
  }
  const page = new Page(urls[1], { ticket: await ticket(urls[0]) });
  await page.hears('hello');
  page.close();
}

describe('two gateways without a sticky balancer', () => {
  test('[S18] a ticket of one opens one socket, at either of them, and none at the other afterwards', async () => {
    const given = await ticket(urls[0]);
    const page = new Page(urls[1], { ticket: given });
    await page.hears('hello');
    for (const url of urls) {
      const again = new Page(url, { ticket: given });
      await until('closed', () => again.closedWith === 4401);
      expect(again.frames).toEqual([]);
    }
    page.close();
  });

  test('[S18] a ticket that comes to both at once opens one socket', async () => {
    const given = await ticket(urls[1]);
    const pages = urls.map(url => new Page(url, { ticket: given }));
    await until('both are answered', () => pages.every(page => page.closedWith === 4401 || page.frames.length > 0));
    expect(pages.filter(page => page.frames.length > 0)).toHaveLength(1);
    for (const page of pages) page.close();
  });

  test('[S7] an access token is no ticket, and a ticket no access token', async () => {
    const page = new Page(urls[0], { ticket: admin.accessToken });
    await until('closed', () => page.closedWith === 4401);
    expect((await ask(urls[0], '/auth/me', { token: await ticket(urls[0]) })).status).toBe(401);
  });

  test('presence that was stated through one counts at the other at once', async () => {
    const operator = await person(workshop, admin, 'operator');
    /** The caller as the owner is told. */
    const start = async () => {
      const json = { id: randomUUID(), command: 'START' };
      await ask(urls[1], '/equipment/mill-1/commands', { token: operator.accessToken, json });
      return decodeJwt(workshop.owner.commands.at(-1)?.assertion ?? '').caller;
    };
    expect(await start()).not.toHaveProperty('presence');
    await ask(urls[0], '/auth/presence', { token: operator.accessToken, json: { equipment: 'mill-1' } });
    expect(await start()).toMatchObject({ presence: { equipment: 'mill-1' } });
  });

  test('[S5] tries are counted together', async () => {
    for (let i = 0; i < 5; i += 1) expect((await logIn(urls[i % 2] ?? '', 'guessed', 'wrong one')).status).toBe(401);
    for (const url of urls) expect((await logIn(url, 'guessed', 'wrong one')).body.code).toBe('too-many-requests');
  });
});

describe('[F29] Redis loses what it had', () => {
  test('everybody stays logged in, presence stays, and log-in works; only the counting begins anew', async () => {
    await ask(urls[0], '/auth/presence', { token: admin.accessToken, json: { equipment: 'mill-1' } });
    const given = await ticket(urls[0]);
    const page = new Page(urls[0], { ticket: given });
    await page.hears('hello');
    expect(Number(await redis.cli('dbsize'))).toBeGreaterThan(0);
    expect(await redis.cli('flushall')).toBe('OK');
    expect(await redis.cli('dbsize')).toBe('0');
    await everythingElseWorks();
    workshop.clock.ahead += 2_100;
    expect((await get(urls[1], '/auth/me')).body.presence['mill-1']).toBeGreaterThan(Date.now());
    expect((await logIn(urls[1])).status).toBe(200);
    expect((await logIn(urls[0], 'guessed', 'wrong one')).status).toBe(401);
    // The gateway that let somebody in with a ticket knows it without Redis.
    const again = new Page(urls[0], { ticket: given });
    await until('closed', () => again.closedWith === 4401);
    expect(page.closedWith).toBeNull();
    page.close();
  });
});

describe('[F29] Redis is away', () => {
  const closed = async () => {
    for (const url of urls) {
      const refused = await logIn(url);
      expect([refused.status, refused.body.code]).toEqual([503, 'log-in-closed']);
      expect(refused.body.detail).toMatch(/^Log-in is closed until Redis answers: .* stop works\.$/);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await hindrances(url)).toContain('redis-away');
    }
  };
  const hindrances = async (url: string): Promise<string[]> =>
    (await get(url, '/system/nodes')).body.impairments.map(({ code }: { code: string }) => code);
  const opensAgain = () =>
    until('log-in is open', async () => (await logIn(urls[0])).status === 200 && (await logIn(urls[1])).status === 200);

  test('killed: log-in is closed in one sentence, sessions verify, sockets open, stop works; it opens again by itself', async () => {
    await redis.kill();
    await closed();
    await everythingElseWorks();
    expect((await ask(urls[0], '/auth/refresh', { method: 'POST', headers: { cookie: admin.cookie } })).status).toBe(200);
    await redis.begin();
    await opensAgain();
    expect(log.filter(line => line.startsWith('redis-away: Redis'))).toHaveLength(1);
    for (const url of urls) expect(await hindrances(url)).not.toContain('redis-away');
  });

  test('hanging: the same, and nobody waits for it', async () => {
    await suspend(redis.pid);
    await closed();
    await everythingElseWorks();
    process.kill(redis.pid, 'SIGCONT');
    await opensAgain();
    expect(log.filter(line => line.startsWith('redis-away: Redis'))).toHaveLength(2);
  });
});
