import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { ShardStanding } from './journal.ts';

/** A lease shard as the database has it, and how its owner last showed itself there. */
export interface ShardRow extends ShardStanding {
  readonly owner: { readonly node: string; readonly boot: string } | null;
  /** The owner's count of renewals; null when the row is another process's, or there is none. */
  readonly renewal: { readonly n: number; readonly ttlMs: number } | null;
}

/** Those of these shards that anybody ever took. Rejects when the database is away. */
export async function readShards(db: Database, ids: readonly string[]): Promise<ShardRow[]> {
  const { rows } = await sql<{ id: string; epoch: number; owner: string | null; nonce: string | null; position: Position | null }>`
    select a.id, a.epoch, a.owner, a.nonce, p.position
    from actor a left join projection p on p.name = 'lease:' || a.owner
    where a.kind = 'shard' and a.id = any(${ids})`.execute(db);
  return rows.map(({ id, epoch, owner, nonce, position }) => {
    const own = owner === null || nonce === null ? null : { node: owner, boot: nonce };
    const renewal = own && position?.boot === own.boot ? { n: Number(position.n), ttlMs: Number(position.ttlMs) } : null;
    return { id, epoch, owner: own, renewal };
  });
}

interface Position {
  readonly boot?: string;
  readonly n?: number;
  readonly ttlMs?: number;
}

/** Who takes, and from which epochs. */
export interface ShardClaim {
  readonly owner: string;
  readonly nonce: string;
  readonly from: readonly ShardStanding[];
}

/**
 * Takes shards by compare-and-swap, each from the epoch that was looked at, and raises the epoch of every actor that the owner before has
 * in memory: when this is written, nothing that it still sends can be. In two statements, because only the second sees what the owner
 * before took up until the first had the shard's row. Answers the shards that were taken, with their new epochs.
 */
export async function takeShards(db: Database, { owner, nonce, from }: ShardClaim): Promise<ShardStanding[]> {
  const wanted = JSON.stringify(from);
  return db.transaction().execute(async tx => {
    // In one order, so that two who take at the same moment do not wait for one another in a circle.
    const { rows } = await sql<ShardStanding>`
      with wanted as materialized (select * from json_to_recordset(${wanted}::json) as w(id text, epoch bigint))
      insert into actor (id, kind, chart, version, chart_hash, epoch, owner, nonce)
      select id, 'shard', 'shard', '1.0.0', '-', 1, ${owner}, ${nonce} from wanted order by id
      on conflict (id) do update set epoch = actor.epoch + 1, owner = excluded.owner, nonce = excluded.nonce, updated_at = now()
      where actor.epoch = (select wanted.epoch from wanted where wanted.id = actor.id)
      returning id, epoch`.execute(tx);
    await sql`
      update actor set epoch = epoch + 1, owner = null, nonce = null, shard = null
      where shard = any(${rows.map(row => row.id)})`.execute(tx);
    return rows;
  });
}
