import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { watchDatabase } from '../system/database-watch.ts';
import { realClock } from '../system/real-ports.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { until } from '../testing/until.ts';
import { putBlob, readBlob } from './blobs.ts';
import { isAway, openDatabase } from './database.ts';
import { checkSchema, migrate } from './migrate.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const put = (bytes: Buffer, limit = 10_000_000) => putBlob(database.db, Readable.from(slices(bytes)), limit);
function* slices(bytes: Buffer) {
  for (let at = 0; at < bytes.byteLength; at += 65_537) yield bytes.subarray(at, at + 65_537);
}
async function collect(hash: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readBlob(database.db, hash)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a blob', () => {
  const bytes = Buffer.alloc(2_500_000, 'G1 X1\n');
  const hash = createHash('sha256').update(bytes).digest('hex');

  test('comes back byte for byte under its hash, and equal bytes are stored once', async () => {
    const results = await Promise.all([put(bytes), put(bytes), put(bytes)]);
    expect(results).toEqual(Array.from({ length: 3 }, () => ({ ok: true, hash, size: bytes.byteLength })));
    expect((await collect(hash)).equals(bytes)).toBe(true);
    const rows = await database.db.selectFrom('blob_chunk').select('i').execute();
    expect(rows.length).toBe(3);
    expect(await database.db.selectFrom('blob').select('hash').execute()).toEqual([{ hash }]);
  });

  test('larger than the limit is refused and leaves nothing behind', async () => {
    expect(await put(Buffer.alloc(100_000), 99_999)).toEqual({ ok: false, code: 'too-large', limitBytes: 99_999 });
    expect((await database.db.selectFrom('blob').select('hash').execute()).length).toBe(1);
  });

  test('whose upload breaks off leaves nothing behind', async () => {
    async function* broken() {
      yield Buffer.alloc(2_000_000);
      throw new Error('connection reset');
    }
    await expect(putBlob(database.db, broken(), 10_000_000)).rejects.toThrow('connection reset');
    expect((await database.db.selectFrom('blob').select('hash').execute()).length).toBe(1);
  });
});

describe('the schema', () => {
  test('is made once, also by two at the same time', async () => {
    const twice = await Promise.all([migrate(database.admin), migrate(database.admin)]);
    expect(twice).toEqual([
      { ok: true, applied: [] },
      { ok: true, applied: [] },
    ]);
    expect(await checkSchema(database.db)).toEqual({ ok: true });
  });

  test('that is newer or missing is refused with what to do', async () => {
    await sql`insert into kysely_migration (name, timestamp) values ('0999-future', '2030')`.execute(database.db);
    expect(await checkSchema(database.db)).toMatchObject({ ok: false, sentence: expect.stringContaining('0999-future') });
    await sql`delete from kysely_migration`.execute(database.db);
    expect(await checkSchema(database.db)).toMatchObject({ ok: false, sentence: expect.stringContaining('migrate') });
    await sql`insert into kysely_migration (name, timestamp) values ('0001-skeleton', '2026')`.execute(database.db);
  });
});

describe('a database that hangs', () => {
  test('fails a query in time and does not poison the next one', async () => {
    const db = openDatabase({ url: database.url, name: 'hung', poolSize: 1, timeoutMs: 300 });
    const cause = await sql`select pg_sleep(3600)`.execute(db).catch((error: unknown) => error);
    expect(isAway(cause)).toBe(true);
    expect((await sql<{ one: number }>`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
    await db.destroy();
  });

  test('fails a query whose server process is killed, and nothing else', async () => {
    const db = openDatabase({ url: database.url, name: 'victim', poolSize: 1 });
    const asked = sql`select pg_sleep(1)`.execute(db).catch((error: unknown) => error);
    const victims = sql<{ pid: number }>`select pid from pg_stat_activity where application_name = 'victim' and state = 'active'`;
    await until('it is asked', async () => (await victims.execute(database.admin)).rows.length === 1);
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`.execute(database.admin);
    expect(isAway(await asked)).toBe(true);
    await until('a new connection', () =>
      sql`select 1`.execute(db).then(
        () => true,
        () => false,
      ),
    );
    await db.destroy();
  });

  test('is known as away', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wit-hung-'));
    const silent = createServer(() => undefined);
    await new Promise<void>(resolve => silent.listen(join(folder, '.s.PGSQL.5432'), resolve));
    const db = openDatabase({ url: `postgres://wit:x@localhost/wit?host=${encodeURIComponent(folder)}`, name: 'hung' });
    const watch = watchDatabase(db, { clock: realClock, log: () => undefined });
    await until('away', () => !watch.state.ok);
    watch.close();
    silent.close();
    await db.destroy();
    rmSync(folder, { recursive: true, force: true });
  });
});
