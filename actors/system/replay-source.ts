import { sql } from 'kysely';
import type { Database } from '../storage/database.ts';
import { readEvents } from '../storage/journal.ts';
import type { Bundle } from '../storage/journal-bundle.ts';
import type { JournalEntry, Json } from '../storage/journal-entry.ts';
import { type ChainHead, chainStart } from '../storage/verify-journal.ts';

/** A snapshot without its state. */
export interface KeptSnapshot {
  readonly seq: number;
  readonly version: string;
  readonly chartHash: string;
  readonly hash: string;
  /** What the actor was begun with: identity and settings. */
  readonly input: unknown;
}

/** The journal of one actor, wherever it lies. */
export interface ReplaySource {
  /** The end of what is before the first event. */
  readonly begin: ChainHead;
  /** Events after a seq, oldest first. */
  entries(after: number, limit: number): Promise<readonly JournalEntry[]>;
  /** All of them, oldest first. */
  snapshots(): Promise<readonly KeptSnapshot[]>;
  stateAt(seq: number): Promise<Json>;
  /** Seqs after this one of commands that were journaled and then not performed. */
  voided(after: number): Promise<ReadonlySet<number>>;
}

/** The journal in the database. Its functions throw when it is away. */
export function storedJournal(db: Database, actorId: string): ReplaySource {
  return {
    begin: chainStart,
    entries: (after, limit) => readEvents(db, actorId, { after, limit }),
    async snapshots() {
      const rows = await db
        .selectFrom('snapshot')
        .select(['seq', 'version', 'chart_hash', 'hash', sql<unknown>`state->'context'->'input'`.as('input')])
        .where('actor_id', '=', actorId)
        .orderBy('seq')
        .execute();
      return rows.map(({ chart_hash: chartHash, input, ...row }) => ({ ...row, chartHash, input: input ?? undefined }));
    },
    async stateAt(seq) {
      const query = db.selectFrom('snapshot').select('state').where('actor_id', '=', actorId).where('seq', '=', seq);
      return (await query.executeTakeFirstOrThrow()).state as Json;
    },
    async voided(after) {
      const events = db.selectFrom('event').select('data').where('actor_id', '=', actorId).where('seq', '>', after);
      return voidedIn(await events.where('type', '=', 'turn.voided').execute());
    },
  };
}

/** The journal in a bundle, which must have been proven. */
export function bundledJournal({ header, entries, snapshots }: Bundle): ReplaySource {
  return {
    begin: { seq: header.from - 1, hash: header.prevHash },
    entries: async (after, limit) => {
      const first = entries.findIndex(entry => entry.seq > after);
      return first < 0 ? [] : entries.slice(first, first + limit);
    },
    snapshots: async () => snapshots.map(({ state, ...kept }) => ({ ...kept, input: inputOf(state) })),
    async stateAt(seq) {
      const found = snapshots.find(one => one.seq === seq);
      if (!found) throw new Error(`no snapshot after event ${seq}`);
      return found.state;
    },
    voided: async after => voidedIn(entries.filter(entry => entry.seq > after && entry.type === 'turn.voided')),
  };
}

function voidedIn(entries: readonly { readonly data: unknown }[]): ReadonlySet<number> {
  return new Set(entries.map(({ data }) => Number((data as { readonly seq?: unknown } | null)?.seq)));
}

function inputOf(state: Json): unknown {
  return (state as { readonly context?: { readonly input?: unknown } } | null)?.context?.input;
}
