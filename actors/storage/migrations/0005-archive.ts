import { type Kysely, sql } from 'kysely';

/** Journals of closed jobs that were taken out of the tables, into a bundle each; and the one way in which events may leave. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const closed = ['refused', 'complete', 'stopped', 'aborted', 'failed', 'interrupted'].map(state => `'${state}'`).join(', ');

const statements = [
  `create table archive (
    actor_id text primary key, kind text not null, events bigint not null, hash text not null, file text not null, sha256 text not null,
    status jsonb, archived_at timestamptz not null default now())`,
  `create or replace function journal_is_append_only() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' and tg_table_name like 'event%' then
        if exists (select from archive where actor_id = old.actor_id and events >= old.seq) then return old; end if;
      end if;
      raise exception 'the journal is append-only';
    end $$`,
  'create trigger archive_append_only before update or delete on archive for each row execute function journal_is_append_only()',
  'create trigger archive_not_truncated before truncate on archive for each statement execute function journal_is_append_only()',
  `create function archived_stays_archived() returns trigger language plpgsql as $$
    begin
      if exists (select from archive where actor_id = new.id) then
        raise exception 'archived: % had its whole life before', new.id;
      end if;
      return new;
    end $$`,
  'create trigger actor_not_archived before insert on actor for each row execute function archived_stays_archived()',
  // Refuses whatever is not exactly the journal that the bundle holds: the caller has it on its disk, proven, before it asks.
  `create function archive_job(job text, upto bigint, head text, bundle text, sum text) returns void language plpgsql as $$
    declare
      found_actor actor%rowtype;
      n bigint;
    begin
      select * into found_actor from actor where id = job for update;
      if not found then raise exception 'archive: there is no %', job; end if;
      if found_actor.kind <> 'job' or coalesce(found_actor.status->>'state', '') not in (${closed}) then
        raise exception 'archive: % is no closed job', job;
      end if;
      if found_actor.shard is not null then raise exception 'archive: % is in memory', job; end if;
      select count(*) into n from event where actor_id = job;
      if found_actor.seq <> upto or n <> upto or (select hash from event where actor_id = job and seq = upto) is distinct from head then
        raise exception 'archive: the bundle is not the journal of %', job;
      end if;
      insert into archive (actor_id, kind, events, hash, file, sha256, status)
        values (job, found_actor.kind, upto, head, bundle, sum, found_actor.status);
      delete from event where actor_id = job;
      delete from snapshot where actor_id = job;
      delete from command where actor_id = job;
      delete from outbox where actor_id = job;
      delete from timer where actor_id = job;
      delete from quarantine where actor_id = job;
      delete from projection where name in ('events:' || job, 'write-ahead:' || job);
      delete from actor where id = job;
    end $$`,
  'revoke execute on function archive_job from public',
];
