import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, readConfig } from '../../actors/config.ts';
import { CannotStart } from '../../actors/launcher/cannot-start.ts';
import { readEndpoints } from '../../actors/launcher/endpoints.ts';
import { type Database, openDatabase } from '../../actors/storage/database.ts';

/** The journal and what belongs to it. */
export interface Journal {
  readonly db: Database;
  /** Bundles of archived jobs lie here. */
  readonly archive: string;
  readonly archiveAfterDays: number;
}

/** The journal's database: WIT_DATABASE_URL, else the embedded one of the data directory, which must be running. */
export function openJournal(): Journal {
  const read = readConfig(environment());
  if (!read.ok) throw new CannotStart(read.sentence);
  const { dataDir, databaseUrl, archiveAfterDays } = read.config;
  const db = openDatabase({ url: databaseUrl ?? embeddedUrl(dataDir), name: 'wit-journal', timeoutMs: 60_000 });
  return { db, archive: join(dataDir, 'archive'), archiveAfterDays };
}

function embeddedUrl(dataDir: string): string {
  const endpoints = readEndpoints(join(dataDir, 'run', 'endpoints.json'));
  if (!endpoints?.database.startsWith('/')) {
    throw new CannotStart(`No embedded database runs on ${dataDir}: start W.I.T., or set WIT_DATABASE_URL.`);
  }
  const password = readFileSync(join(dataDir, 'secrets', 'database'), 'utf8').trim();
  return `postgres://wit:${encodeURIComponent(password)}@localhost/wit?host=${encodeURIComponent(endpoints.database)}`;
}

/** Runs a program's main part; a refusal is one sentence and exit code 1. */
export function runProgram(main: () => Promise<void>): void {
  main().catch(error => {
    console.error(error instanceof CannotStart ? error.message : error);
    process.exitCode = 1;
  });
}
