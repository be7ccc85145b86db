import { type RawBuilder, sql } from 'kysely';
import { preparedMark } from './database.ts';
import type { Append } from './journal.ts';
import type { JournalEntry, Json } from './journal-entry.ts';

/**
 * One turn as one statement. A part that the turn does not need is left out, so there are few forms of the statement and each is
 * prepared once per connection.
 */
export function appendStatement(turn: Append) {
  const parts = [fence(turn), journaled(turn.entry), ...optionalParts(turn)];
  return sql<{ n: number }>`${sql.raw(preparedMark)} with ${sql.join(parts)} select count(*)::int as n from fence`;
}

function optionalParts(turn: Append): RawBuilder<unknown>[] {
  const { entry, command, effects, snapshot, timers, deadLetter, replayed, performedSeq } = turn;
  return [
    command && answered(entry.seq, command),
    effects.length > 0 && intended(entry, effects),
    performedSeq > 0 && performed(performedSeq),
    snapshot && kept(entry.seq, snapshot),
    timers.stop.length > 0 && stopped(timers.stop),
    timers.start.length > 0 && started(entry.seq, timers.start),
    deadLetter && parked(entry.at, deadLetter),
    replayed !== null && replay(replayed),
  ].filter(part => part !== false && part !== null);
}

/** Nothing below happens unless this updates its row. */
function fence({ entry: e, decisionSeq, status }: Append) {
  return sql`fence as (
    update actor set seq = ${e.seq}, decision_seq = ${decisionSeq}, status = coalesce(${text(status)}::jsonb, status), updated_at = now()
    where id = ${e.actorId} and epoch = ${e.epoch} and seq = ${e.seq - 1} returning id)`;
}

function journaled(e: JournalEntry) {
  return sql`journaled as (
    insert into event (actor_id, seq, epoch, at, type, source, command_id, correlation_id, causation_id, principal, data, value, prev_hash, hash)
    select id, ${e.seq}::bigint, ${e.epoch}::bigint, ${new Date(e.at)}::timestamptz, ${e.type}::text, ${e.source}::text,
      ${e.commandId}::text, ${e.correlationId}::text, ${e.causationId}::text, ${text(e.principal)}::jsonb,
      ${JSON.stringify(e.data)}::jsonb, ${text(e.value)}::jsonb, ${e.prevHash}::text, ${e.hash}::text from fence)`;
}

function answered(seq: number, { id, result }: NonNullable<Append['command']>) {
  return sql`answered as (
    insert into command (actor_id, command_id, seq, result)
    select id, ${id}::text, ${seq}::bigint, ${JSON.stringify(result)}::jsonb from fence)`;
}

function intended({ seq, epoch }: JournalEntry, effects: Append['effects']) {
  const rows = effects.map((one, i) => ({ i, effect: one.effect, class: one.class }));
  return sql`intended as (
    insert into outbox (actor_id, seq, i, epoch, effect, class)
    select fence.id, ${seq}::bigint, (one->>'i')::int, ${epoch}::bigint, one->'effect', one->>'class'
    from fence, jsonb_array_elements(${JSON.stringify(rows)}::jsonb) one)`;
}

function performed(seq: number) {
  return sql`performed as (
    update outbox set state = 'done' from fence
    where outbox.actor_id = fence.id and outbox.state = 'pending' and outbox.seq <= ${seq})`;
}

function kept(seq: number, { version, chartHash, state, hash }: NonNullable<Append['snapshot']>) {
  return sql`kept as (
    insert into snapshot (actor_id, seq, version, chart_hash, state, hash)
    select id, ${seq}::bigint, ${version}::text, ${chartHash}::text, ${JSON.stringify(state)}::jsonb, ${hash}::text from fence)`;
}

function stopped(ids: readonly string[]) {
  return sql`stopped as (delete from timer using fence where timer.actor_id = fence.id and timer.id = any(${ids}::text[]))`;
}

function started(seq: number, timers: Append['timers']['start']) {
  const rows = timers.map(timer => ({ ...timer, startedAt: new Date(timer.startedAt), dueAt: new Date(timer.dueAt) }));
  return sql`started as (
    insert into timer (actor_id, id, started_at, due_at, event, seq)
    select fence.id, one->>'id', (one->>'startedAt')::timestamptz, (one->>'dueAt')::timestamptz, one->'event', ${seq}::bigint
    from fence, jsonb_array_elements(${JSON.stringify(rows)}::jsonb) one
    on conflict (actor_id, id) do update
      set started_at = excluded.started_at, due_at = excluded.due_at, event = excluded.event, seq = excluded.seq)`;
}

function parked(at: number, { reason, message }: NonNullable<Append['deadLetter']>) {
  return sql`parked as (
    insert into dead_letter (actor_id, at, reason, message)
    select id, ${new Date(at)}::timestamptz, ${reason}::text, ${JSON.stringify(message)}::jsonb from fence)`;
}

function replay(id: number) {
  return sql`replayed as (
    update dead_letter set replayed_at = now() from fence
    where dead_letter.id = ${id} and dead_letter.actor_id = fence.id and dead_letter.replayed_at is null)`;
}

/** SQL null for a JSON null: an absent value, not the value null. */
function text(value: Json): string | null {
  return value === null ? null : JSON.stringify(value);
}
