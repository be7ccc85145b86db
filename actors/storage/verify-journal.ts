import { sql } from 'kysely';
import type { Database } from './database.ts';
import { readEvents } from './journal.ts';
import { genesisHash, hashOf, type JournalEntry } from './journal-entry.ts';

/** Where a chain ended when somebody looked: enough to find a later rewriting of all before it. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/**
 * What is wrong with a chain, at its first wrong place. `gap`: an event was taken out or its number changed. `changed`: an event is not
 * what was sealed. `broken-link`: it does not follow the one before. `truncated`: the end is missing. `rewritten`: the chain agrees with
 * itself but not with what was seen before.
 */
export interface ChainTrouble {
  readonly seq: number;
  readonly reason: 'gap' | 'changed' | 'broken-link' | 'truncated' | 'rewritten';
}

export interface ActorVerdict {
  readonly actorId: string;
  /** Events that were read. */
  readonly events: number;
  readonly head: ChainHead;
  readonly trouble: ChainTrouble | null;
}

const pageSize = 2_000;

/** The start of every chain. */
export const chainStart: ChainHead = { seq: 0, hash: genesisHash };

/** What is wrong with an entry as the next one after `previous`; null: nothing. */
export function linkTrouble(previous: ChainHead, entry: JournalEntry): ChainTrouble | null {
  if (entry.seq !== previous.seq + 1) return { seq: previous.seq + 1, reason: 'gap' };
  if (entry.prevHash !== previous.hash) return { seq: entry.seq, reason: 'broken-link' };
  return hashOf(entry) === entry.hash ? null : { seq: entry.seq, reason: 'changed' };
}

/**
 * Walks every actor's chain, in a steady amount of memory, also beside a running node. `seen`: heads of an earlier walk, kept where
 * whoever writes the database does not; without them an actor that was deleted whole, or rewritten whole, cannot be found. Archived actors
 * are told with no events and the head that the database remembers.
 */
export async function* verifyJournal(db: Database, seen: ReadonlyMap<string, ChainHead> = new Map()): AsyncIterable<ActorVerdict> {
  const there = await knownEnds(db);
  const archived = await archivedHeads(db);
  for (const [actorId, head] of seen) {
    if (there.has(actorId) || archived.has(actorId)) continue;
    yield { actorId, events: 0, head: chainStart, trouble: { seq: head.seq, reason: 'truncated' } };
  }
  for (const [actorId, head] of archived)
    yield { actorId, events: 0, head, trouble: archivedTrouble(head, seen.get(actorId) ?? chainStart) };
  for (const [actorId, end] of there) yield await verifyActor(db, { actorId, end, seen: seen.get(actorId) ?? chainStart });
}

/** Where the chains of archived actors ended; that the bundles hold them, `verifyArchive` proves. */
async function archivedHeads(db: Database): Promise<Map<string, ChainHead>> {
  const rows = await db.selectFrom('archive').select(['actor_id', 'events', 'hash']).orderBy('actor_id').execute();
  return new Map(rows.map(row => [row.actor_id, { seq: row.events, hash: row.hash }]));
}

function archivedTrouble(head: ChainHead, seen: ChainHead): ChainTrouble | null {
  if (head.seq < seen.seq) return { seq: head.seq + 1, reason: 'truncated' };
  return head.seq === seen.seq && head.hash !== seen.hash ? rewritten(head.seq) : null;
}

async function verifyActor(db: Database, { actorId, end, seen }: { actorId: string; end: number; seen: ChainHead }): Promise<ActorVerdict> {
  let head = chainStart;
  let next = readEvents(db, actorId, { after: 0, limit: pageSize });
  for (;;) {
    const page = await next;
    const last = page.at(-1);
    // Hashing is work for this process and reading for the other: both at the same time.
    next = last ? readEvents(db, actorId, { after: last.seq, limit: pageSize }) : next;
    for (const entry of page) {
      const trouble = linkTrouble(head, entry) ?? (entry.seq === seen.seq && entry.hash !== seen.hash ? rewritten(entry.seq) : null);
      if (trouble) {
        await next;
        return { actorId, events: head.seq, head, trouble };
      }
      head = { seq: entry.seq, hash: entry.hash };
    }
    if (!last) break;
  }
  const least = Math.max(end, seen.seq);
  return { actorId, events: head.seq, head, trouble: head.seq < least ? { seq: head.seq + 1, reason: 'truncated' } : null };
}

function rewritten(seq: number): ChainTrouble {
  return { seq, reason: 'rewritten' };
}

/** The last seq of each actor that anything in the database speaks of: cutting off an end means to forge all of these. */
async function knownEnds(db: Database): Promise<Map<string, number>> {
  const { rows } = await sql<{ id: string; seq: number }>`
    select actor.id, greatest(actor.seq,
      coalesce((select max(seq) from command where actor_id = actor.id), 0),
      coalesce((select max(seq) from snapshot where actor_id = actor.id), 0),
      coalesce((select max(seq) from outbox where actor_id = actor.id), 0),
      coalesce((select (position->>'seq')::bigint from projection where name = 'events:' || actor.id), 0)) as seq
    from actor order by actor.id`.execute(db);
  return new Map(rows.map(row => [row.id, row.seq]));
}
