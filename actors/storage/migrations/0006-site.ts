import { type Kysely, sql } from 'kysely';

/** What a workshop knows of its people and its rules: trainings, bookings, rules, maintenance, hours of work. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table training (
    id text primary key, title text not null, created_at timestamptz not null default now(), removed_at timestamptz)`,
  // What was noted stays: a change revokes the old note and makes a new one.
  `create table person_training (
    id bigint generated always as identity primary key, person_id text not null references person(id),
    training_id text not null references training(id), valid_from timestamptz not null default now(), valid_until timestamptz,
    supervised_left int not null default 0 check (supervised_left >= 0), may_supervise boolean not null default false,
    noted_by text not null references person(id), noted_at timestamptz not null default now(),
    revoked_by text references person(id), revoked_at timestamptz)`,
  'create unique index person_training_standing on person_training (person_id, training_id) where revoked_at is null',
  // One row per supervised start: a repeat counts nothing.
  `create table supervised_use (
    command_id text not null, training_id text not null references training(id), person_id text not null references person(id),
    equipment text not null, at timestamptz not null default now(), primary key (command_id, training_id))`,
  `create table booking (
    id text primary key, equipment text not null references equipment(id), person_id text not null references person(id),
    starts_at timestamptz not null, ends_at timestamptz not null check (ends_at > starts_at), made_by text not null references person(id),
    made_at timestamptz not null default now(), cancelled_at timestamptz)`,
  'create index booking_standing on booking (equipment, ends_at) where cancelled_at is null',
  // Every version of every rule; the newest of an id counts. Equipment null: all.
  `create table site_rule (
    id text not null, version int not null, template text not null, params jsonb not null, equipment jsonb, on_loss text not null,
    active boolean not null, changed_by text not null references person(id), changed_at timestamptz not null default now(),
    primary key (id, version))`,
  `create function site_rule_is_append_only() returns trigger language plpgsql as $$
    begin raise exception 'versions of rules are append-only'; end $$`,
  'create trigger site_rule_append_only before update or delete on site_rule for each row execute function site_rule_is_append_only()',
  'create trigger site_rule_not_truncated before truncate on site_rule for each statement execute function site_rule_is_append_only()',
  `create table maintenance_plan (
    id text primary key, equipment text not null references equipment(id), text text not null, every_days int check (every_days > 0),
    every_hours int check (every_hours > 0), enforced boolean not null, last_done_at timestamptz not null default now(),
    last_done_ms bigint not null default 0, done_by text references person(id), due_at timestamptz, removed_at timestamptz,
    check (every_days is not null or every_hours is not null))`,
  'create table equipment_hours (equipment text primary key, producing_ms bigint not null default 0)',
];
