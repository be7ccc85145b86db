import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import { Pool, types } from 'pg';
import type { Database } from '../storage/database.ts';
import type { Tables } from '../storage/schema.ts';

/** A database as a process sees it that dies at an append: from then on nothing is answered. */
export interface FragileDatabase {
  readonly db: Database;
  /** Appends that were answered. */
  readonly appended: number;
  /** Nothing is carried out any more. */
  die(): void;
}

/** `door` is called before and after each append; it throws when the process dies there. */
export function openFragileDatabase(url: string, door: (name: 'append' | 'appended') => void): FragileDatabase {
  const getTypeParser = ((oid: number) => (oid === 20 ? Number : types.getTypeParser(oid))) as typeof types.getTypeParser;
  const pool = new Pool({ connectionString: url, types: { getTypeParser } });
  pool.on('error', () => undefined);
  const state = { appended: 0, dead: false };
  const never = new Promise<never>(() => undefined);
  async function connect(): Promise<PostgresPoolClient> {
    const client = await pool.connect();
    // The clients of a dead process are never given back; the server ends them with the database.
    if (client.listenerCount('error') === 0) client.on('error', () => undefined);
    const query = async (text: string, values: readonly unknown[]) => {
      const append = text.includes('fence as (');
      try {
        if (state.dead) return await never;
        if (append) door('append');
        const answer = await client.query(text, [...values]);
        if (append) door('appended');
        if (append) state.appended += 1;
        return answer;
      } catch {
        state.dead = true;
        return await never;
      }
    };
    return { query: query as unknown as PostgresPoolClient['query'], release: () => client.release() };
  }
  return {
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool: { connect, end: () => pool.end() } }) }),
    get appended() {
      return state.appended;
    },
    die: () => {
      state.dead = true;
    },
  };
}
