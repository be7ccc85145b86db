import { sql } from 'kysely';
import { z } from 'zod';
import type { HandOver } from '../../machines/driver.ts';
import type { EquipmentContext } from '../../statecharts/equipment/context.ts';
import type { Database } from '../storage/database.ts';

const recordSchema = z.strictObject({
  epoch: z.number(),
  seq: z.number(),
  /** Form of the chart that the run is bound to. */
  chart: z.string(),
  run: z.strictObject({
    job: z.string(),
    hash: z.string(),
    acknowledged: z.number(),
    total: z.number(),
    identity: z.string(),
    modes: z.array(z.string()),
  }),
});

/** Where an owner stands in the journal. */
export interface Standing {
  readonly actorId: string;
  readonly epoch: number;
  readonly seq: number;
  /** Hash of the form of the chart that this owner runs. */
  readonly chart: string;
}

/** The run that would be interrupted if this owner ended now, and that another one may go on with; null when there is none or anything is not in order. */
export function transferableRun({ regions, run, job, indeterminate }: EquipmentContext): { job: string; hash: string } | null {
  const { authority, connection, safety, stopLatch, mode, execution } = regions;
  const works = authority === 'owned' && connection === 'online' && execution === 'Execute' && mode === 'processing';
  const safe = (safety === 'normal' || safety === 'notObserved') && stopLatch === 'released' && indeterminate === null;
  if (!works || !safe || job === null || run?.result !== 'running' || run.job !== job.id) return null;
  return { job: job.id, hash: job.hash };
}

/**
 * Gives the equipment back and leaves word of its run, in one statement. False when the journal has gone on since, or the equipment is
 * somebody else's: then nothing was written. Rejects when the database is away.
 */
export async function leaveHandOver(db: Database, { actorId, epoch, seq, chart }: Standing, run: HandOver): Promise<boolean> {
  const position = JSON.stringify({ epoch, seq, chart, run });
  const { rows } = await sql`
    with released as (
      update actor set owner = null, nonce = null where id = ${actorId} and epoch = ${epoch} and seq = ${seq} returning id)
    insert into projection (name, position) select ${nameOf(actorId)}, ${position}::jsonb from released
    on conflict (name) do update set position = excluded.position returning name`.execute(db);
  return rows.length === 1;
}

/** A run that another owner left, and whether this release may go on with it: one of another form of the chart is only told of. */
export interface LeftRun {
  readonly run: HandOver;
  readonly sameChart: boolean;
}

/** The run that the epoch right before this one left, if nothing stands in the journal since; null otherwise. Rejects when the database is away. */
export async function findHandOver(db: Database, { actorId, epoch, seq, chart }: Standing): Promise<LeftRun | null> {
  const row = await db.selectFrom('projection').select('position').where('name', '=', nameOf(actorId)).executeTakeFirst();
  const record = recordSchema.safeParse(row?.position);
  if (!record.success || record.data.epoch !== epoch - 1 || record.data.seq !== seq) return null;
  return { run: record.data.run, sameChart: record.data.chart === chart };
}

function nameOf(actorId: string): string {
  return `hand-over:${actorId}`;
}
