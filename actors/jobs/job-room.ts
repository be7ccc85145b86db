import { existsSync } from 'node:fs';
import { cleanedPath } from '../../machines/gcode/cleaned-file.ts';
import type { CheckContext } from '../../machines/gcode/dialect.ts';
import { type Caller, hasRole } from '../../statecharts/caller.ts';
import type { JobFacts } from '../../statecharts/equipment/context.ts';
import type { JobInput } from '../../statecharts/job/chart.ts';
import type { JobStatus } from '../../statecharts/job/status.ts';
import type { Reason } from '../../statecharts/refusal.ts';
import type { JobDirectory, NodeServices } from '../equipment/node-services.ts';
import type { ShardKeeper } from '../placement/shard-keeper.ts';
import { isArchived } from '../storage/archive.ts';
import { isAway } from '../storage/database.ts';
import { verifyAssertion } from '../system/assertions.ts';
import type { ChartEvent } from '../system/chart.ts';
import { Narrow } from '../system/narrow.ts';
import { restoreState } from '../system/restore.ts';
import { type CreateJob, createJobSchema, type Outcome } from '../transport/envelopes.ts';
import { isActorId } from '../transport/subjects.ts';
import { checkStored } from './check-stored.ts';
import { EndedJobs } from './ended-jobs.ts';
import { JobHost } from './job-host.ts';
import { inputFromStatus, jobKind } from './job-kind.ts';
import { JobMail } from './job-mail.ts';
import { readJob, readJobsAt, readJobsOf } from './job-row.ts';

/** An ended job rests so long beside its equipment before it is left to its shard. */
const passivateAfterMs = 60_000;
const sweepEveryMs = 10_000;
/** So many are taken up at once: each takes some statements, and the machines write through the same few connections. */
const width = 4;

/** All jobs of this node: those that have not ended live beside their equipment, the others under their shards. */
export class JobRoom implements JobDirectory {
  readonly #services: NodeServices;
  readonly #checkContextOf: (equipment: string) => CheckContext | null;
  /** Beside their equipment. */
  readonly #hosts = new Map<string, JobHost>();
  readonly #ended: EndedJobs;
  readonly #mail: JobMail;
  readonly #checks = new Set<Promise<void>>();
  /** Jobs on their way into or out of memory; each waits for its last change. */
  readonly #moving = new Map<string, Promise<void>>();
  readonly #narrow = new Narrow(width);
  /** Put away and not yet given back, for want of the database. */
  readonly #owed = new Set<JobHost>();
  readonly #unsubscribe: readonly (() => void)[];
  #sweep: { cancel(): void };

  constructor(services: NodeServices, shards: ShardKeeper, checkContextOf: (equipment: string) => CheckContext | null) {
    this.#services = services;
    this.#checkContextOf = checkContextOf;
    this.#ended = new EndedJobs(services, shards);
    this.#mail = new JobMail(services, {
      ended: this.#ended,
      has: job => this.#hosts.has(job) || this.#moving.has(job),
      beside: job => this.#beside(job),
      wake: job => this.#wakeBound(job),
    });
    const { messages, streams, watch } = services;
    const say = ({ ok }: { readonly ok: boolean }) => {
      if (ok) for (const host of this.#all) host.publish();
    };
    const recover = ({ ok }: { readonly ok: boolean }) => {
      if (ok) for (const host of this.#all) host.recover();
    };
    this.#unsubscribe = [messages.onState(say), streams.subscribe(say), watch.subscribe(recover)];
    this.#sweep = this.#sweepLater();
  }

  /** Ids of the jobs in memory. */
  get ids(): string[] {
    return this.#all.map(host => host.id);
  }

  get #all(): JobHost[] {
    return [...this.#hosts.values(), ...this.#ended.all];
  }

  /** Takes up every job that has not ended of the equipment that is this node's for good; those of the others come with theirs. Rejects when the database is away. */
  async restore(): Promise<void> {
    await this.#takeUp(await readJobsAt(this.#services.db, this.#services.nodeId));
  }

  async adopt(equipment: string): Promise<void> {
    await this.#takeUp(await readJobsOf(this.#services.db, equipment));
  }

  async rehearse(equipment: string): Promise<void> {
    const { db } = this.#services;
    const inputs = (await readJobsOf(db, equipment)).map(inputFromStatus);
    await Promise.all(inputs.map(input => this.#narrow.through(() => restoreState(db, jobKind(input), `job/${input.id}`))));
  }

  async provide(job: string, hash: string, context: CheckContext): Promise<boolean> {
    const { db, paths } = this.#services;
    if (existsSync(cleanedPath(paths.blobs, hash))) return true;
    const row = await readJob(db, job);
    if (row === null) return false;
    const check = await checkStored(db, paths.blobs, { hash: row.status.file.hash, context });
    return check.ok && check.hash === hash;
  }

  resume(equipment: string): void {
    for (const host of this.#hosts.values()) if (host.equipment === equipment) this.#check(host);
  }

  /** What has ended stays nobody's from here on: it does not go with the equipment. */
  async letGo(equipment: string): Promise<void> {
    const going = [...this.#hosts.values()].filter(host => host.equipment === equipment);
    for (const host of going) this.#hosts.delete(host.id);
    await Promise.all(going.map(host => (host.restsSince === null ? host.abandon() : this.#putAway(host))));
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
    else this.#mail.send(job, event);
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
    await this.#mail.close();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await Promise.all(this.#moving.values());
    await Promise.all([this.#ended.close(), ...[...this.#hosts.values()].map(host => this.#putAway(host))]);
    await Promise.all(this.#checks);
  }

  /** Not while the database is away, whose journal its last word belongs to. */
  #passivate(): void {
    const { clock, watch } = this.#services;
    const resting = [...this.#hosts.values()].filter(host => clock.monotonic() - (host.restsSince ?? Infinity) >= passivateAfterMs);
    if (watch.state.ok) {
      for (const host of this.#owed) void this.#settle(host);
      for (const host of resting) {
        this.#hosts.delete(host.id);
        void this.#move(host.id, () => this.#putAway(host));
      }
    }
    this.#sweep = this.#sweepLater();
  }

  #sweepLater(): { cancel(): void } {
    return this.#services.clock.setTimeout(() => this.#passivate(), sweepEveryMs);
  }

  async #putAway(host: JobHost): Promise<void> {
    await host.close().catch(() => this.#owed.add(host));
  }

  /** While it stands as ours, and this node lives, nobody else answers for it. */
  async #settle(host: JobHost): Promise<void> {
    await host.giveBack().then(
      () => this.#owed.delete(host),
      () => undefined,
    );
  }

  async #takeUp(statuses: readonly JobStatus[]): Promise<void> {
    const inputs = statuses.map(inputFromStatus);
    await Promise.all(inputs.map(input => this.#move(input.id, () => this.#wake(input))));
  }

  /** A job in memory beside its equipment, when it is on its way once it is there. */
  async #beside(job: string): Promise<JobHost | null> {
    await this.#moving.get(job);
    return this.#hosts.get(job) ?? null;
  }

  /** Only equipment that is here tells its jobs: one that has not ended belongs here too. Rejects when the database is away. */
  async #wakeBound(job: string): Promise<'nobody' | 'elsewhere' | JobHost> {
    const row = await readJob(this.#services.db, job);
    // Of an archived one whoever has its shard knows.
    if (row === null) return (await isArchived(this.#services.db, `job/${job}`)) ? 'elsewhere' : 'nobody';
    if (!row.bound) return 'elsewhere';
    await this.#move(job, () => this.#wake(inputFromStatus(row.status)));
    return this.#hosts.get(job) ?? 'elsewhere';
  }

  async #wake(input: JobInput): Promise<void> {
    if (this.#hosts.has(input.id)) return;
    const host = await JobHost.start(this.#services, input);
    if (host) this.#hosts.set(host.id, host);
  }

  /** One after the other for each job: nobody is woken who is not yet asleep. */
  #move(job: string, step: () => Promise<void>): Promise<void> {
    const before = this.#moving.get(job) ?? Promise.resolve();
    const moving = before.then(() => this.#narrow.through(step)).catch(cause => this.#services.log(`job ${job}: ${String(cause)}`));
    this.#moving.set(job, moving);
    void moving.then(() => this.#moving.get(job) === moving && this.#moving.delete(job));
    return moving;
  }

  async #start({ job, equipment, file }: CreateJob, caller: Caller): Promise<Outcome> {
    const input: JobInput = { id: job, name: file.name, file, equipment, createdBy: caller.id };
    const host = await JobHost.start(this.#services, input, { hold: null, expectedEpoch: 0 });
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

function refuse(reason: Reason): Outcome {
  return { outcome: 'refused', seq: 0, reasons: [reason] };
}

const malformed: Reason = { code: 'malformed', message: 'This is not a job as the contract has it.' };
const forged: Reason = { code: 'forged-assertion', message: 'Nobody vouches for this caller: the assertion is forged or expired.' };
const needsRole: Reason = { code: 'needs-role', message: 'Creating a job needs the role operator.' };
const notHere: Reason = {
  code: 'unknown-equipment',
  message: 'This node does not host the equipment, or it is one that runs no programs.',
};
const contended: Reason = { code: 'contended', message: 'There is a job of this id already, or another node took it at the same moment.' };
const databaseAway: Reason = {
  code: 'journal-unavailable',
  message: 'The database is away, so the job cannot be written down.',
  remedy: { text: 'Try again when the database is back.' },
};
