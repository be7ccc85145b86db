import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import { DatabaseError, Pool, type PoolClient, types } from 'pg';
import type { Tables } from './schema.ts';

/** The one type behind which the rest of the code sees PostgreSQL. */
export type Database = Kysely<Tables>;

export interface DatabaseOptions {
  /** `postgres://...`; a Unix socket directory as `?host=/path`. */
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  readonly poolSize?: number;
  /** After so many ms without an answer a query fails and its connection is thrown away. */
  readonly timeoutMs?: number;
}

const INT8 = 20;

/** A statement that begins with this is prepared once per connection: parsing a long one costs more than running it. */
export const preparedMark = '/* prepared */';

/** Opens a pool; connects on first use. A hung server is an error after `timeoutMs` (default 1,500), never a wait. */
export function openDatabase({ url, name, poolSize = 5, timeoutMs = 1_500 }: DatabaseOptions): Database {
  const pool = new Pool({
    connectionString: url,
    application_name: name,
    max: poolSize,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    statement_timeout: timeoutMs,
    types: { getTypeParser: parserOf as typeof types.getTypeParser },
  });
  // Without a listener an idle connection that the server closes would end the process; the next query reports the trouble.
  pool.on('error', () => undefined);
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: withoutStuckClients(pool) }) });
}

/** Counters stay far below 2^53, so bigint may be a number. */
function parserOf(oid: number, format?: 'text' | 'binary') {
  return oid === INT8 ? Number : types.getTypeParser(oid, format as 'text');
}

/**
 * pg answers a query that timed out with an error but leaves the connection waiting for the late reply; kysely would hand that
 * connection to the next query, which then times out too. Here a connection with such an error is destroyed on release.
 */
function withoutStuckClients(pool: Pool): PostgresPool {
  return { connect: async () => guard(await pool.connect()), end: () => pool.end() };
}

const guards = new WeakMap<PoolClient, PostgresPoolClient>();

function guard(client: PoolClient): PostgresPoolClient {
  const known = guards.get(client);
  if (known) return known;
  let broken: unknown;
  // A client in use has no listener of the pool's: a server that is killed under a query would end this process.
  client.on('error', cause => {
    broken ??= cause;
  });
  const run = async (text: string, values: readonly unknown[]) => {
    if (broken) throw broken;
    try {
      return await client.query(
        text.startsWith(preparedMark) ? { name: nameOf(text), text, values: [...values] } : { text, values: [...values] },
      );
    } catch (cause) {
      if (!isAnswer(cause)) broken = cause;
      throw cause;
    }
  };
  const guarded = { query: run as unknown as PostgresPoolClient['query'], release: () => client.release(broken !== undefined) };
  guards.set(client, guarded);
  return guarded;
}

const names = new Map<string, string>();

/** PostgreSQL knows a prepared statement by name, 63 bytes at most. There are few texts: the values are not part of them. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `wit-${names.size}`;
  names.set(text, name);
  return name;
}

/** True when the server itself said no (it has an SQLSTATE): the connection is sound. */
function isAnswer(cause: unknown): boolean {
  return sqlState(cause) !== null;
}

/** The five characters of an error that PostgreSQL answered; null for every loss of connection. */
export function sqlState(cause: unknown): string | null {
  return cause instanceof DatabaseError ? (cause.code ?? null) : null;
}

/**
 * Is the database away (lost, hung, starting, out of space), so that the same work may succeed later? False means that this
 * statement can never succeed: data that cannot be stored, or a bug.
 */
export function isAway(cause: unknown): boolean {
  const state = sqlState(cause);
  return state === null ? isConnectionTrouble(cause) : /^(08|53|55|57|58|25006|40|XX)/.test(state);
}

function isConnectionTrouble(cause: unknown): boolean {
  return cause instanceof Error && !(cause instanceof TypeError) && !(cause instanceof RangeError);
}
