import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool, types } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../storage/database.ts';
import { readEvents, verifyChain } from '../storage/journal.ts';
import type { Tables } from '../storage/schema.ts';
import { openFragileDatabase } from '../testing/fragile-database.ts';
import { closeLamps, startLamp, type TestActor } from '../testing/test-actor.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { until } from '../testing/until.ts';
import type { Outcome } from '../transport/envelopes.ts';

let database: TestDatabase;
let folder: string;
let watched: Database;
let appends: { readonly ok: boolean }[] = [];
let n = 0;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'wit-group-'));
  const getTypeParser = ((oid: number) => (oid === 20 ? Number : types.getTypeParser(oid))) as typeof types.getTypeParser;
  const pool = new Pool({ connectionString: database.url, types: { getTypeParser } });
  // The database is dropped while the last connections say good-bye.
  pool.on('connect', client => client.on('error', () => undefined)).on('error', () => undefined);
  watched = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    log: ({ level, query }) => {
      if (query.sql.includes('fence as (')) appends.push({ ok: level === 'query' });
    },
  });
});
afterAll(async () => {
  await closeLamps();
  await watched.destroy();
  await database.close();
  rmSync(folder, { recursive: true });
});

const newIds = (count: number) => {
  n += 1;
  return Array.from({ length: count }, (_, i) => `lamp/group-${n}-${i}`);
};
const startAll = (db: Database, ids: readonly string[]) => Promise.all(ids.map(id => startLamp(db, id, folder)));
const events = (id: string) => readEvents(database.db, id, { after: 0, limit: 10_000 });
const typesOf = async (id: string) => (await events(id)).map(entry => entry.type);
const outcomes = (all: readonly Outcome[]) => all.map(one => one.outcome);
const sound = async (ids: readonly string[]) => {
  for (const id of ids) expect(await verifyChain(database.db, id)).toMatchObject({ ok: true });
};

test('[G4] turns of several actors that wait at the same time are written by one statement, each at its place', async () => {
  const ids = newIds(8);
  const lamps = await startAll(watched, ids);
  appends = [];
  expect(outcomes(await Promise.all(lamps.map(lamp => lamp.command('ON'))))).toEqual(ids.map(() => 'accepted'));
  expect(appends).toEqual([{ ok: true }]);
  expect(outcomes(await Promise.all(lamps.map(lamp => lamp.command('OFF'))))).toEqual(ids.map(() => 'accepted'));
  expect(appends.length).toBe(2);
  for (const id of ids) expect(await typesOf(id)).toEqual(['ON', 'OFF']);
  const outbox = await database.db.selectFrom('outbox').selectAll().where('actor_id', 'in', ids).orderBy('id').execute();
  expect(outbox.map(row => row.state).sort()).toEqual([...ids.map(() => 'done'), ...ids.map(() => 'pending')]);
  await sound(ids);
});

test('[G4] a member that was overtaken, or repeats a command, fails alone and costs the others nothing', async () => {
  const ids = newIds(5);
  const [overtaken = '', repeating = ''] = ids;
  const known = randomUUID();
  await (await startLamp(database.db, repeating, folder)).command('ON', { id: known });
  const lamps = await startAll(watched, ids);
  await startLamp(database.db, overtaken, folder);
  appends = [];
  const answers = await Promise.all(lamps.map((lamp, i) => lamp.command(i === 1 ? 'OFF' : 'ON', i === 1 ? { id: known } : {})));
  expect(outcomes(answers)).toEqual(['owner-silent', 'duplicate', 'accepted', 'accepted', 'accepted']);
  expect(lamps.map(lamp => lamp.performed.length)).toEqual([0, 0, 1, 1, 1]);
  // One for all, and one for each of the two to say why not; the repeated command is an error of its own statement only.
  expect(appends.map(one => one.ok).sort()).toEqual([false, true, true]);
  expect(await typesOf(overtaken)).toEqual([]);
  expect(await typesOf(repeating)).toEqual(['ON']);
  await sound(ids);
});

test('[G4] a member whose data cannot be stored is refused alone', async () => {
  const ids = newIds(4);
  const lamps = await startAll(watched, ids);
  appends = [];
  const answers = await Promise.all(lamps.map((lamp, i) => lamp.command('ON', { correlationId: i === 2 ? 'a\0b' : null })));
  expect(outcomes(answers)).toEqual(['accepted', 'accepted', 'refused', 'accepted']);
  expect(answers[2]?.reasons[0]?.code).toBe('not-storable');
  expect(lamps.map(lamp => lamp.actor.state().value)).toEqual(['on', 'on', 'off', 'on']);
  expect(appends.map(one => one.ok).sort()).toEqual([false, false, true, true, true]);
  await sound(ids);
});

test('[G4] members whose rows somebody holds wait alone, whether they came together or one by one', async () => {
  const ids = newIds(6);
  const held = ids.slice(0, 3);
  const lamps = await startAll(watched, ids);
  await database.db.transaction().execute(async tx => {
    await sql`select from actor where id in (${sql.join(held)}) for update`.execute(tx);
    void lamps[0]?.command('ON');
    const quick = lamps.slice(3).map(lamp => lamp.command('ON'));
    expect(outcomes(await Promise.all(quick))).toEqual(['accepted', 'accepted', 'accepted']);
    for (const lamp of lamps.slice(1, 3)) {
      void lamp.command('ON');
      await new Promise(setImmediate);
    }
    expect(await lamps[5]?.command('OFF')).toMatchObject({ outcome: 'accepted' });
    expect(lamps.slice(0, 3).flatMap(lamp => lamp.performed)).toEqual([]);
  });
  for (const lamp of lamps.slice(0, 3)) await lamp.actor.idle();
  expect(lamps.slice(0, 3).flatMap(lamp => lamp.performed)).toEqual(held.map(() => ({ type: 'lamp.light' })));
  await sound(ids);
});

test('[G3] [G4] whatever many actors do at once, also with owners that were overtaken: no gap, and each answer tells the truth', async () => {
  const steps = fc.array(
    fc.record({ lamp: fc.nat(4), does: fc.constantFrom('ON', 'OFF', 'STOP', 'unstorable', 'poison', 'next owner', 'wait') }),
    { minLength: 10, maxLength: 80 },
  );
  const property = fc.asyncProperty(steps, async list => {
    const ids = newIds(5);
    const lamps = await startAll(watched, ids);
    const answers: { readonly id: string; readonly command: string; readonly outcome: Outcome }[] = [];
    const work: Promise<unknown>[] = [];
    for (const { lamp: i, does } of list) {
      const [lamp, id] = [lamps[i] as TestActor, ids[i] as string];
      const command = randomUUID();
      if (does === 'wait') await lamp.actor.idle();
      // The one before is not told: what it has under way meets the new epoch.
      else if (does === 'next owner') lamps[i] = await startLamp(watched, id, folder);
      else if (does === 'poison') work.push(lamp.event('bomb.found'));
      else {
        const [name, more] = does === 'unstorable' ? (['ON', { correlationId: '\0' }] as const) : ([does, {}] as const);
        work.push(lamp.command(name, { id: command, ...more }).then(outcome => answers.push({ id, command, outcome })));
      }
    }
    await Promise.all(work);
    await sound(ids);
    const written = new Map((await Promise.all(ids.map(events))).flat().map(entry => [entry.commandId, entry]));
    for (const { id, command, outcome } of answers) {
      const entry = written.get(command);
      if (outcome.outcome === 'accepted') expect(entry).toMatchObject({ actorId: id, seq: outcome.seq, source: 'command' });
      else expect(entry?.source ?? 'refusal').toBe('refusal');
    }
  });
  await fc.assert(property, { numRuns: 20 });
}, 120_000);

test.each([
  ['append', 1, 0],
  ['appended', 1, 1],
  ['append', 2, 1],
  ['appended', 2, 2],
] as const)(
  '[G5] a process that dies at its door %s of group %i has written %i whole groups and performed no more',
  async (door, nth, groups) => {
    const ids = newIds(6);
    let left: number = nth;
    let dead = false;
    const fragile = openFragileDatabase(database.url, name => {
      if (name === door) left -= 1;
      dead ||= left === 0;
      if (dead) throw new Error('the process died');
    });
    const lamps = await startAll(fragile.db, ids);
    const first = ids.map(() => randomUUID());
    const answered = Promise.all(lamps.map((lamp, i) => lamp.command('ON', { id: first[i] as string })));
    if (nth === 2) {
      await answered;
      for (const lamp of lamps) void lamp.command('OFF');
    }
    await until('the process died', () => dead);
    fragile.die();
    for (const id of ids) expect(await typesOf(id)).toEqual(['ON', 'OFF'].slice(0, groups));
    for (const lamp of lamps) expect(lamp.performed.length).toBe(nth - 1);
    const next = await startAll(database.db, ids);
    const again = await Promise.all(next.map((lamp, i) => lamp.command('ON', { id: first[i] as string })));
    expect(outcomes(again)).toEqual(ids.map(() => (groups === 0 ? 'accepted' : 'duplicate')));
    expect(next.map(lamp => lamp.performed.length)).toEqual(ids.map(() => (groups === 0 ? 1 : 0)));
    await sound(ids);
  },
);
