import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { replayBundle } from '../jobs/replay-bundle.ts';
import { liveJob } from '../testing/ended-job.ts';
import { makeJournal } from '../testing/make-journal.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { type ArchiveOptions, type ArchivePoint, archiveJob, closedJobs, isArchived, verifyArchive } from './archive.ts';
import { acquire, verifyChain } from './journal.ts';
import { readBundle } from './journal-bundle.ts';
import { type ActorVerdict, type ChainHead, verifyJournal } from './verify-journal.ts';

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wit-archive-'));
  return () => rmSync(folder, { recursive: true });
});
afterAll(() => database.close());

const tamper = (statement: string) =>
  database.admin.transaction().execute(async tx => {
    await sql`set local session_replication_role = replica`.execute(tx);
    await sql.raw(statement).execute(tx);
  });
const future = () => Date.now() + 1_000;
const archive = async (actorId: string, at?: ArchiveOptions['at']) => {
  const job = (await closedJobs(database.db, future())).find(one => one.id === actorId);
  if (!job) throw new Error(`${actorId} is not closed`);
  return archiveJob({ db: database.db, folder, ...(at ? { at } : {}) }, job);
};
const rowsOf = async (actorId: string) => {
  const of = (table: 'event' | 'snapshot' | 'command') =>
    database.db
      .selectFrom(table)
      .select(db => db.fn.countAll<number>().as('n'))
      .where('actor_id', '=', actorId)
      .executeTakeFirstOrThrow();
  const actor = database.db.selectFrom('actor').select('id').where('id', '=', actorId).execute();
  return { events: (await of('event')).n, snapshots: (await of('snapshot')).n, actors: (await actor).length };
};
const lines = (file: string) => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
const journal = async (seen?: ReadonlyMap<string, ChainHead>) => {
  const verdicts: ActorVerdict[] = [];
  for await (const verdict of verifyJournal(database.db, seen)) verdicts.push(verdict);
  return verdicts;
};
const bundles = async (seen: ReadonlyMap<string, ChainHead> = new Map()) => {
  const troubles: (string | null)[] = [];
  for await (const { trouble } of verifyArchive(database.db, folder, seen)) troubles.push(trouble);
  return troubles;
};

describe('[G4] a closed job that is archived', () => {
  test('leaves the tables and is a bundle that proves itself, and leads to the same state again, anywhere', async () => {
    const id = await liveJob(database.db, folder);
    const before = await rowsOf(id);
    expect(before).toMatchObject({ actors: 1, events: 6 });
    const done = await archive(id);
    if (!done.ok) throw new Error(done.message);
    expect(await rowsOf(id)).toEqual({ events: 0, snapshots: 0, actors: 0 });
    expect(await isArchived(database.db, id)).toBe(true);
    expect(statSync(join(folder, done.file)).mode & 0o777).toBe(0o600);
    const opened = await readBundle(lines(done.file));
    if (!opened.ok) throw new Error(opened.reason);
    expect(opened.bundle.entries.map(entry => entry.seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(opened.bundle.snapshots).toHaveLength(before.snapshots);
    expect(await replayBundle(opened.bundle)).toMatchObject({
      ok: true,
      base: 1,
      state: { value: 'complete', context: { run: { by: 'Anna' } } },
    });
    expect(lines(done.file).some(line => line.includes('"row":"status"'))).toBe(true);
  });

  test('is only one that has ended, and that nobody has heard of for long enough', async () => {
    const ended = await liveJob(database.db, folder);
    const open = await liveJob(database.db, folder, 'job.started');
    const closed = (await closedJobs(database.db, future())).map(one => one.id);
    expect(closed).toContain(ended);
    expect(closed).not.toContain(open);
    expect((await closedJobs(database.db, Date.now() - 60_000)).map(one => one.id)).not.toContain(ended);
  });

  test('never lives again under its id', async () => {
    const id = await liveJob(database.db, folder);
    await archive(id);
    const chart = { id: 'job', version: '1.0.0', hash: 'h' };
    const again = acquire(database.db, { actorId: id, kind: 'job', chart, owner: 'n1', nonce: 'x', expectedEpoch: 0 });
    await expect(again).rejects.toThrow('archived');
  });

  test('stays when its journal does not prove itself', async () => {
    const id = await liveJob(database.db, folder);
    await tamper(`update event set type = 'forged' where actor_id = '${id}' and seq = 3`);
    const before = await rowsOf(id);
    expect(await archive(id)).toMatchObject({ ok: false, code: 'unsound', message: expect.stringContaining('changed') });
    expect(await rowsOf(id)).toEqual(before);
    await tamper(`delete from event where actor_id = '${id}'`);
    await tamper(`delete from actor where id = '${id}'`);
  });

  test('stays when something came after what was exported', async () => {
    const id = await liveJob(database.db, folder);
    const done = await archive(id, async point => {
      // Whoever woke it is quicker than the last step.
      if (point === 'proven') await sql`update actor set seq = seq + 1 where id = ${id}`.execute(database.db);
    });
    expect(done).toMatchObject({ ok: false, code: 'went-on', message: expect.stringContaining('not the journal') });
    await sql`update actor set seq = seq - 1 where id = ${id}`.execute(database.db);
    expect(await verifyChain(database.db, id)).toMatchObject({ ok: true, events: 6 });
    expect(await archive(id)).toMatchObject({ ok: true });
  });
});

describe('[G4] an archive that dies', () => {
  const points: ArchivePoint[] = ['written', 'proven', 'kept'];
  test.each(points)('when the bundle is %s has lost nothing, and the next one is whole', async dead => {
    const id = await liveJob(database.db, folder);
    const before = await rowsOf(id);
    const dies = (point: ArchivePoint) => {
      if (point === dead) throw new Error('died');
    };
    await expect(archive(id, dies)).rejects.toThrow('died');
    expect(await rowsOf(id)).toEqual(before);
    expect(await verifyChain(database.db, id)).toMatchObject({ ok: true, events: 6 });
    const done = await archive(id);
    expect(done).toMatchObject({ ok: true, events: 6 });
    expect(done.ok && (await readBundle(lines(done.file))).ok).toBe(true);
  });

  test('after the rows are gone has left the whole bundle', async () => {
    const id = await liveJob(database.db, folder);
    const dies = (point: ArchivePoint) => {
      if (point === 'removed') throw new Error('died');
    };
    await expect(archive(id, dies)).rejects.toThrow('died');
    const { file } = await database.db.selectFrom('archive').select('file').where('actor_id', '=', id).executeTakeFirstOrThrow();
    expect(await readBundle(lines(file))).toMatchObject({ ok: true, events: 6 });
  });
});

describe('[G4] the journal stays append-only', () => {
  const ask = (id: string, n: number, head: string) => sql`select archive_job(${id}, ${n}, ${head}, 'f', 's')`.execute(database.db);

  test('for every event that was not archived, and the list of archives with it', async () => {
    const id = await liveJob(database.db, folder);
    const other = await liveJob(database.db, folder);
    await archive(other);
    await expect(sql`delete from event where actor_id = ${id}`.execute(database.db)).rejects.toThrow('append-only');
    await expect(sql`update event set type = 'x' where actor_id = ${id}`.execute(database.db)).rejects.toThrow('append-only');
    for (const statement of ["update archive set hash = 'x'", 'delete from archive', 'truncate archive', 'truncate event_0'])
      await expect(sql.raw(statement).execute(database.db)).rejects.toThrow('append-only');
  });

  test('for open jobs, for equipment, and for a bundle that is not the journal', async () => {
    await makeJournal(database.db, { actors: 1, eventsEach: 3 });
    const open = await liveJob(database.db, folder, 'job.loaded');
    await expect(ask('equipment/made-1', 3, 'x')).rejects.toThrow('no closed job');
    await expect(ask(open, 4, 'x')).rejects.toThrow('no closed job');
    await expect(ask('job/nobody', 1, 'x')).rejects.toThrow('there is no');
    const ended = await liveJob(database.db, folder);
    for (const [n, head] of [
      [6, 'x'],
      [5, 'x'],
    ] as const)
      await expect(ask(ended, n, head)).rejects.toThrow('not the journal');
    expect(await rowsOf(ended)).toMatchObject({ events: 6 });
  });
});

describe('[G4] verify-journal', () => {
  async function archivedJob(): Promise<{ id: string; file: string; head: ChainHead; seen: Map<string, ChainHead> }> {
    await tamper('truncate event, actor, command, snapshot, outbox, projection, archive, quarantine cascade');
    const id = await liveJob(database.db, folder);
    const [verdict] = await journal();
    const done = await archive(id);
    if (!verdict || !done.ok) throw new Error('not archived');
    return { id, file: done.file, head: verdict.head, seen: new Map([[id, verdict.head]]) };
  }

  test('knows where the chains of archived jobs ended', async () => {
    const { id, head, seen } = await archivedJob();
    expect(await journal(seen)).toEqual([{ actorId: id, events: 0, head, trouble: null }]);
    expect(await bundles(seen)).toEqual([null]);
  });

  test('finds an archive that holds less than what was seen, or something else', async () => {
    const { id, head, seen } = await archivedJob();
    await tamper(`update archive set events = ${head.seq - 1}`);
    expect(await journal(seen)).toMatchObject([{ trouble: { seq: head.seq, reason: 'truncated' } }]);
    await tamper(`update archive set events = ${head.seq}, hash = 'other'`);
    expect(await journal(seen)).toMatchObject([{ trouble: { seq: head.seq, reason: 'rewritten' } }]);
    await tamper('delete from archive');
    expect(await journal(seen)).toMatchObject([{ actorId: id, trouble: { reason: 'truncated' } }]);
  });

  test('finds a bundle that was changed, cut short, lost, or rewritten whole', async () => {
    const { id, file, seen } = await archivedJob();
    const path = join(folder, file);
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, whole.replace('"job.started"', '"job.strange"'));
    expect(await bundles()).toEqual([expect.stringMatching(/line \d+: changed/)]);
    writeFileSync(path, whole.split('\n').slice(0, -3).join('\n'));
    expect(await bundles()).toEqual([expect.stringContaining('truncated')]);
    writeFileSync(path, whole);
    appendFileSync(path, 'more\n');
    expect(await bundles()).toEqual(['not the bundle that was archived']);
    writeFileSync(path, whole.replace('"row":"status","of":', '"row":"status","of":{},"x":'));
    expect(await bundles()).toEqual([expect.stringContaining('malformed')]);
    writeFileSync(path, whole);
    expect(await bundles(new Map([[id, { seq: 2, hash: 'other' }]]))).toEqual([expect.stringContaining('rewritten')]);
    rmSync(path);
    expect(await bundles(seen)).toEqual([expect.stringContaining('cannot be read')]);
  });
});
