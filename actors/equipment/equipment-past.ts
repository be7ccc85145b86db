import { sql } from 'kysely';
import { z } from 'zod';
import { readProgress } from '../../machines/progress.ts';
import type { Progress } from '../../statecharts/equipment/project.ts';
import type { Database } from '../storage/database.ts';
import { readLastStatus } from '../storage/journal.ts';
import { openQuarantines, type QuarantinedState } from '../storage/quarantines.ts';
import { findHandOver, type LeftRun, type Standing } from './hand-over.ts';
import type { NodeServices } from './node-services.ts';

/** What the tables and this node's disk say of the time before a life of an equipment. */
export interface EquipmentPast {
  /** The run that the epoch before left in order. */
  readonly handOver: LeftRun | null;
  /** How far the last owner's program had come by the journal. */
  readonly checkpoint: Progress | null;
  /** The journal names the job that the progress file here tells of. */
  readonly fileIsKnown: boolean;
  /** The newest status document that was stored; parse it before use. */
  readonly lastStatus: unknown;
  /** States that were left alone and that nobody has acknowledged. */
  readonly quarantined: readonly QuarantinedState[];
}

/** Asked all at once, since a machine waits for it; a host's first turn replaces some of it. Rejects when the database is away. */
export async function readPast(
  { db, paths }: Pick<NodeServices, 'db' | 'paths'>,
  standing: Standing & { readonly id: string },
): Promise<EquipmentPast> {
  const { id, actorId } = standing;
  const [handOver, checkpoint, fileIsKnown, lastStatus, quarantined] = await Promise.all([
    findHandOver(db, standing),
    lastCheckpoint(db, actorId),
    isNamed(db, actorId, readProgress(paths.equipment(id))?.job),
    readLastStatus(db, actorId),
    openQuarantines(db, actorId),
  ]);
  return { handOver, checkpoint, fileIsKnown, lastStatus, quarantined };
}

/** The file of an owner elsewhere cannot be asked how far a program had come, and one here may have lost its end. */
async function lastCheckpoint(db: Database, actorId: string): Promise<Progress | null> {
  const events = db.selectFrom('event').select('data').where('actor_id', '=', actorId).where('type', '=', 'program.checkpoint');
  const row = await events.orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return checkpointSchema.safeParse(row?.data).data ?? null;
}

const checkpointSchema = z.object({ job: z.string(), sent: z.number(), acknowledged: z.number(), total: z.number() });

/** Whether any event names the job. */
async function isNamed(db: Database, actorId: string, job: string | undefined): Promise<boolean> {
  if (job === undefined) return true;
  const named = sql<boolean>`strpos(data::text, ${JSON.stringify(job)}) > 0`;
  const row = await db.selectFrom('event').select('seq').where('actor_id', '=', actorId).where(named).limit(1).executeTakeFirst();
  return row !== undefined;
}
