import { sql } from 'kysely';
import { appendStatement, turnText } from './append-statement.ts';
import { type Database, sqlState } from './database.ts';
import type { ParkedMessage } from './dead-letters.ts';
import { genesisHash, hashOf, type JournalEntry, type Json } from './journal-entry.ts';
import type { TimerChange } from './timers.ts';

/** Everything one turn leaves behind, written in one statement or not at all. */
export interface Append {
  readonly entry: JournalEntry;
  readonly decisionSeq: number;
  /** The status document after the turn as JSON text; null keeps the one before. */
  readonly status: string | null;
  /** Present for a command: its first reply, kept for duplicates. */
  readonly command: { readonly id: string; readonly result: Json } | null;
  readonly effects: readonly { readonly effect: Json; readonly class: string }[];
  readonly snapshot: { readonly version: string; readonly chartHash: string; readonly state: Json; readonly hash: string } | null;
  readonly timers: TimerChange;
  /** A message that could not be taken. */
  readonly deadLetter: ParkedMessage | null;
  /** Id of the dead letter that this turn is the new try of. */
  readonly replayed: number | null;
  /** Effects of turns up to this one were performed; 0 when that is known already. */
  readonly performedSeq: number;
}

export type AppendResult = { readonly ok: true } | { readonly ok: false; readonly code: 'fenced' | 'duplicate' };

/**
 * The fenced append: nothing is written unless the actor still stands at this epoch and at the seq before this one. One
 * statement, hence one transaction and one round trip. Throws when the database is away or the data cannot be stored.
 */
export async function append(db: Database, turn: Append): Promise<AppendResult> {
  try {
    const done = await appendStatement([turnText(turn)], 'alone').execute(db);
    return done.rows.length === 1 ? { ok: true } : { ok: false, code: 'fenced' };
  } catch (cause) {
    if (sqlState(cause) === '23505') return { ok: false, code: 'duplicate' };
    throw cause;
  }
}

export interface ActorHead {
  readonly epoch: number;
  readonly seq: number;
  readonly decisionSeq: number;
  /** Hash of the last event. */
  readonly hash: string;
}

/** Where an actor stands in the journal, or null when it never lived. */
export async function readHead(db: Database, actorId: string): Promise<ActorHead | null> {
  const row = await db
    .selectFrom('actor')
    .leftJoin('event', join => join.onRef('event.actor_id', '=', 'actor.id').onRef('event.seq', '=', 'actor.seq'))
    .select(['actor.epoch', 'actor.seq', 'actor.decision_seq', 'event.hash'])
    .where('actor.id', '=', actorId)
    .executeTakeFirst();
  return row ? { epoch: row.epoch, seq: row.seq, decisionSeq: row.decision_seq, hash: row.hash ?? genesisHash } : null;
}

/** The newest status document that was stored for an actor; parse it before use. */
export async function readLastStatus(db: Database, actorId: string): Promise<unknown> {
  const row = await db.selectFrom('actor').select('status').where('id', '=', actorId).executeTakeFirst();
  return row?.status ?? null;
}

/** The same for many, in one query: the documents that there are. */
export async function readLastStatuses(db: Database, actorIds: readonly string[]): Promise<unknown[]> {
  const rows = await db.selectFrom('actor').select('status').where('id', 'in', actorIds).where('status', 'is not', null).execute();
  return rows.map(row => row.status);
}

export interface Claim {
  readonly actorId: string;
  readonly kind: string;
  readonly chart: { readonly id: string; readonly version: string; readonly hash: string };
  /** Node and process that claims. */
  readonly owner: string;
  readonly nonce: string;
  /** The epoch that was read; somebody else's claim in between makes this one fail. 0 for a new actor. */
  readonly expectedEpoch: number;
  /** The lease shard whose owner claims, at the epoch at which it owns the shard; null for an actor that is leased by itself. */
  readonly shard?: ShardStanding | null;
}

/** A lease shard as its owner holds it. */
export interface ShardStanding {
  readonly id: string;
  readonly epoch: number;
}

/**
 * Takes ownership by compare-and-swap on the epoch; null when another claim was first, or when the shard is somebody else's by now. The
 * shard's row stays locked until the claim is written: whoever takes the shard comes wholly before it or wholly after it.
 */
export async function acquire(db: Database, claim: Claim): Promise<number | null> {
  const shard = claim.shard ?? null;
  const held = shard
    ? sql`select id from actor where id = ${shard.id} and epoch = ${shard.epoch} and nonce = ${claim.nonce} for share`
    : sql`select null::text as id`;
  const taken = await sql<{ epoch: number }>`
    with held as materialized (${held})
    insert into actor (id, kind, chart, version, chart_hash, epoch, owner, nonce, shard)
    select ${claim.actorId}, ${claim.kind}, ${claim.chart.id}, ${claim.chart.version}, ${claim.chart.hash}, 1, ${claim.owner}, ${claim.nonce},
      held.id from held
    on conflict (id) do update set epoch = actor.epoch + 1, owner = excluded.owner, nonce = excluded.nonce, shard = excluded.shard,
      chart = excluded.chart, version = excluded.version, chart_hash = excluded.chart_hash, updated_at = now()
    where actor.epoch = ${claim.expectedEpoch}
    returning epoch`.execute(db);
  return taken.rows[0]?.epoch ?? null;
}

/** Gives an actor back in order, so that the next owner need not wait for a silence. Nothing happens when somebody else has it. */
export async function giveBack(db: Database, actorId: string, epoch: number): Promise<void> {
  const nobody = { owner: null, nonce: null, shard: null };
  await db.updateTable('actor').set(nobody).where('id', '=', actorId).where('epoch', '=', epoch).execute();
}

/** The first reply to a command, or null when this actor never saw the id. */
export async function findCommand(db: Database, actorId: string, commandId: string): Promise<Json> {
  const row = await db
    .selectFrom('command')
    .select('result')
    .where('actor_id', '=', actorId)
    .where('command_id', '=', commandId)
    .executeTakeFirst();
  return (row?.result as Json | undefined) ?? null;
}

/** Events after `after`, oldest first, at most `limit`. */
export async function readEvents(
  db: Database,
  actorId: string,
  { after, limit }: { after: number; limit: number },
): Promise<JournalEntry[]> {
  const rows = await db
    .selectFrom('event')
    .selectAll()
    .where('actor_id', '=', actorId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map(toEntry);
}

/** Events before `before` (null: from the end), newest first, at most `limit`. */
export async function readEventsBackwards(
  db: Database,
  actorId: string,
  { before, limit }: { before: number | null; limit: number },
): Promise<JournalEntry[]> {
  const query = db.selectFrom('event').selectAll().where('actor_id', '=', actorId).orderBy('seq', 'desc').limit(limit);
  const rows = await (before === null ? query : query.where('seq', '<', before)).execute();
  return rows.map(toEntry);
}

interface EventRow {
  readonly actor_id: string;
  readonly seq: number;
  readonly epoch: number;
  readonly at: Date;
  readonly type: string;
  readonly source: string;
  readonly command_id: string | null;
  readonly correlation_id: string | null;
  readonly causation_id: string | null;
  readonly principal: unknown;
  readonly data: unknown;
  readonly value: unknown;
  readonly prev_hash: string;
  readonly hash: string;
}

function toEntry(row: EventRow): JournalEntry {
  return {
    actorId: row.actor_id,
    seq: row.seq,
    epoch: row.epoch,
    at: row.at.getTime(),
    type: row.type,
    source: row.source,
    commandId: row.command_id,
    correlationId: row.correlation_id,
    causationId: row.causation_id,
    principal: row.principal as Json,
    data: row.data as Json,
    value: row.value as Json,
    prevHash: row.prev_hash,
    hash: row.hash,
  };
}

export interface StoredSnapshot {
  readonly seq: number;
  readonly version: string;
  readonly chartHash: string;
  readonly state: Json;
}

/** The newest snapshot of an actor, or null. */
export async function readSnapshot(db: Database, actorId: string): Promise<StoredSnapshot | null> {
  const row = await db
    .selectFrom('snapshot')
    .selectAll()
    .where('actor_id', '=', actorId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? { seq: row.seq, version: row.version, chartHash: row.chart_hash, state: row.state as Json } : null;
}

export type ChainResult =
  | { readonly ok: true; readonly events: number }
  | { readonly ok: false; readonly seq: number; readonly reason: 'gap' | 'changed' | 'broken-link' };

/** Walks an actor's whole journal: every seq present, every hash right, every link to the one before. */
export async function verifyChain(db: Database, actorId: string): Promise<ChainResult> {
  let previous = { seq: 0, hash: genesisHash };
  for (;;) {
    const slice = await readEvents(db, actorId, { after: previous.seq, limit: 500 });
    for (const entry of slice) {
      if (entry.seq !== previous.seq + 1) return { ok: false, seq: previous.seq + 1, reason: 'gap' };
      if (hashOf(entry) !== entry.hash) return { ok: false, seq: entry.seq, reason: 'changed' };
      if (entry.prevHash !== previous.hash) return { ok: false, seq: entry.seq, reason: 'broken-link' };
      previous = entry;
    }
    if (slice.length < 500) return { ok: true, events: previous.seq };
  }
}
