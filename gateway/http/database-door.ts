import { sql } from 'kysely';
import { type Database, isAway } from '../../actors/storage/database.ts';
import { type Refused, refuse } from './problems.ts';

/** The database did not answer; what asked for it may be tried again later. */
export class DatabaseAway extends Error {
  constructor(cause: unknown) {
    super('The database does not answer.', { cause });
    this.name = 'DatabaseAway';
  }
}

export interface Health {
  readonly ok: boolean;
  /** ms since 1970 of the last change. */
  readonly since: number;
}

/** The gateway's way to the database: tells a lost database from a bug, and knows at any time whether it is there. */
export class DatabaseDoor {
  readonly #db: Database;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #health: Health;
  #whenBack: (() => void)[] = [];

  /** Starts a probe each second; `close` ends it. Counts as away until it has answered once. */
  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
    this.#health = { ok: false, since: now() };
    this.#timer = setInterval(() => void this.probe(), 1_000);
    void this.probe();
  }

  get health(): Health {
    return this.#health;
  }

  /** Runs work on the database; throws DatabaseAway when it is lost, the error itself when the statement was wrong. */
  async ask<T>(work: (db: Database) => Promise<T>): Promise<T> {
    try {
      const result = await work(this.#db);
      this.#note('ok');
      return result;
    } catch (error) {
      if (!isAway(error)) throw error;
      this.#note('away');
      throw new DatabaseAway(error);
    }
  }

  /** Calls back at once when the database is there, else as soon as it is, each time it returns. */
  onBack(callback: () => void): void {
    this.#whenBack.push(callback);
    if (this.#health.ok) callback();
  }

  /** One look; resolves when the health is known. */
  async probe(): Promise<void> {
    await this.ask(db => sql`select 1`.execute(db)).catch(() => undefined);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#whenBack = [];
    await this.#db.destroy();
  }

  #note(state: 'ok' | 'away'): void {
    const ok = state === 'ok';
    if (ok === this.#health.ok) return;
    this.#health = { ok, since: this.#now() };
    if (ok) for (const callback of this.#whenBack) callback();
  }
}

/** The refusal for a lost database, or null for anything else. */
export function explainDatabaseError(error: unknown): Refused | null {
  if (!(error instanceof DatabaseAway)) return null;
  return refuse('database-away', 'The database does not answer. Running jobs go on and stop works; try again shortly.');
}
