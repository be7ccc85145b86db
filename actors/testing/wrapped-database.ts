import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import { Pool, types } from 'pg';
import type { Database } from '../storage/database.ts';
import type { Tables } from '../storage/schema.ts';

/** What stands around every statement: asks the server by `query`, or does not, and answers. */
export type Around = (text: string, query: () => Promise<unknown>) => Promise<unknown>;

/** A database with something between it and whoever asks. */
export function openWrappedDatabase(url: string, around: Around): Database {
  const getTypeParser = ((oid: number) => (oid === 20 ? Number : types.getTypeParser(oid))) as typeof types.getTypeParser;
  const pool = new Pool({ connectionString: url, types: { getTypeParser } });
  pool.on('error', () => undefined);
  async function connect(): Promise<PostgresPoolClient> {
    const client = await pool.connect();
    // The clients of a dead process are never given back; the server ends them with the database.
    if (client.listenerCount('error') === 0) client.on('error', () => undefined);
    const query = (text: string, values: readonly unknown[]) => around(text, () => client.query(text, [...values]));
    return { query: query as unknown as PostgresPoolClient['query'], release: () => client.release() };
  }
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: { connect, end: () => pool.end() } }) });
}

/** Is this statement an append to the journal? */
export function isAppend(text: string): boolean {
  return text.includes('fence as (');
}
