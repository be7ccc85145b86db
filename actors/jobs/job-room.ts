import { existsSync } from 'node:fs';
import { sql } from 'kysely';
import { cleanedPath } from '../../machines/gcode/cleaned-file.ts';
import type { CheckContext } from '../../machines/gcode/dialect.ts';
import { type Caller, hasRole } from '../../statecharts/caller.ts';
import type { JobFacts } from '../../statecharts/equipment/context.ts';
import { type JobInput, jobChartIdentity } from '../../statecharts/job/chart.ts';
import { hasEnded, type JobStatus, jobStatusSchema } from '../../statecharts/job/status.ts';
import { migrationPath } from '../../statecharts/migrations.ts';
import type { Reason } from '../../statecharts/refusal.ts';
import type { JobDirectory, NodeServices } from '../equipment/node-services.ts';
import { isAway } from '../storage/database.ts';
import { parkMessage } from '../storage/dead-letters.ts';
import { plainJson } from '../storage/journal-entry.ts';
import { verifyAssertion } from '../system/assertions.ts';
import type { ChartEvent } from '../system/chart.ts';
import { type CreateJob, createJobSchema, type Outcome } from '../transport/envelopes.ts';
import { isActorId } from '../transport/subjects.ts';
import { checkStored } from './check-stored.ts';
import { JobHost } from './job-host.ts';
import { inputFromStatus, jobMigrations } from './job-kind.ts';

/** An ended job rests so long in memory before it is put away; its state stays in the database. */
const passivateAfterMs = 60_000;
const sweepEveryMs = 10_000;

/** All jobs of this node. */
export class JobRoom implements JobDirectory {
  readonly #services: NodeServices;
  readonly #checkContextOf: (equipment: string) => CheckContext | null;
  readonly #hosts = new Map<string, JobHost>();
  readonly #checks = new Set<Promise<void>>();
  /** Jobs on their way into or out of memory; each waits for its last change. */
  readonly #moving = new Map<string, Promise<void>>();
  #sweep: { cancel(): void };

  constructor(services: NodeServices, checkContextOf: (equipment: string) => CheckContext | null) {
    this.#services = services;
    this.#checkContextOf = checkContextOf;
    this.#sweep = services.clock.setTimeout(() => this.#passivate(), sweepEveryMs);
  }

  /** Ids of the jobs in memory. */
  get ids(): string[] {
    return [...this.#hosts.keys()];
  }

  /** Takes up every job of this node that has not ended; those of equipment that any node could own come with it. Rejects when the database is away. */
  async restore(): Promise<void> {
    const shared = sql<boolean>`exists (select 1 from equipment e where e.id = actor.status->>'equipment' and e.node is null)`;
    const { nodeId } = this.#services;
    const own = this.#open().where('owner', '=', nodeId);
    await this.#takeUp(own.where(eb => eb.not(shared)));
  }

  async adopt(equipment: string): Promise<void> {
    await this.#takeUp(this.#open().where(sql<boolean>`status->>'equipment' = ${equipment}`));
  }

  async provide(job: string, hash: string, context: CheckContext): Promise<boolean> {
    const { db, paths } = this.#services;
    if (existsSync(cleanedPath(paths.blobs, hash))) return true;
    const row = await db.selectFrom('actor').select('status').where('id', '=', `job/${job}`).executeTakeFirst();
    const status = jobStatusSchema.safeParse(row?.status);
    if (!status.success) return false;
    const check = await checkStored(db, paths.blobs, { hash: status.data.file.hash, context });
    return check.ok && check.hash === hash;
  }

  resume(equipment: string): void {
    for (const host of this.#hosts.values()) if (host.equipment === equipment) this.#check(host);
  }

  async letGo(equipment: string): Promise<void> {
    const going = [...this.#hosts.values()].filter(host => host.equipment === equipment);
    for (const host of going) this.#hosts.delete(host.id);
    await Promise.all(going.map(host => host.abandon()));
  }

  /** Jobs that have not ended. */
  #open() {
    return this.#services.db
      .selectFrom('actor')
      .select('status')
      .where('kind', '=', 'job')
      .where(sql<boolean>`status->>'state' in ('checking', 'ready', 'loaded', 'running', 'held')`);
  }

  /** Side by side: a workshop may have hundreds of jobs that are ready. */
  async #takeUp(query: { execute(): Promise<readonly { readonly status: unknown }[]> }): Promise<void> {
    const statuses = (await query.execute()).map(row => jobStatusSchema.safeParse(row.status));
    const inputs = statuses.flatMap(status => (status.success ? [inputFromStatus(status.data)] : []));
    await Promise.all(inputs.map(input => this.#move(input.id, () => this.#wake(input))));
  }

  async #wake(input: JobInput): Promise<void> {
    if (this.#hosts.has(input.id)) return;
    const host = await JobHost.start(this.#services, input);
    if (host) this.#hosts.set(host.id, host);
  }

  /** Goes on with checks that a restart interrupted; when the equipment is there to be asked. */
  resumeChecks(): void {
    for (const host of this.#hosts.values()) this.#check(host);
  }

  readyJob(job: string, equipment: string): JobFacts | null {
    return this.#hosts.get(job)?.readyFor(equipment) ?? null;
  }

  tell(job: string, event: ChartEvent): void {
    const host = this.#hosts.get(job);
    if (host) host.tell(event);
    else void this.#move(job, () => this.#tellAsleep(job, event));
  }

  /** CREATE_JOB: answered when the job is in the journal; the check follows. Never throws. */
  async create(body: unknown): Promise<Outcome> {
    const parsed = createJobSchema.safeParse(body);
    if (!parsed.success || !isActorId(parsed.data.job)) return refuse(malformed);
    const request = parsed.data;
    const caller = await this.#callerOf(request);
    if (caller === null) return refuse(forged);
    if (!hasRole(caller, 'operator')) return refuse(needsRole);
    if (this.#hosts.has(request.job)) return { outcome: 'duplicate', seq: 1, reasons: [], first: 'accepted' };
    if (this.#checkContextOf(request.equipment) === null) return { outcome: 'unknown-target', seq: 0, reasons: [notHere] };
    try {
      return await this.#start(request, caller);
    } catch (cause) {
      if (!isAway(cause)) throw cause;
      this.#services.watch.reportTrouble(cause);
      return { outcome: 'journal-unavailable', seq: 0, reasons: [databaseAway] };
    }
  }

  async close(): Promise<void> {
    this.#sweep.cancel();
    await Promise.all(this.#moving.values());
    await Promise.all([...this.#hosts.values()].map(host => host.close()));
    await Promise.all(this.#checks);
  }

  /** Puts away what ended and rests; not while the database is away, whose journal its last word belongs to. */
  #passivate(): void {
    const { clock, watch } = this.#services;
    const resting = [...this.#hosts.values()].filter(host => clock.monotonic() - (host.restsSince ?? Infinity) >= passivateAfterMs);
    for (const host of watch.state.ok ? resting : []) {
      this.#hosts.delete(host.id);
      void this.#move(host.id, () => host.close());
    }
    this.#sweep = clock.setTimeout(() => this.#passivate(), sweepEveryMs);
  }

  /** One after the other for each job: nobody is woken who is not yet asleep. */
  #move(job: string, step: () => Promise<void>): Promise<void> {
    const before = this.#moving.get(job) ?? Promise.resolve();
    const moving = before.then(step).catch(cause => this.#services.log(`job ${job}: ${String(cause)}`));
    this.#moving.set(job, moving);
    void moving.then(() => this.#moving.get(job) === moving && this.#moving.delete(job));
    return moving;
  }

  /** A job in the database is woken to hear it; for one that never was, the word is kept as a dead letter. */
  async #tellAsleep(job: string, event: ChartEvent): Promise<void> {
    const { db, nodeId, clock } = this.#services;
    const row = await db.selectFrom('actor').select(['status', 'owner']).where('id', '=', `job/${job}`).executeTakeFirst();
    const status = jobStatusSchema.safeParse(row?.status);
    if (!row || !status.success) {
      const message = plainJson({ source: 'job', event });
      return parkMessage(db, { actorId: `job/${job}`, at: clock.now(), reason: 'undeliverable: there is no such job', message });
    }
    if (isHistory(status.data)) return;
    // Another node's job hears of it there.
    const host = this.#hosts.get(job) ?? (row.owner === nodeId ? await JobHost.start(this.#services, inputFromStatus(status.data)) : null);
    if (!host) return;
    this.#hosts.set(job, host);
    host.tell(event);
  }

  async #start({ job, equipment, file }: CreateJob, caller: Caller): Promise<Outcome> {
    const input: JobInput = { id: job, name: file.name, file, equipment, createdBy: caller.id };
    const host = await JobHost.start(this.#services, input);
    if (!host) return refuse(contended);
    this.#hosts.set(job, host);
    await host.idle();
    this.#check(host);
    return { outcome: 'accepted', seq: 1, reasons: [] };
  }

  #check(host: JobHost): void {
    const equipment = host.equipment;
    const checking = host.check(() => this.#checkContextOf(equipment));
    this.#checks.add(checking);
    void checking.finally(() => this.#checks.delete(checking));
  }

  #callerOf({ job, assertion }: CreateJob): Promise<Caller | null> {
    const { keys, site, clock } = this.#services;
    return verifyAssertion(keys, assertion, { site, actor: `job/${job}`, commandId: job, now: clock.now(), expiry: 'checked' });
  }
}

/** Ended under a form of the chart that this release does not know: its result stands, and nothing that it hears changes it. */
function isHistory({ state, chart }: JobStatus): boolean {
  return hasEnded(state) && migrationPath(jobMigrations, chart, jobChartIdentity) === null;
}

function refuse(reason: Reason): Outcome {
  return { outcome: 'refused', seq: 0, reasons: [reason] };
}

const malformed: Reason = { code: 'malformed', message: 'This is not a job as the contract has it.' };
const forged: Reason = { code: 'forged-assertion', message: 'Nobody vouches for this caller: the assertion is forged or expired.' };
const needsRole: Reason = { code: 'needs-role', message: 'Creating a job needs the role operator.' };
const notHere: Reason = { code: 'unknown-equipment', message: 'This node does not host the equipment.' };
const contended: Reason = { code: 'contended', message: 'Another node took the job at the same moment.' };
const databaseAway: Reason = {
  code: 'journal-unavailable',
  message: 'The database is away, so the job cannot be written down.',
  remedy: { text: 'Try again when the database is back.' },
};
