import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../actors/launcher/postgres.ts';
import { openDatabase } from '../actors/storage/database.ts';
import { readEvents } from '../actors/storage/journal.ts';
import { migrate } from '../actors/storage/migrate.ts';
import { verifyJournal } from '../actors/storage/verify-journal.ts';
import { makeJournal } from '../actors/testing/make-journal.ts';

/** verify-journal over a scratch database of N events (default 1,000,000). Baseline in the same run: reading the same rows and no more. */
const events = Number(process.argv[2] ?? 1_000_000);
const actors = 20;

const folder = mkdtempSync(join(tmpdir(), 'wit-verify-bench-'));
const server = await startPostgres({ directory: folder, socketDirectory: folder, settings: { fsync: 'off' } });
try {
  const db = openDatabase({ url: server.url, name: 'bench', timeoutMs: 60_000 });
  const migrated = await migrate(db);
  if (!migrated.ok) throw new Error(migrated.sentence);
  await timed('generate', () => makeJournal(db, { actors, eventsEach: events / actors }));
  const naked = await timed('read only', async () => {
    for (let n = 1; n <= actors; n += 1) {
      for (let after = 0, full = true; full; ) {
        const page = await readEvents(db, `equipment/made-${n}`, { after, limit: 2_000 });
        after = page.at(-1)?.seq ?? after;
        full = page.length > 0;
      }
    }
  });
  const verified = await timed('verify', async () => {
    for await (const verdict of verifyJournal(db)) if (verdict.trouble) throw new Error(JSON.stringify(verdict));
  });
  console.log(
    `verify / read only: ${(verified / naked).toFixed(2)}; ${Math.round(events / verified)} events/s; must: under 60 s for 1,000,000`,
  );
  await db.destroy();
} finally {
  await server.stop(5_000);
  rmSync(folder, { recursive: true, force: true });
}

async function timed(what: string, work: () => Promise<unknown>): Promise<number> {
  const [begin, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const seconds = (performance.now() - begin) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const own = ((user + system) / 1e6).toFixed(1);
  console.log(
    `${what.padEnd(10)} ${events} events, ${seconds.toFixed(1)} s (${own} s of this process's processor time; load ${loadavg()[0]?.toFixed(1)})`,
  );
  return seconds;
}
