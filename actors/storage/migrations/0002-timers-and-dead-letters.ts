import { type Kysely, sql } from 'kysely';

/** Delays that outlive a process, and messages that could not be taken. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table timer (
    actor_id text not null references actor(id), id text not null, started_at timestamptz not null, due_at timestamptz not null,
    event jsonb not null, seq bigint not null, primary key (actor_id, id))`,
  // No reference to actor: a letter may have been meant for somebody who never lived.
  `create table dead_letter (
    id bigint generated always as identity primary key, actor_id text not null, at timestamptz not null, reason text not null,
    message jsonb not null, replayed_at timestamptz)`,
  'create index dead_letter_open on dead_letter (id) where replayed_at is null',
];
