import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { inject } from 'vitest';
import { type Database, openDatabase } from '../storage/database.ts';
import { migrate } from '../storage/migrate.ts';

/** An empty, migrated database of its own on the run's PostgreSQL. */
export interface TestDatabase {
  readonly db: Database;
  readonly url: string;
  /** The same database as its superuser, for what the product's own user may not do. */
  readonly admin: Database;
  close(): Promise<void>;
}

/** Makes one; call `close` at the end of the file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const main = await postgresUrl();
  const owner = openDatabase({ url: asAdministrator(main), name: 'test', timeoutMs: 30_000 });
  await sql`create database ${sql.id(name)} owner wit`.execute(owner);
  const url = withDatabase(main, name);
  const schema = openDatabase({ url, name: 'test', timeoutMs: 30_000 });
  const migrated = await migrate(schema);
  await schema.destroy();
  if (!migrated.ok) throw new Error(migrated.sentence);
  const db = openDatabase({ url, name: 'test' });
  const admin = openDatabase({ url: asAdministrator(url), name: 'test', timeoutMs: 30_000 });
  return {
    db,
    url,
    admin,
    async close() {
      await db.destroy();
      await admin.destroy();
      await sql`drop database ${sql.id(name)} with (force)`.execute(owner);
      await owner.destroy();
    },
  };
}

async function postgresUrl(): Promise<string> {
  const answer = await fetch(inject('postgresDesk'));
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}

/** The same server, another database: the path of the URL. */
function withDatabase(url: string, name: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${name}`);
}

/** The launcher's PostgreSQL gives both users the same password. */
function asAdministrator(url: string): string {
  return url.replace('//wit:', '//wit_administrator:');
}
