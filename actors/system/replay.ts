import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../storage/database.ts';
import { readEvents } from '../storage/journal.ts';
import { canonical, type JournalEntry, type Json, plainJson } from '../storage/journal-entry.ts';
import { chainStart, linkTrouble } from '../storage/verify-journal.ts';
import type { Chart, ChartState } from './chart.ts';
import { type ChartActor, startChartActor } from './chart-actor.ts';
import { toEvent } from './restore.ts';

export interface ReplayAsked<Status> {
  readonly actorId: string;
  /** The state after this event. */
  readonly seq: number;
  /** The chart for an input, which is read from the snapshots. */
  readonly chart: (input: unknown) => Chart<Status>;
  /** Where to begin: at the last snapshot before `seq`, or at the first one that this chart can read. */
  readonly from: 'snapshot' | 'start';
}

/** The first place at which the journal and its replay disagree. */
export interface Divergence {
  readonly seq: number;
  readonly what: 'chain' | 'value' | 'snapshot' | 'event';
  readonly message: string;
}

export type ReplayResult<Status> =
  /** Re-derived from the snapshot after event `base`; every hash in between agreed. */
  | { readonly ok: true; readonly base: number; readonly state: ChartState; readonly entry: JournalEntry; readonly chart: Chart<Status> }
  | { readonly ok: false; readonly code: 'diverged'; readonly base: number; readonly divergence: Divergence }
  /** `unknown-seq`: no such event. `no-snapshot`: nothing to begin from. `other-chart`: this release has not the chart of that time. */
  | { readonly ok: false; readonly code: 'unknown-seq' | 'no-snapshot' | 'other-chart' };

/**
 * Derives the state after an event anew and compares it on the way with everything the journal holds of it: chain, values, snapshots.
 * Changes nothing. Throws when the database is away.
 */
export async function replayTo<Status>(db: Database, asked: ReplayAsked<Status>): Promise<ReplayResult<Status>> {
  const [entry] = await readEvents(db, asked.actorId, { after: asked.seq - 1, limit: 1 });
  if (entry?.seq !== asked.seq) return { ok: false, code: 'unknown-seq' };
  const kept = await snapshotsOf(db, asked.actorId);
  const base = baseOf(kept, asked);
  if ('code' in base) return base;
  const chart = asked.chart(base.input);
  const state = await stateAt(db, asked.actorId, base.seq);
  const replay = new Replay(chart, { base, state, kept, voided: await voidedAfter(db, asked.actorId, base.seq) });
  const divergence = await replay.run(db, asked);
  return divergence
    ? { ok: false, code: 'diverged', base: base.seq, divergence }
    : { ok: true, base: base.seq, state: replay.state(), entry, chart };
}

interface Kept {
  readonly seq: number;
  readonly chartHash: string;
  readonly hash: string;
  /** What the actor was begun with: identity and settings. */
  readonly input: unknown;
}

class Replay {
  readonly #chart: Chart;
  readonly #kept: readonly Kept[];
  readonly #voided: ReadonlySet<number>;
  readonly #base: Kept;
  readonly #from: Json;
  #actor: ChartActor;
  #epoch = 0;
  /** Events were lost here: nothing can be compared until the next snapshot. */
  #gap = false;

  constructor(
    chart: Chart,
    { base, state, kept, voided }: { base: Kept; state: Json; kept: readonly Kept[]; voided: ReadonlySet<number> },
  ) {
    [this.#chart, this.#base, this.#from, this.#kept, this.#voided] = [chart, base, state, kept, voided];
    this.#actor = startChartActor({ chart, from: state });
  }

  state(): ChartState {
    return this.#actor.state();
  }

  async run(db: Database, { actorId, seq }: { readonly actorId: string; readonly seq: number }): Promise<Divergence | null> {
    if (hashOfState(this.#from) !== this.#base.hash) return divergence(this.#base.seq, 'snapshot', 'The snapshot is not what was stored.');
    const [before] = await readEvents(db, actorId, { after: this.#base.seq - 1, limit: 1 });
    let previous = before ?? { ...chainStart, epoch: 0 };
    this.#epoch = previous.epoch;
    while (previous.seq < seq) {
      const page = await readEvents(db, actorId, { after: previous.seq, limit: Math.min(500, seq - previous.seq) });
      if (page.length === 0) return divergence(previous.seq + 1, 'chain', 'gap');
      for (const entry of page) {
        const trouble = linkTrouble(previous, entry);
        if (trouble) return divergence(trouble.seq, 'chain', trouble.reason);
        const found = await this.#step(db, entry);
        if (found) return found;
        previous = entry;
      }
    }
    return null;
  }

  async #step(db: Database, entry: JournalEntry): Promise<Divergence | null> {
    if (entry.epoch !== this.#epoch) this.#newLife(entry);
    if (entry.type === 'journal.gap') this.#gap = true;
    const event = this.#voided.has(entry.seq) ? null : toEvent(entry);
    const sent = event === null ? null : this.#actor.send(event);
    if (sent && !sent.ok) return divergence(entry.seq, 'event', `the chart failed on ${entry.type}`);
    const snapshot = this.#kept.find(one => one.seq === entry.seq);
    if (this.#gap && snapshot) {
      this.#gap = false;
      this.#restart(await stateAt(db, entry.actorId, entry.seq));
    }
    return this.#gap || this.#voided.has(entry.seq) ? null : this.#compare(entry, snapshot);
  }

  /** Name and settings may change between two lives; the next snapshot says to what. */
  #newLife(entry: JournalEntry): void {
    this.#epoch = entry.epoch;
    const next = this.#kept.find(one => one.seq >= entry.seq);
    const state = this.#actor.persisted() as { readonly context?: unknown };
    if (next?.input == null || typeof state.context !== 'object') return;
    this.#restart({ ...state, context: { ...state.context, input: next.input } });
  }

  #compare(entry: JournalEntry, snapshot: Kept | undefined): Divergence | null {
    const value = canonical(plainJson(this.#actor.state().value));
    // What was added to the journal after an outage tells of no state.
    if (entry.value !== null && value !== canonical(entry.value))
      return divergence(entry.seq, 'value', `stored ${canonical(entry.value)}, derived ${value}`);
    if (!snapshot || hashOfState(plainJson(this.#actor.persisted())) === snapshot.hash) return null;
    return divergence(entry.seq, 'snapshot', 'The derived state is not the stored one.');
  }

  #restart(from: unknown): void {
    this.#actor.stop();
    this.#actor = startChartActor({ chart: this.#chart, from });
  }
}

function divergence(seq: number, what: Divergence['what'], message: string): Divergence {
  return { seq, what, message };
}

/** Where to begin: every snapshot from there on must be of the chart that is at hand. */
function baseOf<Status>(
  kept: readonly Kept[],
  { seq, chart, from }: ReplayAsked<Status>,
): Kept | { readonly ok: false; readonly code: 'no-snapshot' | 'other-chart' } {
  const upTo = kept.filter(one => one.seq <= seq);
  const newest = upTo.at(-1);
  if (!newest) return { ok: false, code: 'no-snapshot' };
  const { hash } = chart(newest.input);
  if (newest.chartHash !== hash) return { ok: false, code: 'other-chart' };
  const lastOther = upTo.findLastIndex(one => one.chartHash !== hash);
  const mine = upTo.slice(lastOther + 1);
  return (from === 'start' ? mine[0] : mine.findLast(one => one.seq < seq)) ?? newest;
}

async function snapshotsOf(db: Database, actorId: string): Promise<Kept[]> {
  const rows = await db
    .selectFrom('snapshot')
    .select(['seq', 'chart_hash', 'hash', sql<unknown>`state->'context'->'input'`.as('input')])
    .where('actor_id', '=', actorId)
    .orderBy('seq')
    .execute();
  return rows.map(row => ({ seq: row.seq, chartHash: row.chart_hash, hash: row.hash, input: row.input ?? undefined }));
}

async function stateAt(db: Database, actorId: string, seq: number): Promise<Json> {
  const query = db.selectFrom('snapshot').select('state').where('actor_id', '=', actorId).where('seq', '=', seq);
  return (await query.executeTakeFirstOrThrow()).state as Json;
}

/** Seqs of commands that were journaled and then not performed. */
async function voidedAfter(db: Database, actorId: string, seq: number): Promise<Set<number>> {
  const rows = await db
    .selectFrom('event')
    .select('data')
    .where('actor_id', '=', actorId)
    .where('seq', '>', seq)
    .where('type', '=', 'turn.voided')
    .execute();
  return new Set(rows.map(row => Number(row.data.seq)));
}

function hashOfState(state: Json): string {
  return createHash('sha256').update(canonical(state)).digest('hex');
}
