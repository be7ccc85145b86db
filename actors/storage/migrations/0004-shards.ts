import { type Kysely, sql } from 'kysely';

/** An actor names the lease shard under which it is in memory; whoever takes the shard finds those that are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  'alter table actor add column shard text',
  'create index actor_shard on actor (shard) where shard is not null',
  "create index actor_shards on actor (id) where kind = 'shard'",
];
