import { sql } from 'kysely';
import { type Database, sqlState } from '../storage/database.ts';
import type { Clock, Log } from './ports.ts';

export interface DatabaseState {
  readonly ok: boolean;
  /** ms since 1970 */
  readonly since: number;
  /** Why it is away, in words. */
  readonly cause: string;
}

/** One truth per process about whether the database answers. */
export interface DatabaseWatch {
  readonly state: DatabaseState;
  /** A query just failed for want of the database: away at once, without waiting for the next probe. */
  reportTrouble(cause: unknown): void;
  subscribe(listener: (state: DatabaseState) => void): () => void;
  close(): void;
}

export interface WatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** What else is known here about why it is away, e.g. a full disk. */
  hint?(): string | null;
  /** The server said that its disk failed to keep what was written. */
  diskError?(why: string): void;
}

/** PostgreSQL's io_error: after it nobody knows what is on the disk, so the server ends itself and begins from its log. */
const ioError = '58030';

/** With the query timeout of 1.5 s a hung database is known as away within 2 s. */
const probeEveryMs = 400;

/** Asks the database every 0.4 s; says once when trouble begins and once when it ends. */
export function watchDatabase(db: Database, { clock, log, hint, diskError }: WatchOptions): DatabaseWatch {
  const listeners = new Set<(state: DatabaseState) => void>();
  let state: DatabaseState = { ok: true, since: clock.now(), cause: '' };
  let closed = false;
  let timer = clock.setTimeout(probe, probeEveryMs);
  function become(ok: boolean, cause: string): void {
    if (closed || ok === state.ok) return;
    state = { ok, since: clock.now(), cause };
    log(ok ? 'database is back' : `database is away: ${cause}`);
    for (const listener of listeners) listener(state);
  }
  function probe(): void {
    sql`select 1`.execute(db).then(
      () => next(true, ''),
      cause => {
        trouble(cause);
        next(false, textOf(cause));
      },
    );
  }
  function trouble(cause: unknown): void {
    if (sqlState(cause) === ioError) diskError?.(textOf(cause));
  }
  function next(ok: boolean, cause: string): void {
    become(ok, cause);
    if (!closed) timer = clock.setTimeout(probe, probeEveryMs);
  }
  return {
    get state() {
      const why = state.ok ? null : (hint?.() ?? null);
      return why === null ? state : { ...state, cause: `${state.cause}; ${why}` };
    },
    reportTrouble(cause) {
      trouble(cause);
      become(false, textOf(cause));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      closed = true;
      timer.cancel();
    },
  };
}

function textOf(cause: unknown): string {
  return cause instanceof Error && cause.message !== '' ? cause.message : 'no answer';
}
