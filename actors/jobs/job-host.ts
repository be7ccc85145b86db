import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { cleanedPath } from '../../machines/gcode/cleaned-file.ts';
import type { CheckContext } from '../../machines/gcode/dialect.ts';
import type { JobFacts } from '../../statecharts/equipment/context.ts';
import { type JobInput, jobChartIdentity } from '../../statecharts/job/chart.ts';
import { type Check, hasEnded, type JobStatus } from '../../statecharts/job/status.ts';
import type { NodeServices } from '../equipment/node-services.ts';
import type { ShardHold } from '../placement/shard-keeper.ts';
import { giveBack } from '../storage/journal.ts';
import { type Activation, activate } from '../system/activate.ts';
import type { Chart, ChartEvent } from '../system/chart.ts';
import { LiveActor } from '../system/live-actor.ts';
import type { ReplayMessage, TellMessage } from '../system/message.ts';
import { tellRestored } from '../system/tell-restored.ts';
import { subject } from '../transport/subjects.ts';
import { checkStored, refusedCheck } from './check-stored.ts';
import { jobContextOf, jobKind } from './job-kind.ts';

const retryMs = 1_000;
const leftAlone = 'The stored state of this job is of a chart that this release does not know: create the job anew from its file.';

/** What reaches a job by its address, from wherever. */
export type AddressedMessage = TellMessage | ReplayMessage;

/** How a job is taken that does not simply come with its equipment: under which shard if any, and from which epoch of its own. */
export interface JobClaim {
  readonly hold: ShardHold | null;
  readonly expectedEpoch: number;
}

/** One job at work: its actor, the check of its program, and its status for everybody. */
export class JobHost {
  readonly id: string;
  readonly #services: NodeServices;
  readonly #input: JobInput;
  readonly #activation: Activation;
  readonly #actor: LiveActor<JobStatus>;
  #closed = false;
  #heardAt: number;

  /** Takes the job over, beside its equipment or under its shard; null when another node was first. Throws when the database is away. */
  static async start(services: NodeServices, input: JobInput, claim: JobClaim | null = null): Promise<JobHost | null> {
    const hold = claim?.hold ?? null;
    const actorId = `job/${input.id}`;
    const chart = jobKind(input);
    const taken = await activate({
      ...services,
      actorId,
      kind: 'job',
      chart,
      owner: services.nodeId,
      nonce: services.boot,
      writeAheadPath: hold ? null : services.paths.writeAhead(actorId),
      ...(hold ? { tenure: hold, shard: hold } : {}),
      ...(claim ? { expectedEpoch: claim.expectedEpoch } : {}),
    });
    if (!taken.ok) return null;
    await services.events.open('job', input.id, taken.activation.ledger.seq);
    return new JobHost(services, { input, chart }, taken.activation);
  }

  private constructor(services: NodeServices, { input, chart }: { input: JobInput; chart: Chart<JobStatus> }, activation: Activation) {
    this.id = input.id;
    this.#services = services;
    this.#input = input;
    this.#activation = activation;
    this.#heardAt = services.clock.monotonic();
    this.#actor = new LiveActor({
      ...services,
      ...activation,
      actorId: `job/${input.id}`,
      chart,
      degraded: () => [],
      perform: () => undefined,
      committed: ({ entry, kept, status }) => {
        if (kept === 'journal') services.events.notify(entry.actorId, entry.seq, entry);
        this.#heardAt = services.clock.monotonic();
        this.publish(status);
      },
    });
    const { file, equipment, createdBy } = input;
    tellRestored(this.#actor, activation, jobChartIdentity);
    // What it was and did is not known for sure, so it is not run: the file is still there for a new job.
    if (activation.quarantine)
      this.tell({ type: 'job.checked', check: refusedCheck('state-quarantined', leftAlone), at: services.clock.now() });
    if (!activation.livedBefore) {
      this.#actor.post('report', { kind: 'note', type: 'job.created', data: { file, equipment, createdBy }, snapshot: 'keep' });
    }
  }

  /** Id of the equipment it is for. */
  get equipment(): string {
    return this.#input.equipment;
  }

  get state(): JobStatus['state'] {
    return jobContextOf(this.#actor.state()).state;
  }

  /** When it last heard anything, on the monotonic clock, if nothing more is expected to happen to it; null while it lives. */
  get restsSince(): number | null {
    return hasEnded(this.state) ? this.#heardAt : null;
  }

  /** Resolves when what was posted so far is written down. */
  idle(): Promise<void> {
    return this.#actor.idle();
  }

  /** What an equipment needs of a job to load it; null unless it is ready for this one. */
  readyFor(equipment: string): JobFacts | null {
    const { state, check } = jobContextOf(this.#actor.state());
    if (state !== 'ready' || !check?.ok || this.#input.equipment !== equipment || this.#isProgramMissing()) return null;
    const { hash, lines, bounds, offsets } = check;
    return { id: this.id, name: this.#input.name, hash, lines, bounds, offsets };
  }

  /** Word of its equipment on this node: it takes effect whatever is away. */
  tell(event: ChartEvent): void {
    this.#actor.post('report', { kind: 'event', source: 'job', event });
  }

  /** What came by its address. */
  post(message: AddressedMessage): void {
    this.#actor.post(message.kind === 'tell' ? 'report' : 'command', message);
  }

  /** The database is back. */
  recover(): void {
    this.#actor.post('report', { kind: 'recover' });
  }

  /** Says its status, and again when those who keep it may have lost it. */
  publish(status = this.#actor.status()): void {
    const { statuses, site } = this.#services;
    statuses.say(subject(site, 'job', this.id, 'status'), status, () => this.#activation.fence.valid());
  }

  /** Copies and checks the program, however often the database goes away meanwhile. */
  async check(contextOf: () => CheckContext | null): Promise<void> {
    if (this.#activation.quarantine) return;
    while (!this.#closed && (this.state === 'checking' || this.#isProgramMissing())) {
      try {
        const check = await this.#checkOnce(contextOf());
        if (!this.#closed && this.state === 'checking') this.tell({ type: 'job.checked', check, at: this.#services.clock.now() });
        await this.#actor.idle();
        return;
      } catch (cause) {
        this.#services.log(`job ${this.id}: the check will be tried again: ${cause instanceof Error ? cause.message : String(cause)}`);
        await wait(retryMs);
      }
    }
  }

  /** Ends here without a word in the journal: another node has it now or will. */
  async abandon(): Promise<void> {
    this.#activation.fence.revoke('it was let go');
    await this.#end();
  }

  /** Keeps its state and gives the job back: from then on it is its equipment's or its shard's. Rejects when it could not be given back. */
  async close(): Promise<void> {
    await this.#end();
    const { fence } = this.#activation;
    const ours = fence.valid();
    fence.revoke('it was put away');
    if (ours) await this.giveBack();
  }

  /** Nobody here has it any more. Rejects when the database is away. */
  giveBack(): Promise<void> {
    return giveBack(this.#services.db, `job/${this.id}`, this.#activation.fence.epoch);
  }

  async #end(): Promise<void> {
    this.#closed = true;
    await this.#actor.close('actor.passivated');
    await this.#services.events.drop(`job/${this.id}`);
    const { file } = this.#activation;
    await (hasEnded(this.state) ? file.discard() : file.close());
  }

  /** Checked by another node, whose disk has the cleaned program: the same check makes it here. */
  #isProgramMissing(): boolean {
    const { state, check } = jobContextOf(this.#actor.state());
    const wanted = state === 'ready' || state === 'loaded';
    return wanted && check?.ok === true && !existsSync(cleanedPath(this.#services.paths.blobs, check.hash));
  }

  async #checkOnce(context: CheckContext | null): Promise<Check> {
    const { db, paths } = this.#services;
    if (context === null) return refusedCheck('equipment-unknown', `This node does not host ${this.#input.equipment}.`);
    return checkStored(db, paths.blobs, { hash: this.#input.file.hash, context });
  }
}
