import type { NodeServices } from '../equipment/node-services.ts';
import type { ShardHold, ShardKeeper } from '../placement/shard-keeper.ts';
import { type Absent, SmallActors } from '../placement/small-actors.ts';
import { isArchived } from '../storage/archive.ts';
import { type AddressedMessage, JobHost } from './job-host.ts';
import { inputFromStatus } from './job-kind.ts';
import { isHistory, readJob } from './job-row.ts';

/**
 * The jobs that have no equipment to live beside: they ended, or their equipment was removed. Whoever has their shard answers for them.
 * They are woken by a message and take nothing that cannot be journaled.
 */
export class EndedJobs {
  readonly #services: NodeServices;
  readonly #shards: ShardKeeper;
  readonly #awake: SmallActors<JobHost>;

  constructor(services: NodeServices, shards: ShardKeeper) {
    this.#services = services;
    this.#shards = shards;
    this.#awake = new SmallActors({ ...services, shards, wake: (id, hold) => this.#wake(id, hold) });
    shards.onLeft((ids, how) => this.#awake.leave(ids, how));
  }

  get ids(): string[] {
    return this.#awake.ids;
  }

  get all(): JobHost[] {
    return this.#awake.all;
  }

  /** Whether such a job, if there is one, would be answered for here. */
  serves(job: string): boolean {
    return this.#shards.holdOf(job) !== null;
  }

  /** Rejects when the database is away. */
  deliver(job: string, message: AddressedMessage): Promise<'used' | Absent> {
    return this.#awake.with(job, host => host.post(message));
  }

  close(): Promise<void> {
    return this.#awake.close();
  }

  async #wake(id: string, hold: ShardHold): Promise<JobHost | Absent> {
    const row = await readJob(this.#services.db, id);
    if (row === null) return (await isArchived(this.#services.db, `job/${id}`)) ? 'history' : 'nobody';
    if (isHistory(row.status)) return 'history';
    // Beside its equipment, or resting where that was: there it is answered for.
    if (row.bound || this.#shards.mayTake(row) === null) return 'elsewhere';
    return (await JobHost.start(this.#services, inputFromStatus(row.status), { hold, expectedEpoch: row.epoch })) ?? 'elsewhere';
  }
}
