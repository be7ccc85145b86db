import type { Database } from './database.ts';
import type { Json } from './journal-entry.ts';

/** A message that could not be taken, kept for a person to look at. Times in ms since 1970. */
export interface DeadLetter {
  readonly id: number;
  /** Whom it was meant for. */
  readonly actorId: string;
  readonly at: number;
  /** `poison`: the chart failed on it; `too-large`; `undeliverable`: nobody there. Words follow a colon. */
  readonly reason: string;
  readonly message: Json;
  readonly replayedAt: number | null;
}

/** A letter before it has an id. */
export type ParkedMessage = Pick<DeadLetter, 'reason' | 'message'>;

/** The newest letters first, at most `limit`. */
export async function readDeadLetters(db: Database, limit: number): Promise<DeadLetter[]> {
  const rows = await db.selectFrom('dead_letter').selectAll().orderBy('id', 'desc').limit(limit).execute();
  return rows.map(toLetter);
}

/** One letter, or null. */
export async function findDeadLetter(db: Database, id: number): Promise<DeadLetter | null> {
  const row = await db.selectFrom('dead_letter').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toLetter(row) : null;
}

/** Keeps a message for an actor that has no turn of its own to keep it with. Throws when the database is away. */
export async function parkMessage(db: Database, letter: Pick<DeadLetter, 'actorId' | 'at' | 'reason' | 'message'>): Promise<void> {
  const { actorId, at, reason, message } = letter;
  const values = { actor_id: actorId, at: new Date(at), reason, message: JSON.stringify(message), replayed_at: null };
  await db.insertInto('dead_letter').values(values).execute();
}

interface Row {
  readonly id: number;
  readonly actor_id: string;
  readonly at: Date;
  readonly reason: string;
  readonly message: unknown;
  readonly replayed_at: Date | null;
}

function toLetter(row: Row): DeadLetter {
  return {
    id: row.id,
    actorId: row.actor_id,
    at: row.at.getTime(),
    reason: row.reason,
    message: row.message as Json,
    replayedAt: row.replayed_at?.getTime() ?? null,
  };
}
