import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeJournal } from '../testing/make-journal.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { openDatabase } from './database.ts';
import { readEvents } from './journal.ts';
import { exportSlice, verifyBundle } from './journal-bundle.ts';
import { hashOf } from './journal-entry.ts';
import { type ActorVerdict, type ChainHead, verifyJournal } from './verify-journal.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const verify = async (seen?: ReadonlyMap<string, ChainHead>) => {
  const verdicts: ActorVerdict[] = [];
  for await (const verdict of verifyJournal(database.db, seen)) verdicts.push(verdict);
  return verdicts;
};
/** What the product's own user cannot do: the administrator turns the trigger off first. */
const tamper = (statement: string) =>
  database.admin.transaction().execute(async tx => {
    await sql`set local session_replication_role = replica`.execute(tx);
    await sql.raw(statement).execute(tx);
  });
const empty = () => tamper('truncate event, actor, command, snapshot, outbox, projection cascade');
const headsOf = (verdicts: readonly ActorVerdict[]) => new Map(verdicts.map(one => [one.actorId, one.head]));

describe('[G4] verify-journal', () => {
  test('walks 20,000 events of many actors', async () => {
    await empty();
    await makeJournal(database.db, { actors: 20, eventsEach: 1_000 });
    const verdicts = await verify();
    expect(verdicts.map(one => [one.events, one.trouble])).toEqual(Array.from({ length: 20 }, () => [1_000, null]));
  });
});

describe('[G4] a journal of which somebody', () => {
  beforeEach(async () => {
    await empty();
    await makeJournal(database.db, { actors: 2, eventsEach: 2_100 });
  });
  const mine = "actor_id = 'equipment/made-1'";
  const trouble = async (seen?: ReadonlyMap<string, ChainHead>) => (await verify(seen)).map(one => one.trouble);

  test('deleted an event is found at its place, and the other actor stays sound', async () => {
    await tamper(`delete from event where ${mine} and seq = 2050`);
    expect(await trouble()).toEqual([{ seq: 2_050, reason: 'gap' }, null]);
  });

  test('altered an event is found at its place, whichever field it was', async () => {
    const changes = [
      'epoch = 9',
      "type = 'x'",
      "source = 'x'",
      "at = at + interval '1 ms'",
      "command_id = 'x'",
      "data = '{}'",
      'value = null',
      "principal = '{}'",
    ];
    for (const [i, change] of changes.entries()) {
      const seq = 2_050 - i * 100;
      await tamper(`update event set ${change} where ${mine} and seq = ${seq}`);
      expect((await trouble())[0]).toEqual({ seq, reason: 'changed' });
    }
  });

  test('reordered two events is found at the first of them', async () => {
    await tamper(`update event set seq = -1 where ${mine} and seq = 10`);
    await tamper(`update event set seq = 10 where ${mine} and seq = 11`);
    await tamper(`update event set seq = 11 where ${mine} and seq = -1`);
    expect((await trouble())[0]).toEqual({ seq: 10, reason: 'broken-link' });
  });

  test('cut off the end is found, also when the actor row was lowered with it', async () => {
    await sql`insert into projection (name, position) values ('events:equipment/made-1', '{"seq": 2100}')`.execute(database.db);
    await tamper(`delete from event where ${mine} and seq > 2090`);
    expect((await trouble())[0]).toEqual({ seq: 2_091, reason: 'truncated' });
    await tamper("update actor set seq = 2090 where id = 'equipment/made-1'");
    expect((await trouble())[0]).toEqual({ seq: 2_091, reason: 'truncated' });
  });

  test('rewrote the whole chain, or took a whole actor away, is found by the heads of an earlier walk', async () => {
    const seen = headsOf(await verify());
    const [last] = await readEvents(database.db, 'equipment/made-1', { after: 2_099, limit: 1 });
    if (!last) throw new Error('no last event');
    const forged = { ...last, type: 'forged' };
    await tamper(`update event set type = 'forged', hash = '${hashOf(forged)}' where ${mine} and seq = 2100`);
    expect(await trouble()).toEqual([null, null]);
    expect((await trouble(seen))[0]).toEqual({ seq: 2_100, reason: 'rewritten' });
    await tamper(`delete from event where ${mine}`);
    await tamper("delete from actor where id = 'equipment/made-1'");
    expect(await trouble()).toEqual([null]);
    expect((await trouble(seen))[0]).toEqual({ seq: 2_100, reason: 'truncated' });
  });

  test('wanted to change or delete with the rights of the product is refused', async () => {
    await expect(sql`update event set type = 'x' where seq = 1`.execute(database.db)).rejects.toThrow('append-only');
    await expect(sql`delete from event where seq = 1`.execute(database.db)).rejects.toThrow('append-only');
  });
});

test('[G4] the grant script makes a role that can append to the journal and not change it', async () => {
  await empty();
  await makeJournal(database.db, { actors: 1, eventsEach: 2 });
  const role = `app_${randomUUID().slice(0, 8)}`;
  await sql`create role ${sql.id(role)} login password 'app'`.execute(database.admin);
  const script = readFileSync(new URL('../../scripts/journal-grants.sql', import.meta.url), 'utf8');
  await sql.raw(script.replace(/^--.*$/gm, '').replaceAll(':"app"', `"${role}"`)).execute(database.admin);
  const app = openDatabase({ url: database.url.replace(/\/\/wit:[^@]*@/, `//${role}:app@`), name: 'test' });
  await sql`insert into event select 'equipment/made-1', 3, epoch, at, type, source, null, null, null, null, data, value, hash, 'x' from event where seq = 2`.execute(
    app,
  );
  for (const statement of [
    "update event set type = 'x'",
    'delete from event',
    'truncate event',
    'truncate event_1',
    'drop trigger event_append_only on event',
    "insert into archive values ('equipment/made-1', 'equipment', 9, 'x', 'f', 's')",
    'delete from archive',
    "select archive_job('job/x', 1, 'x', 'f', 's')",
  ]) {
    await expect(sql.raw(statement).execute(app)).rejects.toThrow(/permission denied|must be owner/);
  }
  await app.destroy();
  await sql`drop owned by ${sql.id(role)}`.execute(database.admin);
  await sql`drop role ${sql.id(role)}`.execute(database.admin);
});

describe('[G4] a bundle', () => {
  const bundle = async (asked: { from?: number; to?: number } = {}) => {
    const lines: string[] = [];
    for await (const line of exportSlice(database.db, { actorId: 'equipment/made-1', ...asked })) lines.push(line.trimEnd());
    return lines;
  };
  beforeAll(async () => {
    await empty();
    await makeJournal(database.db, { actors: 1, eventsEach: 1_200 });
  });

  test('is proven without the database: a whole journal or a slice of it', async () => {
    expect(await verifyBundle(await bundle())).toMatchObject({ ok: true, events: 1_200, header: { from: 1, chart: { id: 'equipment' } } });
    expect(await verifyBundle(await bundle({ from: 300, to: 900 }))).toMatchObject({ ok: true, events: 601, header: { from: 300 } });
  });

  test('that was changed, shortened or mixed up is refused with the line', async () => {
    const lines = await bundle({ from: 10, to: 20 });
    const changed = lines.map((line, i) => (i === 3 ? line.replace('"Run"', '"Idle"') : line));
    expect(await verifyBundle(changed)).toEqual({ ok: false, line: 4, reason: 'changed' });
    expect(await verifyBundle(lines.filter((_, i) => i !== 3))).toEqual({ ok: false, line: 4, reason: 'gap' });
    expect(await verifyBundle(lines.slice(0, -1))).toEqual({ ok: false, line: 13, reason: 'truncated' });
    expect(await verifyBundle([...lines.slice(0, -2), ...lines.slice(-1)])).toEqual({ ok: false, line: 12, reason: 'truncated' });
    expect(await verifyBundle(['{"bundle":"other"}'])).toEqual({ ok: false, line: 1, reason: 'malformed' });
    expect(await verifyBundle([])).toEqual({ ok: false, line: 1, reason: 'truncated' });
  });

  test('of an actor that never lived is empty', async () => {
    const lines: string[] = [];
    for await (const line of exportSlice(database.db, { actorId: 'equipment/nobody' })) lines.push(line);
    expect(lines).toEqual([]);
  });
});
