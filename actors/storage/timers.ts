import type { Database } from './database.ts';
import type { Json } from './journal-entry.ts';

/** A delay as the database keeps it; times in ms since 1970. */
export interface StoredTimer {
  readonly id: string;
  readonly startedAt: number;
  readonly dueAt: number;
  /** What its actor is told then. */
  readonly event: Json;
  /** Of the turn that started it. */
  readonly seq: number;
}

/** What one turn does to its actor's timers. A timer that is started anew is only in `start`. */
export interface TimerChange {
  readonly stop: readonly string[];
  readonly start: readonly Omit<StoredTimer, 'seq'>[];
}

/** A turn that touches no timer. */
export const noTimerChange: TimerChange = { stop: [], start: [] };

/** The timers of an actor, the one due first in front. */
export async function readTimers(db: Database, actorId: string): Promise<StoredTimer[]> {
  const rows = await db.selectFrom('timer').selectAll().where('actor_id', '=', actorId).orderBy('due_at').orderBy('id').execute();
  return rows.map(row => ({
    id: row.id,
    startedAt: row.started_at.getTime(),
    dueAt: row.due_at.getTime(),
    event: row.event as Json,
    seq: row.seq,
  }));
}

/** Makes these the only timers of an actor; inside the caller's transaction. */
export async function replaceTimers(db: Database, actorId: string, timers: readonly StoredTimer[]): Promise<void> {
  await db.deleteFrom('timer').where('actor_id', '=', actorId).execute();
  if (timers.length === 0) return;
  const values = timers.map(timer => ({
    actor_id: actorId,
    id: timer.id,
    started_at: new Date(timer.startedAt),
    due_at: new Date(timer.dueAt),
    event: JSON.stringify(timer.event),
    seq: timer.seq,
  }));
  await db.insertInto('timer').values(values).execute();
}
