import { sql } from 'kysely';
import { preparedMark } from './database.ts';
import type { Append } from './journal.ts';

/** One turn as JSON text, the form in which the statement takes it. */
export interface TurnText {
  readonly text: string;
  readonly parts: readonly Part[];
}

/** What a turn may leave behind beside its event. */
type Part = keyof typeof optional;

/** Writes a turn down for the statement. */
export function turnText(turn: Append): TurnText {
  const { entry, command, effects, snapshot, timers, deadLetter, replayed, performedSeq } = turn;
  const row = {
    ...entry,
    at: new Date(entry.at),
    decisionSeq: turn.decisionSeq,
    replyId: command?.id,
    reply: command?.result,
    effects,
    performedSeq,
    snapshot: snapshot && { version: snapshot.version, chartHash: snapshot.chartHash, hash: snapshot.hash },
    state: snapshot?.state,
    stopTimers: timers.stop,
    startTimers: timers.start.map(timer => ({ ...timer, startedAt: new Date(timer.startedAt), dueAt: new Date(timer.dueAt) })),
    letterReason: deadLetter?.reason,
    letter: deadLetter?.message,
    replayed,
  };
  const present: Readonly<Record<Part, boolean>> = {
    answered: command !== null,
    intended: effects.length > 0,
    performed: performedSeq > 0,
    kept: snapshot !== null,
    stopped: timers.stop.length > 0,
    started: timers.start.length > 0,
    parked: deadLetter !== null,
    replayed: replayed !== null,
  };
  // The status is by far the largest part and text already.
  const text = `${JSON.stringify(row).slice(0, -1)},"status":${turn.status}}`;
  return { text, parts: allParts.filter(part => present[part]) };
}

/**
 * Turns of different actors as one statement, which answers the ids of the actors whose turn was written. A part that no turn needs
 * is left out, so there are few forms of the statement and each is prepared once per connection.
 *
 * `together` passes over every turn that would hold up or break the others: its actor is locked by somebody, its command is known.
 * `alone` waits for the lock and fails with 23505 on a known command.
 */
export function appendStatement(turns: readonly TurnText[], how: 'together' | 'alone') {
  const needed = new Set(turns.flatMap(turn => turn.parts));
  const parts = allParts.filter(part => needed.has(part)).map(part => `, ${part} as (${optional[part]})`);
  const fence = how === 'together' ? fences.together : fences.alone;
  const form = `${preparedMark} with ${fence}, ${journaled}${parts.join('')} select id from fence`;
  const [head = '', tail = ''] = form.split('$turns');
  return sql<{ id: string }>`${sql.raw(head)}${`[${turns.map(turn => turn.text).join(',')}]`}${sql.raw(tail)}`;
}

const turn = `turn as materialized (
  select * from json_to_recordset($turns::json) as t(
    "actorId" text, seq bigint, epoch bigint, at timestamptz, type text, source text, "commandId" text, "correlationId" text,
    "causationId" text, principal jsonb, data jsonb, value jsonb, "prevHash" text, hash text, "decisionSeq" bigint, status jsonb,
    "replyId" text, reply jsonb, effects jsonb, "performedSeq" bigint, snapshot jsonb, state jsonb, "stopTimers" jsonb,
    "startTimers" jsonb, "letterReason" text, letter jsonb, replayed bigint))`;

const stands = 'actor.id = turn."actorId" and actor.epoch = turn.epoch and actor.seq = turn.seq - 1';

/** Nothing of a turn happens unless this updates its row. */
const fence = `update actor
  set seq = turn.seq, decision_seq = turn."decisionSeq", status = coalesce(turn.status, actor.status), updated_at = now()
  from turn where ${stands}`;

const fences = {
  alone: `${turn}, fence as (${fence} returning actor.id, turn.*)`,
  together: `${turn}, free as (
    select actor.id from actor join turn on ${stands}
    where not exists (select from command where actor_id = turn."actorId" and command_id = turn."replyId")
    for no key update of actor skip locked),
  fence as (${fence} and actor.id in (select free.id from free) returning actor.id, turn.*)`,
};

const journaled = `journaled as (
  insert into event (actor_id, seq, epoch, at, type, source, command_id, correlation_id, causation_id, principal, data, value, prev_hash, hash)
  select id, seq, epoch, at, type, source, "commandId", "correlationId", "causationId", principal, data, value, "prevHash", hash from fence)`;

const optional = {
  answered: `insert into command (actor_id, command_id, seq, result) select id, "replyId", seq, reply from fence where "replyId" is not null`,
  intended: `insert into outbox (actor_id, seq, i, epoch, effect, class)
    select fence.id, fence.seq, one.i - 1, fence.epoch, one.value->'effect', one.value->>'class'
    from fence, jsonb_array_elements(fence.effects) with ordinality as one(value, i)`,
  performed: `update outbox set state = 'done' from fence
    where outbox.actor_id = fence.id and outbox.state = 'pending' and outbox.seq <= fence."performedSeq"`,
  kept: `insert into snapshot (actor_id, seq, version, chart_hash, state, hash)
    select id, seq, snapshot->>'version', snapshot->>'chartHash', state, snapshot->>'hash' from fence where snapshot is not null`,
  stopped: `delete from timer using fence where timer.actor_id = fence.id and jsonb_exists(fence."stopTimers", timer.id)`,
  started: `insert into timer (actor_id, id, started_at, due_at, event, seq)
    select fence.id, one->>'id', (one->>'startedAt')::timestamptz, (one->>'dueAt')::timestamptz, one->'event', fence.seq
    from fence, jsonb_array_elements(fence."startTimers") one
    on conflict (actor_id, id) do update
      set started_at = excluded.started_at, due_at = excluded.due_at, event = excluded.event, seq = excluded.seq`,
  parked: `insert into dead_letter (actor_id, at, reason, message)
    select id, at, "letterReason", letter from fence where "letterReason" is not null`,
  replayed: `update dead_letter set replayed_at = now() from fence
    where dead_letter.id = fence.replayed and dead_letter.actor_id = fence.id and dead_letter.replayed_at is null`,
} as const;

const allParts = Object.keys(optional) as Part[];
