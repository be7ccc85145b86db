import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { liveJob } from '../actors/testing/ended-job.ts';
import { createTestDatabase, type TestDatabase } from '../actors/testing/test-database.ts';

let database: TestDatabase;
let folder: string;
let ids: string[];
beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'wit-archive-'));
  ids = [await liveJob(database.db, folder), await liveJob(database.db, folder)];
  await sql`update actor set updated_at = now() - interval '100 days' where id = ${ids[0]}`.execute(database.db);
});
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

/** What the program said, and how it ended. */
async function run(name: string, ...words: string[]): Promise<{ code: number; said: string }> {
  const env = { PATH: process.env.PATH, WIT_DATABASE_URL: database.url, WIT_DATA_DIR: folder };
  const program = ['scripts/run.mjs', `scripts/${name}.ts`, ...words];
  const done = promisify(execFile)(process.execPath, program, { env });
  return done.then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    ({ code, stdout, stderr }) => ({ code, said: `${stdout}${stderr}` }),
  );
}

test('[G4] npm run archive takes old jobs out of the tables, and npm run verify-journal proves what it left, before and after', async () => {
  const heads = join(folder, 'heads.json');
  expect(await run('verify-journal', '--heads', heads)).toMatchObject({ code: 0, said: expect.stringContaining('sound: 2 actors') });
  expect(await run('archive', '--dry-run')).toMatchObject({ code: 0, said: expect.stringContaining(`${ids[0]} ended before`) });
  expect(existsSync(join(folder, 'archive'))).toBe(false);
  expect(await run('archive', '--older-than', '3')).toMatchObject({ code: 1, said: expect.stringContaining('8 or more') });
  expect(await run('archive')).toMatchObject({ code: 0, said: expect.stringContaining('1 jobs with 6 events archived') });
  expect((await database.db.selectFrom('actor').select('id').execute()).map(row => row.id)).toEqual([ids[1]]);
  expect(await run('verify-journal', '--heads', heads)).toMatchObject({
    code: 0,
    said: expect.stringContaining('sound: 2 actors, 6 events'),
  });
  const [month = ''] = readdirSync(join(folder, 'archive'));
  const [file = ''] = readdirSync(join(folder, 'archive', month));
  const opened = await run('verify-journal', '--bundle', join(folder, 'archive', month, file));
  expect(opened).toMatchObject({ code: 0, said: expect.stringContaining(`sound: ${ids[0]} 1..6`) });
  expect(opened.said).toContain('derived anew from event 1: ends in "complete"');
  rmSync(join(folder, 'archive', month, file));
  expect(await run('verify-journal')).toMatchObject({ code: 1, said: expect.stringContaining(`BROKEN: ${ids[0]}, archived as`) });
}, 60_000);
