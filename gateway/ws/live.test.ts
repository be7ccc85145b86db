import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../actors/testing/until.ts';
import { systemStateSchema } from '../contract/live.ts';
import { millStatus, millSummary, millTelemetry } from '../testing/documents.ts';
import { Page } from '../testing/page.ts';
import { administrator, ask, cookieOf, openWorkshop, password, person, type Workshop } from '../testing/workshop.ts';

let workshop: Workshop;
let admin: Awaited<ReturnType<typeof administrator>>;
let page: Page;

beforeAll(async () => {
  workshop = await openWorkshop();
  admin = await administrator(workshop);
  workshop.owner.status(millStatus());
  await until(
    'the gateway knows the mill',
    async () => (await ask(workshop.url, '/equipment/mill-1', { token: admin.accessToken })).status === 200,
  );
  page = await Page.open(workshop.url, admin.accessToken);
}, 60_000);
afterAll(async () => {
  page?.close();
  await workshop?.close();
});

describe('the ticket', () => {
  test('[S18] opens one socket; used, unknown or missing it closes with 4401', async () => {
    const got = await ask(workshop.url, '/auth/ws-ticket', { method: 'POST', token: admin.accessToken });
    const first = new Page(workshop.url, { ticket: got.body.ticket });
    await first.hears('hello');
    for (const ticket of [got.body.ticket, 'nonsense']) {
      const second = new Page(workshop.url, { ticket });
      await until('closed', () => second.closedWith === 4401);
      expect(second.frames).toEqual([]);
    }
    first.close();
  });

  test('[S18] a page of another origin gets no socket', async () => {
    const got = await ask(workshop.url, '/auth/ws-ticket', { method: 'POST', token: admin.accessToken });
    const evil = new Page(workshop.url, { ticket: got.body.ticket, origin: 'http://evil.example' });
    await until('refused', () => evil.closedWith !== null);
    expect(evil.frames).toEqual([]);
  });

  test('[S18] thirty seconds later it is worth nothing', async () => {
    const got = await ask(workshop.url, '/auth/ws-ticket', { method: 'POST', token: admin.accessToken });
    workshop.clock.ahead += 31_000;
    const late = new Page(workshop.url, { ticket: got.body.ticket });
    await until('closed', () => late.closedWith === 4401);
    workshop.clock.ahead = 0;
  });
});

describe('topics', () => {
  test('the current document comes at once, then every change, to every page alike', async () => {
    const other = await Page.open(workshop.url, admin.accessToken);
    for (const one of [page, other]) one.send({ type: 'subscribe', topics: ['equipment/mill-1/status', 'equipment/*/summary', 'system'] });
    for (const one of [page, other]) {
      expect((await one.hears('status')).data.truth).toBe('live');
      expect((await one.hears('summaries')).data.map(tile => tile.actor)).toEqual(['equipment/mill-1']);
    }
    workshop.owner.status(millStatus({ seq: 2, detail: 'cutting' }));
    workshop.owner.summary(millSummary({ detail: 'cutting' }));
    for (const one of [page, other]) {
      await one.hears('status', ({ data }) => data.detail === 'cutting');
      await one.hears('summary', ({ data }) => data.detail === 'cutting');
    }
    other.close();
  });

  test('an older document never replaces a newer one', async () => {
    workshop.owner.status(millStatus({ seq: 1, detail: 'old' }));
    workshop.owner.status(millStatus({ seq: 3, detail: 'new' }));
    await page.hears('status', ({ data }) => data.detail === 'new');
    expect(page.frames.some(frame => frame.type === 'status' && frame.data.detail === 'old')).toBe(false);
  });

  test('telemetry and events pass through, wire lines are asked of the owner', async () => {
    page.send({ type: 'subscribe', topics: ['equipment/mill-1/telemetry', 'equipment/mill-1/event', 'equipment/mill-1/wire'] });
    await until('the owner is asked for wire lines', () => workshop.owner.listens.length > 0);
    workshop.owner.publish('equipment.mill-1.telemetry', millTelemetry(5));
    workshop.owner.publish('equipment.mill-1.event.START', { type: 'START', seq: 9 });
    const lines = [{ at: 1, direction: 'sent', text: 'G1', poll: false }];
    workshop.owner.publish('equipment.mill-1.inspect', { actor: 'equipment/mill-1', lines, dropped: 0 });
    expect((await page.hears('telemetry')).data.n).toBe(5);
    expect((await page.hears('event')).data).toMatchObject({ type: 'START' });
    expect((await page.hears('wire')).lines).toEqual(lines);
  });

  test('the system topic says each second what is there', async () => {
    const { data } = await page.hears('system', frame => frame.data.nodes.length > 0);
    expect(systemStateSchema.parse(data)).toMatchObject({
      database: { ok: true },
      messages: { ok: true },
      nodes: [{ id: 'node-1', ok: true }],
    });
  });

  test('[P4] a silent owner is not shown as current: stale within 4 s, live again with its next pulse', async () => {
    workshop.owner.beating = false;
    await page.hears('status', ({ data }) => data.truth === 'stale' && data.degraded.some(part => part.code === 'owner-silent'), 6_000);
    await page.hears('summary', ({ data }) => data.truth === 'stale');
    await page.hears('system', ({ data }) => data.nodes.some(node => !node.ok));
    page.frames.length = 0;
    workshop.owner.beating = true;
    await page.hears('status', ({ data }) => data.truth === 'live');
  }, 15_000);

  test('[F3] a machine is not live because its node speaks, without having it; it is with the pulse that names it', async () => {
    workshop.owner.owning = false;
    const { data } = await page.hears('status', frame => frame.data.truth === 'stale', 6_000);
    expect(data.degraded.map((part: { message: string }) => part.message)).toEqual([
      'Node node-1 is there, but does not have this machine now.',
    ]);
    page.frames.length = 0;
    workshop.owner.owning = true;
    await page.hears('status', frame => frame.data.truth === 'live');
  }, 15_000);

  test('[F21] what was said while nobody could hear it is read from the database as soon as a pulse tells of it', async () => {
    const status = millStatus({ seq: 4, detail: 'missed' });
    const row = { id: status.actor, kind: 'equipment', chart: 'equipment', version: '1.0.0', chart_hash: 'h', owner: null, nonce: null };
    const now = { seq: 4, decision_seq: 1, epoch: 1, status: JSON.stringify(status) };
    await workshop.database.db
      .insertInto('actor')
      .values({ ...row, ...now })
      .execute();
    workshop.owner.said = 4;
    const { data } = await page.hears('status', frame => frame.data.detail === 'missed');
    expect(data.truth).toBe('live');
    workshop.owner.said = null;
  });

  test('[F21] [P4] what was said and stands nowhere yet makes stale what is held, by its name, until it comes', async () => {
    workshop.owner.said = 5;
    const { data } = await page.hears('status', frame => frame.data.truth === 'stale', 6_000);
    expect(data.degraded.map((part: { code: string }) => part.code)).toEqual(['status-missed']);
    page.frames.length = 0;
    workshop.owner.status(millStatus({ seq: 5 }));
    await page.hears('status', frame => frame.data.truth === 'live');
    workshop.owner.said = null;
  }, 15_000);
});

describe('frames', () => {
  test.each([
    ['malformed JSON', '{"type":', 'malformed-json'],
    ['no object', '7', 'malformed-json'],
    ['an unknown type', { type: 'reboot' }, 'invalid'],
    ['a topic that is none', { type: 'subscribe', topics: ['equipment/*/status'] }, 'invalid'],
    ['a field too many', { type: 'ping', n: 1, role: 'administrator' }, 'invalid'],
    ['more than 64 KiB', JSON.stringify({ type: 'ping', n: 1, pad: 'x'.repeat(70_000) }), 'too-large'],
    ['unknown equipment', { type: 'subscribe', topics: ['equipment/nothing/status'] }, 'unknown-equipment'],
  ])('%s: a notice, and the socket lives on', async (_title, frame, code) => {
    const at = page.frames.length;
    page.send(frame);
    await until('a notice', () => page.frames.slice(at).some(heard => heard.type === 'notice' && heard.code === code));
    page.send({ type: 'ping', n: at });
    await page.hears('pong', pong => pong.n === at);
  });

  test('[S18] a flood is not read, commands in it get their outcomes all the same, and stop is read', async () => {
    for (let n = 0; n < 300; n += 1) page.send({ type: 'ping', n: 10_000 + n });
    const ids = Array.from({ length: 20 }, () => randomUUID());
    for (const id of ids) page.send({ type: 'command', equipment: 'mill-1', id, command: 'START' });
    page.send({ type: 'stop', equipment: 'mill-1', stopId: randomUUID() });
    await page.hears('notice', notice => notice.code === 'too-many-requests');
    expect((await page.hears('stop')).data.stage).toBe('written');
    expect(page.frames.filter(frame => frame.type === 'pong' && frame.n >= 10_000).length).toBeLessThan(200);
    const outcomes = await Promise.all(ids.map(async id => (await page.hears('outcome', frame => frame.id === id)).outcome));
    expect(outcomes).toContain('busy');
    const readAgain = () => {
      page.send({ type: 'ping', n: -1 });
      return page.frames.some(frame => frame.type === 'pong' && frame.n === -1);
    };
    await expect.poll(readAgain, { interval: 200, timeout: 20_000 }).toBe(true);
  });

  test('a command reaches its owner with an assertion and a deadline on its clock, and the outcome comes back', async () => {
    const id = randomUUID();
    page.send({ type: 'command', equipment: 'mill-1', id, command: 'START', ttlMs: 1_000 });
    expect(await page.hears('outcome', frame => frame.id === id)).toMatchObject({ outcome: 'accepted', seq: 7 });
    const sent = workshop.owner.commands.find(command => command.id === id);
    expect(sent?.assertion.split('.')).toHaveLength(3);
    const left = (sent?.deadline?.monotonicMs ?? 0) - performance.now();
    expect(left).toBeLessThan(1_000);
    expect(left).toBeGreaterThan(-20_000);
  });

  test('a command that is none still gets its outcome', async () => {
    page.send({ type: 'command', equipment: 'mill-1', id: 'e0b2', command: 'EXPLODE' });
    expect((await page.hears('outcome', frame => frame.id === 'e0b2')).outcome).toBe('refused');
  });

  test('grants of a held jog go straight to the owner', async () => {
    const jogId = randomUUID();
    page.send({ type: 'grant', equipment: 'mill-1', jogId, n: 1 });
    await until('the grant', () => workshop.owner.grants.length > 0);
    expect(workshop.owner.grants).toEqual([{ jogId, n: 1 }]);
  });
});

describe('the session behind a socket', () => {
  test('[S9] ended anywhere, its socket closes with 4401 within 5 s', async () => {
    const viewer = await person(workshop, admin, 'viewer');
    const own = await Page.open(workshop.url, viewer.accessToken);
    await workshop.database.db.updateTable('session').set({ ended_at: new Date() }).where('id', '=', viewer.me.sid).execute();
    await until('closed', () => own.closedWith === 4401, 30_000);
  });

  test('[S9] logged out here, it closes at once', async () => {
    const got = await ask(workshop.url, '/auth/login', { json: { login: 'viewer', password } });
    const own = await Page.open(workshop.url, got.body.accessToken);
    await ask(workshop.url, '/auth/logout', { method: 'POST', headers: { cookie: cookieOf(got) } });
    await until('closed', () => own.closedWith === 4401, 1_000);
  });

  test('me follows what changes', async () => {
    page.send({ type: 'subscribe', topics: ['me'] });
    expect((await page.hears('me')).data.presence).toEqual({});
    await ask(workshop.url, '/auth/presence', { token: admin.accessToken, json: { equipment: 'mill-1' } });
    await page.hears('me', ({ data }) => data.presence['mill-1'] !== undefined);
  });
});
