import type { Database } from '../../actors/storage/database.ts';
import type { JobFacts, Named } from '../../statecharts/equipment/context.ts';
import type { CommandRequest } from '../../statecharts/equipment/decide.ts';
import { type JobStatus, jobStatusSchema } from '../../statecharts/job/status.ts';
import type { DatabaseDoor } from '../http/database-door.ts';
import type { Documents } from '../ws/documents.ts';

interface Sources {
  readonly documents: Documents;
  readonly door: DatabaseDoor;
}

/** The question with what its owner would look up for it: which job, which person. While the database is away that is left open. */
export async function withFacts(
  request: CommandRequest,
  { params, query }: { readonly params: Readonly<Record<string, string>>; readonly query: { readonly seq?: number | undefined } },
  { documents, door }: Sources,
): Promise<CommandRequest> {
  const { command, args } = request;
  // Of the past only the journal speaks: who and what there was then is not looked up now.
  if (args === undefined || query.seq !== undefined) return request;
  if (command === 'LOAD_JOB') {
    const id = String(args.job);
    const job = documents.job(id) ?? (door.health.ok ? await door.ask(db => recallJob(db, id)) : undefined);
    return job === undefined ? request : { ...request, facts: { job: readyFor(job, params.id ?? '') } };
  }
  if (command !== 'HAND_OVER' || !door.health.ok) return request;
  return { ...request, facts: { person: await door.ask(db => operator(db, String(args.to))) } };
}

async function recallJob(db: Database, id: string): Promise<JobStatus | null> {
  const row = await db.selectFrom('actor').select('status').where('id', '=', `job/${id}`).executeTakeFirst();
  return jobStatusSchema.safeParse(row?.status).data ?? null;
}

/** As the owner judges it (`readyFor` of a job), of what is published of the job. */
function readyFor(job: JobStatus | null, equipment: string): JobFacts | null {
  if (!job?.check?.ok || job.state !== 'ready' || job.equipment !== equipment) return null;
  const { hash, lines, bounds, offsets } = job.check;
  return { id: job.actor.slice('job/'.length), name: job.name, hash, lines, bounds, offsets };
}

async function operator(db: Database, name: string): Promise<Named | null> {
  const found = await db
    .selectFrom('person')
    .select(['id', 'name'])
    .where('disabled', '=', false)
    .where('role', '!=', 'viewer')
    .where(({ eb, or }) => or([eb('id', '=', name), eb('login', '=', name)]))
    .executeTakeFirst();
  return found ?? null;
}
