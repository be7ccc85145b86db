import { sql } from 'kysely';
import type { NatsConnection } from 'nats';
import type { Database } from '../storage/database.ts';
import { cloudEventSchema } from './envelopes.ts';
import { eventsKeptDays, isNoMessage } from './streams.ts';

/** What the store of the message server and the journal disagree about. */
export type Mismatch =
  /** So many events that were published are not there: the store was lost, or is an older copy. */
  | { readonly kind: 'behind'; readonly actorId: string; readonly events: number }
  /** So many events are there that the journal does not have: the database is an older copy. */
  | { readonly kind: 'ahead'; readonly actorId: string; readonly events: number };

/** How far an actor's events were published, as is remembered, and where its journal ends. */
interface Place {
  readonly actorId: string;
  readonly published: number;
  readonly head: number;
}

/**
 * Where publishing goes on: after the newest event that the stream really holds, `newest`. What is older than it keeps is not asked for.
 * Throws when the database is away.
 */
export async function placeToGoOn(db: Database, place: Place, newest: number): Promise<{ after: number; mismatch: Mismatch | null }> {
  const { actorId, published, head } = place;
  if (newest > head) return { after: head, mismatch: { kind: 'ahead', actorId, events: newest - head } };
  if (newest >= published) return { after: newest, mismatch: null };
  const after = Math.max(newest, (await firstKept(db, place)) - 1);
  if (after >= published) return { after: published, mismatch: null };
  return { after, mismatch: { kind: 'behind', actorId, events: published - after } };
}

/** Seq of the newest event under a subject with wildcards; 0 when there is none. Throws when the server does not answer. */
export async function newestInStream(connection: NatsConnection, pattern: string): Promise<number> {
  const { streams } = await connection.jetstreamManager({ timeout: 2_000, checkAPI: false });
  const newest = await streams.getMessage('EVENTS', { last_by_subj: pattern }).catch(cause => {
    if (isNoMessage(cause)) return null;
    throw cause;
  });
  return newest ? cloudEventSchema.parse(newest.json()).seq : 0;
}

/** The oldest event that the stream still keeps by its age; an hour is left for what ages meanwhile. */
async function firstKept(db: Database, { actorId, head }: Place): Promise<number> {
  const row = await db
    .selectFrom('event')
    .select(eb => eb.fn.min('seq').as('seq'))
    .where('actor_id', '=', actorId)
    .where('at', '>', sql<Date>`now() - make_interval(days => ${eventsKeptDays}) + interval '1 hour'`)
    .executeTakeFirst();
  return row?.seq ?? head + 1;
}
