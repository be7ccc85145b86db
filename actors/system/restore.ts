import { type ChartForm, type ChartMigration, type MigratedTimer, migrationPath, type StoredState } from '../../statecharts/migrations.ts';
import type { Database } from '../storage/database.ts';
import { readEvents, readSnapshot } from '../storage/journal.ts';
import { canonical, type JournalEntry, plainJson } from '../storage/journal-entry.ts';
import type { Chart, ChartEvent } from './chart.ts';
import { startChartActor, structuralFlaw } from './chart-actor.ts';

/**
 * A stored state that nobody may go on from, and why. `unknown-chart`: this release does not know the form of its chart.
 * `migration-failed`: the way to the present form threw, or left something that the chart does not take. `replay-diverged`: the events
 * after it lead elsewhere now than the journal says they did.
 */
export interface Quarantine extends ChartForm {
  /** Of the snapshot; 0: the actor's beginning. */
  readonly seq: number;
  readonly code: 'unknown-chart' | 'migration-failed' | 'replay-diverged';
  /** One sentence. */
  readonly why: string;
}

/** Where an actor goes on from. */
export interface Restored {
  /** Persisted state, or null: a new life. */
  readonly from: unknown;
  /** The state was taken over from this older form of the chart. */
  readonly migrated: ChartForm | null;
  /** Delays that its present form counts and the older one did not. */
  readonly timers: readonly MigratedTimer[];
  /** The stored state is left alone, in its place in the table; the actor begins anew. */
  readonly quarantine: Quarantine | null;
}

type Step<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** The state that an actor's journal amounts to: its newest snapshot, in the form of this chart, and every event after it, replayed. */
export async function restoreState(db: Database, chart: Chart, actorId: string): Promise<Restored> {
  const snapshot = await readSnapshot(db, actorId);
  const form = snapshot ? { version: snapshot.version, hash: snapshot.chartHash } : { version: chart.version, hash: chart.hash };
  const quarantined = (code: Quarantine['code'], why: string): Restored => {
    return { from: null, migrated: null, timers: [], quarantine: { seq: snapshot?.seq ?? 0, ...form, code, why } };
  };
  const path = migrationPath(chart.migrations, form, chart);
  if (path === null)
    return quarantined('unknown-chart', `This release does not know the chart ${chart.id} ${form.version} (${form.hash}).`);
  const begin = snapshot ? migrated(chart, snapshot.state as unknown as StoredState, path) : ({ ok: true, value: null } as const);
  if (!begin.ok) return quarantined('migration-failed', begin.why);
  const end = replay(chart, begin.value, { entries: await readAll(db, actorId, snapshot?.seq ?? 0), path });
  if (!end.ok) return quarantined('replay-diverged', end.why);
  const timers = path.flatMap(step => step.timers?.(end.value as StoredState) ?? []);
  return { from: end.value, migrated: path.length > 0 ? form : null, timers, quarantine: null };
}

/** A stored state in the form of this chart; or why it cannot be. One of the chart's own is taken as it is. */
export function migrated(chart: Chart, stored: StoredState, path: readonly ChartMigration[]): Step<StoredState> {
  if (path.length === 0) return { ok: true, value: stored };
  try {
    const value = path.reduce((state, step) => step.state(state, chart.input), stored);
    const flaw = structuralFlaw(chart, value) ?? chart.flaw(value);
    return flaw === null ? { ok: true, value } : { ok: false, why: `The state that became of it is not whole. ${flaw}` };
  } catch (cause) {
    return { ok: false, why: `Its migration failed: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

interface Story {
  readonly entries: readonly JournalEntry[];
  /** From the form in which they were written. */
  readonly path: readonly ChartMigration[];
}

/**
 * The state after the events; deterministic, since a chart reads no clock and no chance. What the journal says of each is compared: a
 * release whose chart does something else with the events of an older one must not go on from where that leads.
 */
function replay(chart: Chart, from: unknown, { entries, path }: Story): Step<unknown> {
  const actor = startChartActor({ chart, from });
  const voided = new Set(entries.filter(entry => entry.type === 'turn.voided').map(entry => Number(fieldsOf(entry).seq)));
  let whole = true;
  let old = true;
  for (const entry of entries) {
    if (entry.type === 'journal.gap') whole = false;
    if (entry.type === 'state.migrated') old = false;
    if (voided.has(entry.seq)) continue;
    const event = toEvent(entry);
    const sent = event ? actor.send(event) : null;
    const agrees = !whole || agree(wordsOf(entry, old ? path : []), plainJson(actor.state().value));
    if (sent?.ok === false || !agrees) {
      actor.stop();
      return { ok: false, why: `Event ${entry.seq}, ${entry.type}, leads elsewhere in this release than it did.` };
    }
  }
  const state = actor.persisted();
  actor.stop();
  return { ok: true, value: state };
}

/** What the journal says of the state after an event, in the words of the form at the end of the path. */
export function wordsOf({ value }: JournalEntry, path: readonly ChartMigration[]): unknown {
  return value === null ? null : path.reduce<unknown>((words, step) => step.value(words), value);
}

/** A state value is what was told of it; of parallel regions only those that were told of. What was added during an outage tells nothing. */
export function agree(told: unknown, derived: unknown): boolean {
  if (told === null) return true;
  const same = (a: unknown, b: unknown) => canonical(plainJson(a)) === canonical(plainJson(b));
  if (typeof told !== 'object' || told === null || typeof derived !== 'object' || derived === null) return same(told, derived);
  const regions = derived as Readonly<Record<string, unknown>>;
  return Object.entries(told).every(([region, state]) => same(state, regions[region]));
}

/** What the chart was given; null for what it was not (notes, refusals). */
export function toEvent(entry: JournalEntry): ChartEvent | null {
  return entry.source === 'note' || entry.source === 'refusal' ? null : { ...fieldsOf(entry), type: entry.type };
}

function fieldsOf(entry: JournalEntry): Readonly<Record<string, unknown>> {
  return typeof entry.data === 'object' && entry.data !== null ? { ...entry.data } : {};
}

async function readAll(db: Database, actorId: string, after: number): Promise<JournalEntry[]> {
  const all: JournalEntry[] = [];
  for (;;) {
    const slice = await readEvents(db, actorId, { after: all.at(-1)?.seq ?? after, limit: 500 });
    all.push(...slice);
    if (slice.length < 500) return all;
  }
}
