import { createHash } from 'node:crypto';
import { type ChartMigration, migrationPath, type StoredState } from '../../statecharts/migrations.ts';
import type { Database } from '../storage/database.ts';
import { canonical, type JournalEntry, type Json, plainJson } from '../storage/journal-entry.ts';
import { linkTrouble } from '../storage/verify-journal.ts';
import type { Chart, ChartState } from './chart.ts';
import { type ChartActor, startChartActor } from './chart-actor.ts';
import { type KeptSnapshot, type ReplaySource, storedJournal } from './replay-source.ts';
import { agree, migrated, toEvent, wordsOf } from './restore.ts';

export interface ReplayAsked<Status> {
  /** The state after this event. */
  readonly seq: number;
  /** The chart for an input, which is read from the snapshots. */
  readonly chart: (input: unknown) => Chart<Status>;
  /** Where to begin: at the last snapshot before `seq`, or at the first one of the same form of the chart. */
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
  /**
   * `unknown-seq`: no such event. `no-snapshot`: nothing to begin from. `other-chart`: this release has not the chart of that time, and the
   * present one does not lead there either.
   */
  | { readonly ok: false; readonly code: 'unknown-seq' | 'no-snapshot' | 'other-chart' };

/** `replay` of an actor's journal in the database. Throws when the database is away. */
export function replayTo<Status>(
  db: Database,
  { actorId, ...asked }: ReplayAsked<Status> & { readonly actorId: string },
): Promise<ReplayResult<Status>> {
  return replay(storedJournal(db, actorId), asked);
}

/**
 * Derives the state after an event anew and compares it on the way with everything the journal holds of it: chain, values, snapshots.
 * What an older form of the chart lived is derived by the present one from the migrated snapshot, and compared in its words. Changes nothing.
 */
export async function replay<Status>(source: ReplaySource, asked: ReplayAsked<Status>): Promise<ReplayResult<Status>> {
  const [entry] = await source.entries(asked.seq - 1, 1);
  if (entry?.seq !== asked.seq) return { ok: false, code: 'unknown-seq' };
  const kept = await source.snapshots();
  const base = baseOf(kept, asked);
  if (base === null) return { ok: false, code: 'no-snapshot' };
  const chart = asked.chart(base.input);
  const path = migrationPath(chart.migrations, { version: base.version, hash: base.chartHash }, chart);
  if (path === null) return { ok: false, code: 'other-chart' };
  const run = new Replay(chart, { source, path, base, kept, voided: await source.voided(base.seq) });
  const divergence = await run.to(asked.seq);
  if (!divergence) return { ok: true, base: base.seq, state: run.state(), entry, chart };
  const broken = divergence.what === 'chain' || path.length === 0;
  return broken ? { ok: false, code: 'diverged', base: base.seq, divergence } : { ok: false, code: 'other-chart' };
}

interface ReplayParts {
  readonly source: ReplaySource;
  /** From the form of the base to the chart's. */
  readonly path: readonly ChartMigration[];
  readonly base: KeptSnapshot;
  readonly kept: readonly KeptSnapshot[];
  /** Seqs of commands that were journaled and then not performed. */
  readonly voided: ReadonlySet<number>;
}

class Replay {
  readonly #chart: Chart;
  readonly #o: ReplayParts;
  #actor: ChartActor;
  #epoch = 0;
  /** Events were lost here: nothing can be compared until the next snapshot. */
  #gap = false;
  /** Of what comes now; empty once the journal says that the state was taken over. */
  #path: readonly ChartMigration[];

  constructor(chart: Chart, parts: ReplayParts) {
    [this.#chart, this.#o, this.#path] = [chart, parts, parts.path];
    this.#actor = startChartActor({ chart, from: null });
  }

  state(): ChartState {
    return this.#actor.state();
  }

  async to(seq: number): Promise<Divergence | null> {
    const { source, base } = this.#o;
    const begun = await this.#begin();
    if (begun) return begun;
    const [before] = await source.entries(base.seq - 1, 1);
    let previous = before?.seq === base.seq ? before : { ...source.begin, epoch: 0 };
    this.#epoch = previous.epoch;
    while (previous.seq < seq) {
      const page = await source.entries(previous.seq, Math.min(500, seq - previous.seq));
      if (page.length === 0) return divergence(previous.seq + 1, 'chain', 'gap');
      for (const entry of page) {
        const trouble = linkTrouble(previous, entry);
        if (trouble) return divergence(trouble.seq, 'chain', trouble.reason);
        const found = await this.#step(entry);
        if (found) return found;
        previous = entry;
      }
    }
    return null;
  }

  async #begin(): Promise<Divergence | null> {
    const { source, base } = this.#o;
    const stored = await source.stateAt(base.seq);
    if (hashOfState(stored) !== base.hash) return divergence(base.seq, 'snapshot', 'The snapshot is not what was stored.');
    const from = migrated(this.#chart, stored as unknown as StoredState, this.#path);
    if (!from.ok) return divergence(base.seq, 'snapshot', from.why);
    this.#restart(from.value);
    return null;
  }

  async #step(entry: JournalEntry): Promise<Divergence | null> {
    const { source, kept, voided } = this.#o;
    if (entry.epoch !== this.#epoch) this.#newLife(entry);
    if (entry.type === 'journal.gap') this.#gap = true;
    if (entry.type === 'state.migrated') this.#path = [];
    const event = voided.has(entry.seq) ? null : toEvent(entry);
    const sent = event === null ? null : this.#actor.send(event);
    if (sent && !sent.ok) return divergence(entry.seq, 'event', `the chart failed on ${entry.type}`);
    const snapshot = kept.find(one => one.seq === entry.seq && one.chartHash === this.#chart.hash);
    if (snapshot && (this.#gap || entry.type === 'state.quarantined')) {
      this.#gap = false;
      this.#restart(await source.stateAt(entry.seq));
    }
    return this.#gap || voided.has(entry.seq) ? null : this.#compare(entry, snapshot);
  }

  /** Name and settings may change between two lives; the next snapshot says to what. */
  #newLife(entry: JournalEntry): void {
    this.#epoch = entry.epoch;
    const next = this.#o.kept.find(one => one.seq >= entry.seq);
    const state = this.#actor.persisted() as { readonly context?: unknown };
    if (next?.input == null || typeof state.context !== 'object') return;
    this.#restart({ ...state, context: { ...state.context, input: next.input } });
  }

  #compare(entry: JournalEntry, snapshot: KeptSnapshot | undefined): Divergence | null {
    const told = wordsOf(entry, this.#path);
    const derived = plainJson(this.#actor.state().value);
    const same = this.#path.length === 0 ? entry.value === null || canonical(entry.value) === canonical(derived) : agree(told, derived);
    if (!same) return divergence(entry.seq, 'value', `stored ${canonical(plainJson(told))}, derived ${canonical(derived)}`);
    if (!snapshot || this.#o.path.length > 0 || hashOfState(plainJson(this.#actor.persisted())) === snapshot.hash) return null;
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

/** Where to begin: every snapshot from there on must be of the same form of the chart. */
function baseOf<Status>(kept: readonly KeptSnapshot[], { seq, from }: ReplayAsked<Status>): KeptSnapshot | null {
  const upTo = kept.filter(one => one.seq <= seq);
  const newest = upTo.at(-1);
  if (!newest) return null;
  const lastOther = upTo.findLastIndex(one => one.chartHash !== newest.chartHash);
  const alike = upTo.slice(lastOther + 1);
  return (from === 'start' ? alike[0] : alike.findLast(one => one.seq < seq)) ?? newest;
}

function hashOfState(state: Json): string {
  return createHash('sha256').update(canonical(state)).digest('hex');
}
