import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../storage/database.ts';
import { acquire, readEvents, verifyChain } from '../storage/journal.ts';
import { lampChart } from '../testing/lamp-chart.ts';
import { closeLamps, startLamp } from '../testing/test-actor.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { isAppend, openWrappedDatabase } from '../testing/wrapped-database.ts';
import { restoreState } from './restore.ts';

let database: TestDatabase;
let folder: string;
let id: string;
let n = 0;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'wit-turn-'));
});
afterAll(async () => {
  await closeLamps();
  await database.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  n += 1;
  id = `lamp/l-${n}`;
});

const all = { after: 0, limit: 1_000 };
const journal = async () => (await readEvents(database.db, id, all)).map(entry => entry.type);

describe('a turn', () => {
  test('is written down before its effect is performed', async () => {
    const lamp = await startLamp(database.db, id, folder);
    expect(await lamp.command('ON')).toEqual({ outcome: 'accepted', seq: 1, reasons: [] });
    expect(lamp.performed).toEqual([{ type: 'lamp.light' }]);
    const [entry] = await readEvents(database.db, id, all);
    expect(entry).toMatchObject({ type: 'ON', source: 'command', epoch: 1, seq: 1, value: 'on', principal: { id: 'anna', kind: 'user' } });
    const outbox = await database.db.selectFrom('outbox').selectAll().where('actor_id', '=', id).execute();
    expect(outbox).toMatchObject([{ effect: { type: 'lamp.light' }, class: 'physical', state: 'pending' }]);
    await lamp.event('noticed');
    const settled = await database.db.selectFrom('outbox').select('state').where('actor_id', '=', id).execute();
    expect(settled).toEqual([{ state: 'done' }]);
  });

  test('a refused command is in the journal with its reasons and performs nothing', async () => {
    const lamp = await startLamp(database.db, id, folder);
    const outcome = await lamp.command('OFF');
    expect(outcome).toMatchObject({ outcome: 'refused', seq: 1, reasons: [{ code: 'state' }] });
    expect(lamp.performed).toEqual([]);
    const [entry] = await readEvents(database.db, id, all);
    expect(entry).toMatchObject({ type: 'command.refused', data: { command: 'OFF', reasons: [{ code: 'state' }] } });
  });

  test('a repeated command gets the first reply again, also from the next owner', async () => {
    const lamp = await startLamp(database.db, id, folder);
    const again = crypto.randomUUID();
    await lamp.command('ON', { id: again });
    expect(await lamp.command('ON', { id: again })).toMatchObject({ outcome: 'duplicate', first: 'accepted', seq: 1 });
    const next = await startLamp(database.db, id, folder);
    expect(await next.command('ON', { id: again })).toMatchObject({ outcome: 'duplicate', first: 'accepted', seq: 1 });
    expect(next.performed).toEqual([]);
  });

  test('a command after its deadline is expired; a stop-like one never is', async () => {
    const lamp = await startLamp(database.db, id, folder);
    expect(await lamp.command('ON', { deadline: 0 })).toMatchObject({ outcome: 'expired' });
    await lamp.command('ON');
    expect(await lamp.command('STOP', { deadline: 0 })).toMatchObject({ outcome: 'accepted' });
  });

  test('a command for a state that is no more is stale; a stop-like one never is', async () => {
    const lamp = await startLamp(database.db, id, folder);
    const seen = { epoch: lamp.epoch, decisionSeq: 0, at: Date.now() };
    expect(await lamp.command('ON', { seen })).toMatchObject({ outcome: 'accepted' });
    expect(await lamp.command('OFF', { seen })).toMatchObject({ outcome: 'stale-view', reasons: [{ code: 'state-changed' }] });
    expect(await lamp.command('STOP', { seen })).toMatchObject({ outcome: 'accepted' });
  });

  test('a refused click does not make the next one stale', async () => {
    const lamp = await startLamp(database.db, id, folder);
    const seen = { epoch: lamp.epoch, decisionSeq: 0, at: Date.now() };
    await lamp.command('OFF', { seen });
    expect(await lamp.command('ON', { seen })).toMatchObject({ outcome: 'accepted' });
  });

  test('a throwing guard is a refusal and the actor lives on', async () => {
    const lamp = await startLamp(database.db, id, folder);
    expect(await lamp.command('EXPLODE')).toMatchObject({ outcome: 'refused', reasons: [{ code: 'guard-error' }] });
    expect(await lamp.command('ON')).toMatchObject({ outcome: 'accepted' });
  });

  test('a report of NUL bytes and half characters can be written down', async () => {
    const lamp = await startLamp(database.db, id, folder);
    lamp.actor.post('report', { kind: 'event', source: 'device', event: { type: 'said', text: 'a\0b\ud800' } });
    await lamp.actor.idle();
    expect(await verifyChain(database.db, id)).toEqual({ ok: true, events: 1 });
  });
});

describe('ownership', () => {
  test('a second claim of the same epoch loses', async () => {
    await startLamp(database.db, id, folder);
    const claim = { actorId: id, kind: 'lamp', chart: lampChart, owner: 'other', nonce: 'x', expectedEpoch: 1 };
    const results = await Promise.all([acquire(database.db, claim), acquire(database.db, claim), acquire(database.db, claim)]);
    expect(results.filter(epoch => epoch === 2)).toHaveLength(1);
    expect(results.filter(epoch => epoch === null)).toHaveLength(2);
  });

  test('[G1] what an owner wrote until the very moment it was replaced is part of what the next goes on from', async () => {
    const old = await startLamp(database.db, id, folder);
    let late = true;
    const slow = openWrappedDatabase(database.url, async (text, query) => {
      if (late && text.includes('insert into actor')) {
        late = false;
        expect(await old.command('ON')).toMatchObject({ outcome: 'accepted', seq: 1 });
      }
      return query();
    });
    const next = await startLamp(slow, id, folder);
    expect(next.actor.state().value).toBe('on');
    expect(await next.command('OFF')).toMatchObject({ outcome: 'accepted', seq: 2 });
    expect(await verifyChain(database.db, id)).toEqual({ ok: true, events: 2 });
    await slow.destroy();
  });

  test('an owner of a lower epoch writes nothing, performs nothing and stays silent', async () => {
    const old = await startLamp(database.db, id, folder);
    const next = await startLamp(database.db, id, folder);
    expect(await old.command('ON')).toMatchObject({ outcome: 'owner-silent', reasons: [{ code: 'not-owner' }] });
    await old.event('fuse.blown');
    expect(old.performed).toEqual([]);
    expect(await journal()).toEqual([]);
    expect(await next.command('ON')).toMatchObject({ outcome: 'accepted', seq: 1 });
  });
});

describe('while the database is away', () => {
  test('a command is refused with the cause and the state is that of the last commit', async () => {
    const lamp = await startLamp(database.db, id, folder);
    lamp.watch.become(false);
    expect(await lamp.command('ON')).toMatchObject({ outcome: 'journal-unavailable', reasons: [{ code: 'journal-unavailable' }] });
    expect(lamp.actor.status().state).toBe('off');
    lamp.watch.become(true);
    expect(await lamp.command('ON')).toMatchObject({ outcome: 'accepted', seq: 2 });
    expect(await journal()).toEqual(['command.refused', 'ON']);
  });

  test('a flood of refused commands leaves the local file to what happens, and the journal says that not all stand in it', async () => {
    const lamp = await startLamp(database.db, id, folder);
    lamp.watch.become(false);
    for (let i = 0; i < 110; i += 1) await lamp.command('ON');
    await lamp.event('fuse.blown');
    lamp.watch.become(true);
    await lamp.event('noticed');
    expect(await journal()).toEqual([...Array(100).fill('command.refused'), 'refusals.omitted', 'fuse.blown', 'noticed']);
  });

  test('a commit that fails restores the last committed state and performs nothing', async () => {
    const broken = openDatabase({ url: database.url, name: 'broken' });
    const lamp = await startLamp(broken, id, folder);
    await lamp.command('ON');
    await broken.destroy();
    expect(await lamp.command('OFF')).toMatchObject({ outcome: 'journal-unavailable' });
    expect(lamp.actor.status().state).toBe('on');
    expect(lamp.performed).toEqual([{ type: 'lamp.light' }]);
  });

  test('stops and reports take effect at once and reach the journal in order, once', async () => {
    const lamp = await startLamp(database.db, id, folder);
    await lamp.command('ON');
    lamp.watch.become(false);
    const stop = crypto.randomUUID();
    expect(await lamp.command('STOP', { id: stop })).toMatchObject({ outcome: 'accepted', seq: 0 });
    await lamp.event('fuse.blown');
    expect(lamp.performed.map(effect => effect.type)).toEqual(['lamp.light', 'lamp.dark', 'lamp.dark']);
    expect(await lamp.command('STOP', { id: stop })).toMatchObject({ outcome: 'duplicate', first: 'accepted' });
    expect(await journal()).toEqual(['ON']);
    lamp.watch.become(true);
    lamp.actor.post('report', { kind: 'recover' });
    await lamp.actor.idle();
    expect(await journal()).toEqual(['ON', 'STOP', 'fuse.blown']);
    lamp.actor.post('report', { kind: 'recover' });
    await lamp.event('noticed');
    expect(await journal()).toEqual(['ON', 'STOP', 'fuse.blown', 'noticed']);
    expect(await verifyChain(database.db, id)).toEqual({ ok: true, events: 4 });
    expect(await lamp.command('STOP', { id: stop })).toMatchObject({ outcome: 'duplicate' });
  });

  test('what a dead process wrote ahead is copied before the next one owns the actor', async () => {
    const lamp = await startLamp(database.db, id, folder);
    await lamp.command('ON');
    lamp.watch.become(false);
    await lamp.event('fuse.blown');
    const next = await startLamp(database.db, id, folder);
    expect(await journal()).toEqual(['ON', 'fuse.blown']);
    expect(next.actor.status().state).toBe('broken');
    expect((await readEvents(database.db, id, all)).map(entry => entry.epoch)).toEqual([1, 1]);
  });

  test('a command whose commit went through unseen is voided, not believed', async () => {
    const wire = loseAnswers(database.url);
    const lamp = await startLamp(wire.db, id, folder);
    const again = crypto.randomUUID();
    await lamp.command('ON');
    wire.losing = true;
    expect(await lamp.command('OFF', { id: again })).toMatchObject({ outcome: 'journal-unavailable' });
    expect(lamp.actor.status().state).toBe('on');
    expect(await journal()).toEqual(['ON', 'OFF']);
    wire.losing = false;
    lamp.watch.become(true);
    await lamp.event('noticed');
    expect(await journal()).toEqual(['ON', 'OFF', 'turn.voided', 'noticed']);
    expect(lamp.performed).toEqual([{ type: 'lamp.light' }]);
    expect(await restoreState(database.db, lampChart, id)).toMatchObject({ from: { value: 'on' } });
    const next = await startLamp(database.db, id, folder);
    expect(await next.command('OFF', { id: again })).toMatchObject({ outcome: 'duplicate', first: 'journal-unavailable' });
    await wire.db.destroy();
  });
});

/** A database whose appends are carried out, but whose answers get lost on demand. */
function loseAnswers(url: string) {
  const wire = { losing: false, db: openWrappedDatabase(url, around) };
  async function around(text: string, query: () => Promise<unknown>): Promise<unknown> {
    const answer = await query();
    if (wire.losing && isAppend(text)) throw new Error('Connection terminated unexpectedly');
    return answer;
  }
  return wire;
}

describe('the journal', () => {
  test('replays to the same state, from a snapshot or from the beginning', async () => {
    const lamp = await startLamp(database.db, id, folder);
    for (let i = 0; i < 30; i += 1) {
      await lamp.command('ON');
      await lamp.command('OFF');
    }
    const live = lamp.actor.status();
    const restored = await restoreState(database.db, lampChart, id);
    expect(restored.from).toMatchObject({ value: 'off', context: { switched: 30 } });
    expect(live.switched).toBe(30);
    const snapshots = await database.db.selectFrom('snapshot').select('seq').where('actor_id', '=', id).execute();
    expect(snapshots).toEqual([{ seq: 1 }, { seq: 51 }]);
  });

  test('shows any later change', async () => {
    const lamp = await startLamp(database.db, id, folder);
    await lamp.command('ON');
    await lamp.command('OFF');
    expect(await verifyChain(database.db, id)).toEqual({ ok: true, events: 2 });
    const change = sql`update event set data = '{"by": "nobody"}' where actor_id = ${id} and seq = 1`;
    await expect(change.execute(database.db)).rejects.toThrow('append-only');
    for (const table of ['event', 'event_0', 'event_1', 'event_2', 'event_3']) {
      await expect(sql`truncate ${sql.table(table)}`.execute(database.db)).rejects.toThrow('append-only');
    }
    await database.admin.transaction().execute(async tx => {
      await sql`set local session_replication_role = replica`.execute(tx);
      await change.execute(tx);
    });
    expect(await verifyChain(database.db, id)).toEqual({ ok: false, seq: 1, reason: 'changed' });
  });

  test('an effect whose outcome nobody saw is indeterminate for the next owner, never repeated', async () => {
    const lamp = await startLamp(database.db, id, folder);
    await lamp.command('ON');
    const next = await startLamp(database.db, id, folder);
    expect(next.performed).toEqual([]);
    const outbox = await database.db.selectFrom('outbox').select('state').where('actor_id', '=', id).execute();
    expect(outbox).toEqual([{ state: 'indeterminate' }]);
  });
});
