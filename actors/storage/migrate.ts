import { type Migration, Migrator, sql } from 'kysely';
import type { Database } from './database.ts';
import * as skeleton from './migrations/0001-skeleton.ts';
import * as timersAndDeadLetters from './migrations/0002-timers-and-dead-letters.ts';
import * as quarantine from './migrations/0003-quarantine.ts';
import * as shards from './migrations/0004-shards.ts';
import * as archive from './migrations/0005-archive.ts';
import * as site from './migrations/0006-site.ts';

/** Every migration by name, oldest first. Imported statically: a bundle has no folder to read. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-skeleton': skeleton,
  '0002-timers-and-dead-letters': timersAndDeadLetters,
  '0003-quarantine': quarantine,
  '0004-shards': shards,
  '0005-archive': archive,
  '0006-site': site,
};

export type MigrationResult =
  | { readonly ok: true; readonly applied: readonly string[] }
  | { readonly ok: false; readonly sentence: string };
export type SchemaResult = { readonly ok: true } | { readonly ok: false; readonly sentence: string };

/** Brings the schema up to date under PostgreSQL's advisory lock: two at once wait for one another. Never throws. */
export async function migrate(db: Database): Promise<MigrationResult> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error) return { ok: false, sentence: `The database could not be brought up to date: ${messageOf(error)}.` };
  return { ok: true, applied: (results ?? []).map(result => result.migrationName) };
}

/** Refuses a schema that is not exactly the one this program was built for; throws when the database is away. */
export async function checkSchema(db: Database): Promise<SchemaResult> {
  const applied = await appliedMigrations(db);
  const known = Object.keys(migrations);
  const missing = known.filter(name => !applied.includes(name));
  const strange = applied.filter(name => !known.includes(name));
  if (strange.length > 0) {
    return { ok: false, sentence: `The database was made by a newer release (${strange.join(', ')}): update this program.` };
  }
  if (missing.length > 0) return { ok: false, sentence: `The database lacks ${missing.join(', ')}: run the role "migrate" first.` };
  return { ok: true };
}

async function appliedMigrations(db: Database): Promise<string[]> {
  const there = await sql<{ there: boolean }>`select to_regclass('kysely_migration') is not null as there`.execute(db);
  if (!there.rows[0]?.there) return [];
  const rows = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.rows.map(row => row.name);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
