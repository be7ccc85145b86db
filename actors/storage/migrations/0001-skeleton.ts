import { type Kysely, sql } from 'kysely';

/** Journal, people, files: everything the first release keeps. Times are timestamptz, ids text, hashes hex. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table actor (
    id text primary key, kind text not null, chart text not null, version text not null, chart_hash text not null,
    epoch bigint not null default 0, owner text, nonce text, seq bigint not null default 0, decision_seq bigint not null default 0,
    status jsonb, updated_at timestamptz not null default now())`,
  `create table event (
    actor_id text not null references actor(id), seq bigint not null, epoch bigint not null, at timestamptz not null,
    type text not null, source text not null, command_id text, correlation_id text, causation_id text,
    principal jsonb, data jsonb not null, value jsonb, prev_hash text not null, hash text not null,
    primary key (actor_id, seq)) partition by hash (actor_id)`,
  ...[0, 1, 2, 3].map(n => `create table event_${n} partition of event for values with (modulus 4, remainder ${n})`),
  'create index event_command on event (actor_id, command_id) where command_id is not null',
  'create index event_at on event (at)',
  `create table command (
    actor_id text not null references actor(id), command_id text not null, seq bigint not null, result jsonb not null,
    primary key (actor_id, command_id))`,
  `create table snapshot (
    actor_id text not null references actor(id), seq bigint not null, version text not null, chart_hash text not null,
    state jsonb not null, hash text not null, primary key (actor_id, seq))`,
  `create table outbox (
    id bigint generated always as identity primary key, actor_id text not null references actor(id), seq bigint not null, i int not null,
    epoch bigint not null, effect jsonb not null, class text not null, state text not null default 'pending', outcome jsonb,
    unique (actor_id, seq, i))`,
  "create index outbox_pending on outbox (actor_id) where state = 'pending'",
  'create table projection (name text primary key, position jsonb not null)',
  `create function journal_is_append_only() returns trigger language plpgsql as $$
    begin raise exception 'the journal is append-only'; end $$`,
  'create trigger event_append_only before update or delete on event for each row execute function journal_is_append_only()',
  // A partition can be emptied by its own name: the table's trigger does not hear of it.
  ...['event', 'event_0', 'event_1', 'event_2', 'event_3'].map(
    table =>
      `create trigger ${table}_not_truncated before truncate on ${table} for each statement execute function journal_is_append_only()`,
  ),
  `create table equipment (
    id text primary key, name text not null, type text not null, settings jsonb not null, simulated boolean not null,
    node text, created_at timestamptz not null default now(), removed_at timestamptz)`,
  `create table person (
    id text primary key, name text not null, login text not null unique, password_hash text not null,
    role text not null check (role in ('viewer', 'operator', 'maintainer', 'administrator')),
    disabled boolean not null default false, created_at timestamptz not null default now())`,
  `create table session (
    id text primary key, person_id text not null references person(id), created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(), expires_at timestamptz not null, ended_at timestamptz, user_agent text not null default '')`,
  `create table refresh_token (
    hash text primary key, session_id text not null references session(id), issued_at timestamptz not null default now(), used_at timestamptz)`,
  `create table presence (
    session_id text not null references session(id), equipment text not null, until timestamptz not null, primary key (session_id, equipment))`,
  `create table signing_key (
    kid text primary key, purpose text not null check (purpose in ('access', 'assertion', 'stop')), public_jwk jsonb not null,
    created_at timestamptz not null default now(), retired_at timestamptz)`,
  `create table setup_token (hash text primary key, expires_at timestamptz not null, used_at timestamptz)`,
  `create table blob (hash text primary key, size bigint not null, complete boolean not null default false, created_at timestamptz not null default now())`,
  'create table blob_chunk (hash text not null references blob(hash) on delete cascade, i int not null, data bytea not null, primary key (hash, i))',
  `create table file (
    id text primary key, name text not null, hash text not null references blob(hash), size bigint not null,
    created_by text not null, created_at timestamptz not null default now(), removed_at timestamptz)`,
  'create table setting (key text primary key, value jsonb not null, updated_at timestamptz not null default now())',
];
