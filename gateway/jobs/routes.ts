import { type JobStatus, jobStatusSchema } from '../../statecharts/job/status.ts';
import { createJobRequest, createJobResponse, jobList } from '../contract/resources.ts';
import { refuse } from '../http/problems.ts';
import { type Route, route } from '../http/route.ts';
import { createJob, type JobOptions } from './create-job.ts';

const base = '/api/v1/jobs';
const listLimit = 200;

/** `/api/v1/jobs/...` */
export function jobRoutes(options: JobOptions): Route[] {
  return [
    route({
      method: 'GET',
      path: base,
      access: 'viewer',
      summary: 'Jobs, newest first.',
      answers: jobList,
      handle: async () => ({ json: { items: await listJobs(options) } }),
    }),
    route({
      method: 'POST',
      path: base,
      access: 'operator',
      summary: 'Make a job of a file for an equipment; its check follows on job/{id}/status.',
      body: createJobRequest,
      answers: createJobResponse,
      handle: call => createJob({ ...call.body, caller: call.caller }, options),
    }),
    route({
      method: 'GET',
      path: `${base}/{id}`,
      access: 'viewer',
      summary: 'The status document of a job.',
      answers: jobStatusSchema,
      handle: async call => {
        const id = call.params.id ?? '';
        const job = options.documents.job(id) ?? (await recallJob(id, options));
        return job ? { json: job } : refuse('not-found', 'There is no such job, or its node has not spoken of it yet.');
      },
    }),
  ];
}

async function listJobs({ documents, door }: JobOptions): Promise<JobStatus[]> {
  const heard = documents.jobs();
  if (!door.health.ok) return heard.reverse();
  const rows = await door.ask(db =>
    db
      .selectFrom('actor')
      .select('status')
      .where('kind', '=', 'job')
      .where('status', 'is not', null)
      .orderBy('updated_at', 'desc')
      .limit(listLimit)
      .execute(),
  );
  const kept = rows.flatMap(row => jobStatusSchema.safeParse(row.status).data ?? []);
  // The messages are ahead of the database by a turn at most; the newer word counts.
  const newest = new Map([...kept, ...heard].map(job => [job.actor, job]));
  return [...newest.values()].sort((a, b) => (a.actor < b.actor ? 1 : -1)).slice(0, listLimit);
}

/** One that is only in the database, also when its journal was archived since. */
async function recallJob(id: string, { door }: JobOptions): Promise<JobStatus | null> {
  const status = await door.ask(async db => {
    const row = await db.selectFrom('actor').select('status').where('id', '=', `job/${id}`).executeTakeFirst();
    return row ?? (await db.selectFrom('archive').select('status').where('actor_id', '=', `job/${id}`).executeTakeFirst());
  });
  return jobStatusSchema.safeParse(status?.status).data ?? null;
}
