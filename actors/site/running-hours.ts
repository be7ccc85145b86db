import { sql } from 'kysely';
import type { Database } from '../storage/database.ts';
import type { Clock } from '../system/ports.ts';

const writeEveryMs = 60_000;

export interface RunningHoursOptions {
  readonly db: Database;
  readonly clock: Clock;
  /** Maintenance has become due. */
  due(): void;
}

interface Counter {
  /** Monotonic ms since when it runs; null: it rests. */
  since: number | null;
  /** Counted and not yet written, ms. */
  pending: number;
}

/**
 * How long each equipment of this node has been producing, by the monotonic clock: written each minute and at the end, kept while the
 * database is away. A process that dies takes its last minute with it.
 */
export class RunningHours {
  readonly #o: RunningHoursOptions;
  readonly #counters = new Map<string, Counter>();
  #timer: { cancel(): void };
  #writing: Promise<void> = Promise.resolve();

  constructor(options: RunningHoursOptions) {
    this.#o = options;
    this.#timer = options.clock.setTimeout(() => this.#tick(), writeEveryMs);
  }

  /** It produces now, or not. */
  runs(equipment: string, producing: boolean): void {
    const counter = this.#counters.get(equipment) ?? { since: null, pending: 0 };
    if (producing === (counter.since !== null)) return;
    this.#counters.set(equipment, counter);
    this.#collect(counter);
    counter.since = producing ? this.#o.clock.monotonic() : null;
    if (!producing) void this.write();
  }

  /** Writes down what was counted; what cannot be written is kept for the next time. Never rejects. */
  write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeAll());
    return this.#writing;
  }

  async close(): Promise<void> {
    this.#timer.cancel();
    await this.write();
  }

  #tick(): void {
    void this.write();
    this.#timer = this.#o.clock.setTimeout(() => this.#tick(), writeEveryMs);
  }

  #collect(counter: Counter): void {
    if (counter.since === null) return;
    const now = this.#o.clock.monotonic();
    counter.pending += now - counter.since;
    counter.since = now;
  }

  async #writeAll(): Promise<void> {
    for (const [equipment, counter] of this.#counters) {
      this.#collect(counter);
      const ms = Math.round(counter.pending);
      if (ms < 1) continue;
      const due = await addHours(this.#o.db, equipment, ms).catch(() => null);
      if (due === null) return;
      counter.pending -= ms;
      if (due) this.#o.due();
    }
  }
}

/** Adds to the running time; true when maintenance became due by it. Throws when the database is away. */
async function addHours(db: Database, equipment: string, ms: number): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    with counted as (
      insert into equipment_hours (equipment, producing_ms) values (${equipment}, ${ms})
      on conflict (equipment) do update set producing_ms = equipment_hours.producing_ms + excluded.producing_ms
      returning producing_ms)
    update maintenance_plan set due_at = now() from counted
    where equipment = ${equipment} and removed_at is null and due_at is null and every_hours is not null
      and counted.producing_ms >= last_done_ms + every_hours * 3600000::bigint
    returning id`.execute(db);
  return rows.length > 0;
}
