import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../actors/testing/until.ts';
import { startGateway } from './server.ts';
import { millStatus } from './testing/documents.ts';
import { Page } from './testing/page.ts';
import { type Ask, administrator, ask, configOf, openWorkshop, password, person, type Workshop } from './testing/workshop.ts';

let workshop: Workshop;
let admin: Awaited<ReturnType<typeof administrator>>;
let page: Page;

beforeAll(async () => {
  // What hangs goes on to hang until the test ends it.
  workshop = await openWorkshop({}, { databaseTimeoutMs: 60_000 });
  admin = await administrator(workshop);
  workshop.owner.status(millStatus());
  await until('the gateway knows the mill', async () => (await get('/equipment/mill-1')).status === 200);
  page = await Page.open(workshop.url, admin.accessToken);
  page.send({ type: 'subscribe', topics: ['system', 'equipment/mill-1/status'] });
}, 60_000);
afterAll(async () => {
  page?.close();
  await workshop?.close();
});

const get = (path: string) => ask(workshop.url, path, { token: admin.accessToken });
const hold = (token = admin.accessToken) =>
  ask(workshop.url, '/equipment/mill-1/commands', { token, json: { id: randomUUID(), command: 'HOLD' } });

describe('[F27] the database is away', () => {
  test('log-in is refused with the cause; tokens that were given go on for reading, commands and stop; all returns', async () => {
    await workshop.cable.cut();
    await page.hears('system', ({ data }) => !data.database.ok);
    workshop.clock.ahead = 2_100;
    for (const path of ['/auth/login', '/auth/setup']) {
      const json = path.endsWith('login') ? { login: 'mara', password } : { token: 'x', login: 'mara', name: 'M', password };
      const got = await ask(workshop.url, path, { json });
      expect([got.status, got.body.code]).toEqual([503, 'database-away']);
    }
    expect((await ask(workshop.url, '/auth/refresh', { method: 'POST', headers: { cookie: admin.cookie } })).body.code).toBe(
      'database-away',
    );
    expect((await get('/equipment/mill-1')).body.truth).toBe('live');
    expect((await get('/auth/me')).body.login).toBe('mara');
    expect((await hold()).status).toBe(200);
    expect((await ask(workshop.url, '/stop', { method: 'POST', token: admin.accessToken })).status).toBe(200);
    expect((await get('/files')).body.code).toBe('database-away');
    expect((await ask(workshop.url, '/system/ready')).status).toBe(503);
    page.frames.length = 0;
    await workshop.cable.join();
    await page.hears('system', ({ data }) => data.database.ok);
    expect((await ask(workshop.url, '/auth/login', { json: { login: 'mara', password } })).status).toBe(200);
  }, 30_000);
});

describe('[F27] the database hangs', () => {
  test('a HOLD and the stop key are answered while a query hangs, of somebody known and of somebody never heard of here', async () => {
    const known = await person(workshop, admin, 'operator');
    const mine = await Page.open(workshop.url, known.accessToken);
    const unknown = await person(workshop, admin, 'operator');
    // What is known of the sessions and the keys is old now.
    workshop.clock.ahead += 60_000;
    const stop = (path: string, token: string) => ask(workshop.url, path, { method: 'POST', token });
    const [id, statusOf] = [randomUUID(), ({ status }: { status: number }) => status];
    workshop.cable.stall();
    let hangs = true;
    const query = ask(workshop.url, '/auth/setup').finally(() => {
      hangs = false;
    });
    mine.send({ type: 'command', id, equipment: 'mill-1', command: 'HOLD', args: {}, ttlMs: 2_000 });
    const bySocket = mine.hears('outcome', frame => frame.id === id, 20_000);
    const answers = [known, unknown].flatMap(({ accessToken: token }) => [
      hold(token).then(statusOf),
      stop('/stop', token).then(statusOf),
      stop('/equipment/mill-1/stop', token).then(statusOf),
    ]);
    expect((await bySocket).outcome).toBe('accepted');
    expect(await Promise.all(answers)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(hangs).toBe(true);
    workshop.cable.flow();
    expect((await query).status).toBe(200);
    mine.close();
  }, 60_000);
});

describe('[F27] somebody logs out while the database is away', () => {
  const logOut = (more: Ask) => ask(workshop.url, '/auth/logout', { method: 'POST', ...more });
  const ended = /^wit-refresh-\d+=; .*Max-Age=0/;

  test('[S9] the cookie ends with the answer, the token counts no more, and the sessions end when the database is back', async () => {
    const bearer = await person(workshop, admin, 'viewer');
    const cookie = await person(workshop, admin, 'operator');
    page.frames.length = 0;
    await workshop.cable.cut();
    await page.hears('system', ({ data }) => !data.database.ok);
    for (const more of [{ token: bearer.accessToken, headers: { cookie: bearer.cookie } }, { headers: { cookie: cookie.cookie } }]) {
      const got = await logOut(more);
      expect([got.status, got.body.code]).toEqual([503, 'database-away']);
      expect(got.headers.get('set-cookie')).toMatch(ended);
    }
    expect((await ask(workshop.url, '/auth/me', { token: bearer.accessToken })).body.code).toBe('not-authenticated');
    await workshop.cable.join();
    for (const { me } of [bearer, cookie])
      await until('the session has ended', async () => {
        const session = workshop.database.db.selectFrom('session').select('ended_at').where('id', '=', me.sid);
        return (await session.executeTakeFirstOrThrow()).ended_at !== null;
      });
  }, 30_000);

  test('[S9] nobody’s log-out, and one of a session that is over, end the cookie too', async () => {
    for (const cookie of ['', 'wit-refresh-1=x']) {
      const got = await logOut({ headers: { cookie } });
      expect([got.status, ended.test(got.headers.get('set-cookie') ?? '')]).toEqual([204, true]);
    }
  });
});

describe('[F19] the message server is away', () => {
  test('commands are refused with the cause, stop says NOT CONFIRMED, and nothing is shown as current', async () => {
    page.frames.length = 0;
    await workshop.nats.stop(2_000);
    await page.hears('system', ({ data }) => !data.messages.ok);
    const refused = await hold();
    expect([refused.status, refused.body.code]).toEqual([503, 'messages-away']);
    const stop = await ask(workshop.url, '/stop', { method: 'POST', token: admin.accessToken });
    expect(stop.body.detail).toContain('NOT CONFIRMED');
    await page.hears('status', ({ data }) => data.truth === 'stale', 6_000);
    expect((await ask(workshop.url, '/auth/login', { json: { login: 'mara', password } })).status).toBe(200);
  }, 30_000);

  test('[P4] a gateway that starts without it serves, and shows the last committed state as unknown', async () => {
    const actor = { kind: 'equipment', chart: 'c', version: '1', chart_hash: 'h', owner: 'n', nonce: 'x' };
    const status = JSON.stringify(millStatus()) as never;
    await workshop.database.db
      .insertInto('actor')
      .values({ ...actor, id: 'equipment/mill-1', status })
      .execute();
    const gateway = await startGateway({
      config: configOf({ WIT_DATA_DIR: workshop.folder, WIT_PORT: '0' }),
      databaseUrl: workshop.cable.url,
      natsUrl: 'nats://127.0.0.1:1',
      uiFolder: workshop.folder,
      version: '0.0.0',
      now: Date.now,
      mono: () => performance.now(),
      log: () => undefined,
    });
    const url = `http://127.0.0.1:${gateway.port}`;
    const seen = () => ask(url, '/equipment/mill-1', { token: admin.accessToken });
    await until('the last state', async () => (await seen()).body.truth === 'unknown');
    expect((await ask(url, '/system/nodes', { token: admin.accessToken })).body.messages.ok).toBe(false);
    await gateway.close();
  });

  test('a taken port is one clear sentence', async () => {
    const config = configOf({ WIT_DATA_DIR: workshop.folder, WIT_PORT: new URL(workshop.url).port });
    const rest = { databaseUrl: workshop.cable.url, natsUrl: 'nats://127.0.0.1:1', uiFolder: workshop.folder, version: '0.0.0' };
    const clock = { now: Date.now, mono: () => performance.now(), log: () => undefined };
    await expect(startGateway({ config, ...rest, ...clock })).rejects.toThrow(/^Port \d+ on 127\.0\.0\.1 is in use/);
  });
});
