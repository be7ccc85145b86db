import type { JobEvent } from '../../statecharts/job/chart.ts';
import type { Check } from '../../statecharts/job/status.ts';
import { jobKind } from '../jobs/job-kind.ts';
import type { Database } from '../storage/database.ts';
import { genesisHash, type JournalEntry, plainJson, seal } from '../storage/journal-entry.ts';
import type { ChartEvent } from '../system/chart.ts';
import { startChartActor } from '../system/chart-actor.ts';

const check: Check = { ok: true, hash: 'c', lines: 100, bytes: 1, bounds: null, offsets: {}, cleaned: 0, problems: [], problemCount: 0 };

/** What an interrupted job still takes: the lines of its run become known. */
export function linesKnown(job: string, sent: number): ChartEvent & JobEvent {
  const outcome = { job, result: 'interrupted', sent, acknowledged: sent, total: 100 } as const;
  return { type: 'job.ended', equipment: 'gone', at: 4, outcome };
}

/** Writes jobs into a scratch database that were interrupted long ago, with sound journals; nobody has them in memory. */
export async function seedEndedJobs(db: Database, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += 500) {
    const some = ids.slice(from, from + 500).map(seeded);
    await db
      .insertInto('actor')
      .values(some.map(one => one.actor))
      .execute();
    await db
      .insertInto('event')
      .values(some.flatMap(one => one.events))
      .execute();
  }
}

function seeded(id: string) {
  const file = { id: 'f', name: 'part.nc', hash: 'h', size: 1 };
  const chart = jobKind({ id, name: 'part.nc', file, equipment: 'gone', createdBy: 'anna' });
  const life: readonly ChartEvent[] = [
    { type: 'job.checked', check, at: 1 },
    { type: 'job.loaded', equipment: 'gone', at: 2 },
    linesKnown(id, 0),
  ];
  const actor = startChartActor({ chart, from: null });
  const entries: JournalEntry[] = [];
  for (const event of life) {
    actor.send(event);
    const { type, ...data } = event;
    const nobody = { commandId: null, correlationId: null, causationId: null, principal: null };
    const place = { actorId: `job/${id}`, seq: entries.length + 1, epoch: 1, prevHash: entries.at(-1)?.hash ?? genesisHash };
    entries.push(seal({ at: 1, type, source: 'job', data: plainJson(data), value: plainJson(actor.state().value), ...nobody }, place));
  }
  const status = chart.toStatus(actor.state(), { seq: entries.length, decisionSeq: 0, epoch: 1, at: 1, degraded: [] });
  const { id: chartId, version, hash } = chart;
  return {
    actor: { id: `job/${id}`, kind: 'job', chart: chartId, version, chart_hash: hash, epoch: 1, seq: entries.length, ...nobodys(status) },
    events: entries.map(toRow),
  };
}

function nobodys(status: unknown) {
  return { owner: null, nonce: null, status: JSON.stringify(status) };
}

function toRow(entry: JournalEntry) {
  const json = (value: unknown) => JSON.stringify(value);
  return {
    actor_id: entry.actorId,
    seq: entry.seq,
    epoch: entry.epoch,
    at: new Date(entry.at),
    type: entry.type,
    source: entry.source,
    command_id: null,
    correlation_id: null,
    causation_id: null,
    principal: null,
    data: json(entry.data),
    value: json(entry.value),
    prev_hash: entry.prevHash,
    hash: entry.hash,
  };
}
