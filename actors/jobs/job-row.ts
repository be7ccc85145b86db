import { sql } from 'kysely';
import { jobChartIdentity } from '../../statecharts/job/chart.ts';
import { hasEnded, type JobStatus, jobStatusSchema } from '../../statecharts/job/status.ts';
import { migrationPath } from '../../statecharts/migrations.ts';
import type { Database } from '../storage/database.ts';
import type { ShardRow } from '../storage/shards.ts';
import { jobMigrations } from './job-kind.ts';

/** A job has not ended in these. */
const open = ['checking', 'ready', 'loaded', 'running', 'held'] as const satisfies readonly JobStatus['state'][];

/** One job as the database has it. */
export interface JobRow extends Pick<ShardRow, 'epoch' | 'owner' | 'renewal'> {
  readonly status: JobStatus;
  /** It has not ended and its equipment is there: it lives where its equipment does. */
  readonly bound: boolean;
}

/** Ended under a form of the chart that this release does not know: its result stands, and nothing that it hears changes it. */
export function isHistory({ state, chart }: JobStatus): boolean {
  return hasEnded(state) && migrationPath(jobMigrations, chart, jobChartIdentity) === null;
}

/** Null for one that never was. Rejects when the database is away. */
export async function readJob(db: Database, id: string): Promise<JobRow | null> {
  const { rows } = await sql<Row>`
    select a.status, a.epoch, a.owner, a.nonce, p.position, ${isBound} as bound
    from actor a left join projection p on p.name = 'lease:' || a.owner where a.id = ${`job/${id}`}`.execute(db);
  const [row] = rows;
  const status = jobStatusSchema.safeParse(row?.status);
  if (!row || !status.success) return null;
  const { epoch, owner: node, nonce: boot, position, bound } = row;
  const owner = node === null || boot === null ? null : { node, boot };
  const renewal = owner && position?.boot === owner.boot ? { n: Number(position.n), ttlMs: Number(position.ttlMs) } : null;
  return { status: status.data, epoch, owner, renewal, bound };
}

/** Every job that has not ended of one equipment. Rejects when the database is away. */
export async function readJobsOf(db: Database, equipment: string): Promise<JobStatus[]> {
  const ofThis = sql<boolean>`a.status->>'equipment' = ${equipment}`;
  return statuses(await sql<StatusRow>`select a.status from actor a where a.kind = 'job' and ${isBound} and ${ofThis}`.execute(db));
}

/** Every job that has not ended of the equipment that belongs to this node for good. Rejects when the database is away. */
export async function readJobsAt(db: Database, node: string): Promise<JobStatus[]> {
  const here = sql<boolean>`exists (select from equipment e where e.id = a.status->>'equipment' and e.node = ${node})`;
  return statuses(await sql<StatusRow>`select a.status from actor a where a.kind = 'job' and ${isBound} and ${here}`.execute(db));
}

const isBound = sql<boolean>`(a.status->>'state' = any(${[...open]})
  and exists (select from equipment e where e.id = a.status->>'equipment' and e.removed_at is null))`;

interface StatusRow {
  readonly status: unknown;
}

interface Row extends StatusRow {
  readonly epoch: number;
  readonly owner: string | null;
  readonly nonce: string | null;
  readonly position: { readonly boot?: string; readonly n?: number; readonly ttlMs?: number } | null;
  readonly bound: boolean;
}

function statuses({ rows }: { readonly rows: readonly StatusRow[] }): JobStatus[] {
  return rows.flatMap(row => jobStatusSchema.safeParse(row.status).data ?? []);
}
