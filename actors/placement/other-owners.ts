import { sql } from 'kysely';
import type { Database } from '../storage/database.ts';
import type { Log } from '../system/ports.ts';
import type { Seat } from './renewal.ts';

export interface OtherOwnersOptions {
  readonly db: Database;
  /** Id of this node. */
  readonly me: string;
  readonly log: Log;
}

/** Says once for each ownership why this node leaves an equipment alone that it could drive. */
export class OtherOwners {
  readonly #o: OtherOwnersOptions;
  readonly #told = new Map<string, number>();

  constructor(options: OtherOwnersOptions) {
    this.#o = options;
  }

  /** Rejects when the database is away. */
  async look(seats: readonly Seat[]): Promise<void> {
    const { db, me, log } = this.#o;
    for (const { equipment, owner, epoch } of seats) {
      if (owner === null || owner.node === me || this.#told.get(equipment) === epoch) continue;
      const since = await ownedSince(db, `equipment/${equipment}`, epoch);
      if (since === null) continue;
      this.#told.set(equipment, epoch);
      log(`${equipment}: owned by host ${owner.node} since ${since.toISOString()}; this node leaves it alone.`);
    }
  }
}

/** When an epoch wrote its first event; null: none yet. Reads backwards, no further than that epoch goes. */
async function ownedSince(db: Database, actorId: string, epoch: number): Promise<Date | null> {
  const { rows } = await sql<{ at: Date }>`
    select at from event where actor_id = ${actorId} and seq > coalesce(
      (select seq from event where actor_id = ${actorId} and epoch < ${epoch} order by seq desc limit 1), 0)
    order by seq limit 1`.execute(db);
  return rows[0]?.at ?? null;
}
