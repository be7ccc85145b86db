import { type Caller, hasRole } from '../../statecharts/caller.ts';
import { type Database, isAway } from '../storage/database.ts';
import { type DeadLetter, findDeadLetter } from '../storage/dead-letters.ts';
import { type Outcome, replayCommand, replayLetterSchema } from '../transport/envelopes.ts';
import { listenJson } from '../transport/json-listener.ts';
import type { Messages } from '../transport/messages.ts';
import { type ActorKind, subject } from '../transport/subjects.ts';
import { type AssertionKeys, verifyAssertion } from './assertions.ts';
import type { DatabaseWatch } from './database-watch.ts';
import type { ReplayMessage } from './message.ts';
import type { Clock, Log } from './ports.ts';
import { notFound, notVouched, unavailable } from './turn-answers.ts';

export interface LetterDeskOptions {
  readonly site: string;
  readonly kind: ActorKind;
  /** Without the kind; `*` for the desk of all actors of the kind. */
  readonly id: string;
  readonly db: Database;
  readonly watch: DatabaseWatch;
  readonly messages: Messages;
  readonly keys: AssertionKeys;
  readonly clock: Clock;
  readonly log: Log;
  /** Orders for others are left to their desks. */
  serves?(id: string): boolean;
  /** Whoever has no such actor after all answers nothing, or that there is none. */
  post(message: ReplayMessage, id: string): void;
}

/** Takes orders to tell an actor a dead letter again. Returns the way to stop. */
export function openLetterDesk(options: LetterDeskOptions): () => void {
  const { site, kind, messages, log, serves } = options;
  return listenJson(messages, subject(site, kind, options.id, 'command', replayCommand), ({ body, id, reply }) => {
    if (serves && !serves(id)) return;
    replay({ ...options, id }, body).then(reply, cause => log(`${kind}/${id}: a dead letter could not be told again: ${String(cause)}`));
  });
}

async function replay(options: LetterDeskOptions, body: unknown): Promise<Outcome> {
  const { kind, id, db, watch, post } = options;
  const asked = replayLetterSchema.safeParse(body);
  const caller = asked.success ? await callerOf(options, asked.data) : null;
  if (!asked.success || caller === null || !hasRole(caller, 'administrator')) return notVouched;
  try {
    const letter = await findDeadLetter(db, asked.data.letter);
    if (letter === null || letter.actorId !== `${kind}/${id}`) return notFound;
    return await new Promise(reply => post({ kind: 'replay', letter, caller, reply }, id));
  } catch (cause) {
    if (!isAway(cause)) throw cause;
    watch.reportTrouble(cause);
    return unavailable(watch.state.cause);
  }
}

function callerOf(
  options: LetterDeskOptions,
  { letter, assertion }: { letter: DeadLetter['id']; assertion: string },
): Promise<Caller | null> {
  const { site, kind, id, keys, clock } = options;
  const check = { site, actor: `${kind}/${id}`, commandId: `${replayCommand}:${letter}`, now: clock.now(), expiry: 'checked' } as const;
  return verifyAssertion(keys, assertion, check);
}
