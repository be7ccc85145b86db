import type { Database } from '../storage/database.ts';
import { readEvents, readSnapshot } from '../storage/journal.ts';
import type { JournalEntry } from '../storage/journal-entry.ts';
import type { Chart, ChartEvent } from './chart.ts';
import { startChartActor } from './chart-actor.ts';

/** `quarantined`: the stored state belongs to another form of the chart and is left alone; the actor begins anew. */
export interface Restored {
  readonly from: unknown;
  readonly quarantined: boolean;
}

/** The state that an actor's journal amounts to: its newest snapshot and every event after it, replayed. */
export async function restoreState(db: Database, chart: Chart, actorId: string): Promise<Restored> {
  const snapshot = await readSnapshot(db, actorId);
  if (snapshot && snapshot.chartHash !== chart.hash) return { from: null, quarantined: true };
  const events = await readAll(db, actorId, snapshot?.seq ?? 0);
  return { from: replay(chart, snapshot?.state ?? null, events), quarantined: false };
}

/** The state after the events; deterministic, since a chart reads no clock and no chance. */
function replay(chart: Chart, from: unknown, entries: readonly JournalEntry[]): unknown {
  const actor = startChartActor({ chart, from });
  const voided = new Set(entries.filter(entry => entry.type === 'turn.voided').map(entry => Number(fieldsOf(entry).seq)));
  for (const entry of entries) {
    const event = voided.has(entry.seq) ? null : toEvent(entry);
    if (event) actor.send(event);
  }
  const state = actor.persisted();
  actor.stop();
  return state;
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
