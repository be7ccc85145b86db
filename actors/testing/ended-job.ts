import { randomUUID } from 'node:crypto';
import { jobKind } from '../jobs/job-kind.ts';
import type { Database } from '../storage/database.ts';
import { activate } from '../system/activate.ts';
import type { ChartEvent } from '../system/chart.ts';
import { LiveActor } from '../system/live-actor.ts';
import { realClock } from '../system/real-ports.ts';
import { TurnGate } from '../system/turn-gate.ts';
import { SwitchedWatch } from './test-actor.ts';

const check = { ok: true, hash: 'h', lines: 3, bytes: 9, bounds: null, offsets: {}, cleaned: 0, problems: [], problemCount: 0 };
const outcome = { job: 'j', result: 'complete', sent: 3, acknowledged: 3, total: 3 };
const about = { equipment: 'mill-1', at: 2 };
const life: readonly ChartEvent[] = [
  { type: 'job.checked', check, at: 1 },
  { type: 'job.loaded', ...about },
  { type: 'job.started', ...about },
  { type: 'job.ended', ...about, by: 'Anna', outcome },
];

/** Lives a job without a machine, up to an event; its id. */
export async function liveJob(db: Database, folder: string, upTo: ChartEvent['type'] = 'job.ended'): Promise<string> {
  const id = `job-${randomUUID().slice(0, 8)}`;
  const actorId = `job/${id}`;
  const file = { id: 'f', name: 'part.nc', hash: 'h', size: 9 };
  const chart = jobKind({ id, name: 'part.nc', file, equipment: 'mill-1', createdBy: 'anna' });
  const services = { db, watch: new SwitchedWatch(), clock: realClock, log: () => undefined, actorId, chart };
  const place = { kind: 'job', owner: 'n1', nonce: 'x', writeAheadPath: `${folder}/${id}.wal` };
  const taken = await activate({ ...services, ...place });
  if (!taken.ok) throw new Error(taken.code);
  const nothing = { degraded: () => [], perform: () => undefined, committed: () => undefined };
  const gate = new TurnGate(Number.POSITIVE_INFINITY, () => 0);
  const actor = new LiveActor({ ...services, ...taken.activation, ...nothing, gate });
  actor.post('report', { kind: 'note', type: 'job.created', data: { file }, snapshot: 'keep' });
  for (const event of life.slice(0, life.findIndex(one => one.type === upTo) + 1))
    actor.post('report', { kind: 'event', source: 'job', event });
  await actor.close('actor.passivated');
  await taken.activation.file.close();
  return actorId;
}
