import { type Kysely, sql } from 'kysely';

/** Stored states that nobody went on from, until an administrator has looked at them; the states themselves stay in `snapshot`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table quarantine (
    id bigint generated always as identity primary key, actor_id text not null references actor(id), seq bigint not null,
    at timestamptz not null, version text not null, chart_hash text not null, code text not null, why text not null,
    acknowledged_at timestamptz, acknowledged_by text, unique (actor_id, seq))`,
  'create index quarantine_open on quarantine (actor_id) where acknowledged_at is null',
];
