import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { archiveJob, closedJobs } from '../../actors/storage/archive.ts';
import { liveJob } from '../../actors/testing/ended-job.ts';
import { until } from '../../actors/testing/until.ts';
import { createJobSchema, type Outcome, ownedCommandSchema } from '../../actors/transport/envelopes.ts';
import { commandDecisions } from '../contract/resources.ts';
import { millStatus, millTelemetry } from '../testing/documents.ts';
import { administrator, ask, openWorkshop, person, type Workshop } from '../testing/workshop.ts';

let workshop: Workshop;
let admin: Awaited<ReturnType<typeof administrator>>;
let viewer: Awaited<ReturnType<typeof person>>;

beforeAll(async () => {
  workshop = await openWorkshop();
  admin = await administrator(workshop);
  viewer = await person(workshop, admin, 'viewer');
  workshop.owner.status(millStatus());
  await until('the gateway knows the mill', async () => (await get('/equipment/mill-1')).status === 200);
}, 60_000);
afterAll(() => workshop?.close());
beforeEach(() => {
  workshop.owner.outcome = { outcome: 'accepted', seq: 7, reasons: [] };
  workshop.owner.stopReply = 'written';
});

const get = (path: string, token = admin.accessToken) => ask(workshop.url, path, { token });
const command = (change: object = {}, equipment = 'mill-1') =>
  ask(workshop.url, `/equipment/${equipment}/commands`, {
    token: admin.accessToken,
    json: { id: randomUUID(), command: 'HOLD', ...change },
  });

describe('reading', () => {
  test('tiles, status, telemetry', async () => {
    expect((await get('/equipment')).body.items).toMatchObject([{ actor: 'equipment/mill-1', truth: 'live', simulated: true }]);
    expect((await get('/equipment/mill-1')).body.machineryState).toBe('NotExecuting');
    workshop.owner.publish('equipment.mill-1.telemetry', millTelemetry(3));
    await until('telemetry', async () => (await get('/equipment/mill-1/telemetry')).body.n === 3);
  });

  test('[P2] every command with its decision for the caller: the reasons come from the chart', async () => {
    const { body } = await get('/equipment/mill-1/commands', viewer.accessToken);
    const { commands } = commandDecisions.parse(body);
    expect(commands.length).toBeGreaterThan(15);
    expect(commands.find(one => one.command === 'HOLD')?.allowed).toBe(true);
  });

  test('the journal, newest first, as CloudEvents', async () => {
    const { db } = workshop.database;
    await db
      .insertInto('actor')
      .values({
        id: 'equipment/mill-1',
        kind: 'equipment',
        chart: 'c',
        version: '1',
        chart_hash: 'h',
        owner: 'n',
        nonce: 'x',
        status: null,
      })
      .execute();
    for (const seq of [1, 2, 3]) {
      const row = {
        actor_id: 'equipment/mill-1',
        seq,
        epoch: 1,
        at: new Date(),
        type: 'HOLD',
        source: 'command',
        hash: `h${seq}`,
        prev_hash: 'h',
      };
      const empty = { command_id: null, correlation_id: null, causation_id: null, principal: null, value: null };
      await db
        .insertInto('event')
        .values({ ...row, ...empty, data: sql`'{}'::jsonb` as never })
        .execute();
    }
    const first = await get('/equipment/mill-1/events?limit=2');
    expect(first.body.items.map((event: { seq: number }) => event.seq)).toEqual([3, 2]);
    expect(first.body.items[0]).toMatchObject({ specversion: '1.0', type: 'HOLD', subject: 'equipment/mill-1' });
    expect((await get('/equipment/mill-1/events?limit=2&before=2')).body.items).toHaveLength(1);
    expect((await get('/equipment/mill-1/events?limit=9999')).body.code).toBe('invalid');
  });
});

describe('commands', () => {
  test('reach the owner as the contract has them, whoever sends a principal along', async () => {
    const id = randomUUID();
    const got = await command({ id, command: 'START', seen: { epoch: 1, decisionSeq: 1, at: Date.now() } });
    expect([got.status, got.body]).toEqual([200, { outcome: 'accepted', seq: 7, reasons: [] }]);
    const sent = ownedCommandSchema.parse(workshop.owner.commands.find(one => one.id === id));
    const claims = JSON.parse(Buffer.from(sent.assertion.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({
      aud: 'equipment/mill-1',
      jti: id,
      iss: 'wit/main',
      caller: { kind: 'user', role: 'administrator', id: admin.me.id },
    });
    expect(claims.exp * 1000 - Date.now()).toBeLessThanOrEqual(10_000);
    expect((await command({ principal: { id: 'somebody' } })).body.code).toBe('unknown-field');
  });

  test('[EQ-presence] who stated to be at the machine says so in the assertion', async () => {
    await ask(workshop.url, '/auth/presence', { token: admin.accessToken, json: { equipment: 'mill-1' } });
    const id = randomUUID();
    await command({ id });
    const assertion = workshop.owner.commands.find(one => one.id === id)?.assertion ?? '';
    expect(JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString()).caller.presence.equipment).toBe('mill-1');
  });

  test.each(['START', 'HOLD'])(
    '[S9] of a session that was ended 3 s ago elsewhere %s is refused, at the latest after one HOLD',
    async first => {
      const gone = await person(workshop, admin, 'operator');
      const send = (command: string) =>
        ask(workshop.url, '/equipment/mill-1/commands', { token: gone.accessToken, json: { id: randomUUID(), command } });
      expect((await get('/auth/me', gone.accessToken)).status).toBe(200);
      await workshop.database.db.updateTable('session').set({ ended_at: new Date() }).where('id', '=', gone.me.sid).execute();
      workshop.clock.ahead += 3_000;
      if (first === 'HOLD') expect((await send('HOLD')).status).toBe(200);
      const before = workshop.owner.commands.length;
      for (const command of ['START', 'HOLD']) expect((await send(command)).body.code).toBe('not-authenticated');
      expect(workshop.owner.commands).toHaveLength(before);
      workshop.clock.ahead = 0;
    },
  );

  test('stop-like commands carry no deadline', async () => {
    const id = randomUUID();
    await command({ id, command: 'ABORT' });
    expect(workshop.owner.commands.find(one => one.id === id)?.deadline).toBeUndefined();
  });

  test.each([
    ['refused', 409, 'refused'],
    ['stale-view', 409, 'stale-view'],
    ['expired', 409, 'expired'],
    ['busy', 503, 'busy'],
    ['journal-unavailable', 503, 'journal-unavailable'],
    ['indeterminate', 504, 'indeterminate'],
    ['unknown-target', 404, 'unknown-equipment'],
  ] as const)('an owner that says %s: %i with its reasons', async (outcome, status, code) => {
    const reasons = [{ code: 'stop-latched', message: 'The stop is latched.' }];
    workshop.owner.outcome = { outcome, seq: 9, reasons } satisfies Outcome;
    const got = await command({ command: 'START' });
    expect([got.status, got.body.code]).toEqual([status, code]);
    expect(got.body).toMatchObject({ outcome, seq: 9, reasons, detail: 'The stop is latched.' });
  });

  test('a duplicate gets the first reply again', async () => {
    workshop.owner.outcome = { outcome: 'duplicate', seq: 4, reasons: [], first: 'accepted' };
    expect((await command()).body).toEqual({ outcome: 'duplicate', seq: 4, reasons: [], first: 'accepted' });
  });

  test('a silent owner: 504 after 2 s, never a success', async () => {
    workshop.owner.outcome = null;
    const got = await command();
    expect([got.status, got.body.code, got.body.outcome]).toEqual([504, 'owner-silent', 'owner-silent']);
  });

  test.each([
    ['unknown equipment', {}, 'no-such', 404, 'unknown-equipment'],
    ['an id that could change the subject', {}, 'mill-1_x', 404, 'unknown-equipment'],
    ['an unknown command', { command: 'EXPLODE' }, 'mill-1', 404, 'unknown-command'],
    ['a command of the prototype', { command: 'constructor' }, 'mill-1', 404, 'unknown-command'],
    ['an id that is no UUID', { id: 7 }, 'mill-1', 400, 'invalid'],
    ['arguments of another command', { command: 'HOME', args: { feed: 5 } }, 'mill-1', 400, 'invalid'],
    ['arguments that do not fit', { command: 'JOG', args: { jogId: 'x' } }, 'mill-1', 400, 'invalid'],
    ['a time to live beyond 30 s', { ttlMs: 60_000 }, 'mill-1', 400, 'invalid'],
  ] as const)('%s', async (_title, change, equipment, status, code) => {
    const before = workshop.owner.commands.length;
    const got = await command(change, equipment);
    expect([got.status, got.body.code]).toEqual([status, code]);
    expect(workshop.owner.commands).toHaveLength(before);
  });
});

describe('the stop key', () => {
  const stop = (path: string, token: string, body?: string) =>
    ask(workshop.url, path, { method: 'POST', token, ...(body ? { body } : {}) });

  test('[S16] any role, with a token or with a stop pass, whatever the body says', async () => {
    const stopId = randomUUID();
    expect((await stop('/equipment/mill-1/stop', viewer.accessToken, JSON.stringify({ stopId }))).body.outcome).toBe('accepted');
    expect((await stop('/equipment/mill-1/stop', viewer.stopPass, '{{{')).body.outcome).toBe('accepted');
    expect((await stop('/stop', viewer.accessToken)).body.outcome).toBe('accepted');
    expect(workshop.owner.presses.slice(-3)).toMatchObject([
      { stopId, byName: 'viewer', pass: 'valid' },
      { equipment: 'mill-1' },
      { equipment: 'all' },
    ]);
  });

  test('[S16] a pass long expired and a session that was ended still stop, and are journaled as such', async () => {
    workshop.clock.ahead = 25 * 3_600_000;
    expect((await stop('/stop', viewer.stopPass)).status).toBe(200);
    expect(workshop.owner.presses.at(-1)?.pass).toBe('expired');
    workshop.clock.ahead = 0;
    const gone = await person(workshop, admin, 'operator');
    await workshop.database.db.updateTable('session').set({ ended_at: new Date() }).where('id', '=', gone.me.sid).execute();
    expect((await stop('/stop', gone.accessToken)).status).toBe(200);
    expect(workshop.owner.presses.at(-1)?.pass).toBe('revoked');
  });

  test('only a bad signature is refused', async () => {
    expect((await stop('/stop', `${viewer.stopPass.slice(0, -8)}AAAAAAAA`)).status).toBe(401);
    expect((await ask(workshop.url, '/stop', { method: 'POST' })).status).toBe(401);
  });

  test.each([
    ['not-written', 504, 'indeterminate'],
    ['silent', 504, 'owner-silent'],
  ] as const)('%s is said as NOT CONFIRMED, without waiting for more', async (reply, status, code) => {
    workshop.owner.stopReply = reply;
    const got = await stop('/equipment/mill-1/stop', viewer.accessToken);
    expect([got.status, got.body.code]).toEqual([status, code]);
    expect(got.body.detail).toContain('NOT CONFIRMED');
  });
});

describe('jobs', () => {
  test('are made at the node that owns the equipment, of a file that exists, by operators', async () => {
    const upload = await ask(workshop.url, '/files?name=part.nc', {
      token: admin.accessToken,
      body: 'G21\nM30\n',
      headers: { 'content-type': 'text/plain' },
    });
    const made = await ask(workshop.url, '/jobs', { token: admin.accessToken, json: { file: upload.body.id, equipment: 'mill-1' } });
    expect(made.status).toBe(202);
    const sent = createJobSchema.parse(workshop.owner.jobs.at(-1));
    expect(sent).toMatchObject({ job: made.body.id, equipment: 'mill-1', file: { id: upload.body.id, hash: upload.body.hash, size: 8 } });
    expect(sent.job).toMatch(/^[0-9a-f]{12}7[0-9a-f]{19}$/);
    const as = (token: string, json: object) => ask(workshop.url, '/jobs', { token, json });
    expect((await as(admin.accessToken, { file: randomUUID(), equipment: 'mill-1' })).body.code).toBe('not-found');
    expect((await as(admin.accessToken, { file: upload.body.id, equipment: 'no-such' })).body.code).toBe('unknown-equipment');
    expect((await as(viewer.accessToken, { file: upload.body.id, equipment: 'mill-1' })).body.code).toBe('forbidden');
    expect((await get('/jobs/no-such')).body.code).toBe('not-found');
    expect((await get('/jobs')).body).toEqual({ items: [] });
  });

  test('that were archived are still found by their id, and listed no more', async () => {
    const { db } = workshop.database;
    const folder = mkdtempSync(join(tmpdir(), 'wit-archive-'));
    const actorId = await liveJob(db, folder);
    const job = (await closedJobs(db, Date.now() + 1_000)).find(one => one.id === actorId);
    if (!job) throw new Error('the job is not closed');
    const path = `/jobs/${actorId.slice('job/'.length)}`;
    const before = (await get(path)).body;
    expect(before).toMatchObject({ actor: actorId, state: 'complete' });
    expect(await archiveJob({ db, folder }, job)).toMatchObject({ ok: true });
    rmSync(folder, { recursive: true });
    expect((await get(path)).body).toEqual(before);
    expect((await get('/jobs')).body).toEqual({ items: [] });
  });
});
