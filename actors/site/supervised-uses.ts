import { sql } from 'kysely';
import type { Database } from '../storage/database.ts';
import type { Clock } from '../system/ports.ts';

/** A start by somebody whose first uses are supervised. */
export interface SupervisedUse {
  readonly commandId: string;
  readonly person: string;
  readonly equipment: string;
  readonly trainings: readonly string[];
}

const retryMs = 1_000;

export interface SupervisedUsesOptions {
  readonly db: Database;
  readonly clock: Clock;
  counted(): void;
}

/**
 * Counts supervised uses down, each start once. What cannot be written yet is tried again; what is lost with the process leaves one use
 * more to be supervised, never one less.
 */
export class SupervisedUses {
  readonly #o: SupervisedUsesOptions;
  #waiting: SupervisedUse[] = [];
  #work: Promise<void> | null = null;
  #timer: { cancel(): void } | null = null;
  #closed = false;

  constructor(options: SupervisedUsesOptions) {
    this.#o = options;
  }

  count(use: SupervisedUse): void {
    this.#waiting.push(use);
    this.#work ??= this.#write();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#work;
  }

  async #write(): Promise<void> {
    const [use] = this.#waiting;
    const done =
      use === undefined ||
      (await writeUse(this.#o.db, use)
        .then(() => true)
        .catch(() => false));
    if (use !== undefined && done) {
      this.#waiting = this.#waiting.slice(1);
      this.#o.counted();
    }
    this.#work = null;
    if (this.#closed || this.#waiting.length === 0) return;
    if (done) this.#work = this.#write();
    else
      this.#timer = this.#o.clock.setTimeout(() => {
        this.#work ??= this.#write();
      }, retryMs);
  }
}

async function writeUse(db: Database, { commandId, person, equipment, trainings }: SupervisedUse): Promise<void> {
  await sql`
    with used as (
      insert into supervised_use (command_id, training_id, person_id, equipment)
      select ${commandId}, training_id, person_id, ${equipment} from person_training
      where person_id = ${person} and training_id in (${sql.join(trainings)}) and revoked_at is null and supervised_left > 0
      on conflict do nothing returning training_id)
    update person_training set supervised_left = supervised_left - 1 from used
    where person_id = ${person} and person_training.training_id = used.training_id and revoked_at is null and supervised_left > 0`.execute(
    db,
  );
}
