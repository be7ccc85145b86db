import { z } from 'zod';
import { type DeadLetter, findDeadLetter, readDeadLetters } from '../../actors/storage/dead-letters.ts';
import { outcomeSchema, type ReplayLetter, replayCommand } from '../../actors/transport/envelopes.ts';
import type { Messages } from '../../actors/transport/messages.ts';
import { isActorId, subject } from '../../actors/transport/subjects.ts';
import type { SigningKey } from '../auth/signing-keys.ts';
import { issueAssertion } from '../auth/tokens.ts';
import { toCaller } from '../equipment/commands.ts';
import { outcomeAnswer } from '../equipment/outcome-answer.ts';
import type { DatabaseDoor } from '../http/database-door.ts';
import { type Refused, refuse } from '../http/problems.ts';
import { type Answer, type Route, route, type SignedIn } from '../http/route.ts';
import { request } from '../ws/messages.ts';

export interface DeadLetterOptions {
  readonly door: DatabaseDoor;
  readonly messages: Messages;
  readonly key: SigningKey;
  readonly site: string;
  readonly now: () => number;
}

const base = '/api/v1/system/dead-letters';
const listLimit = 200;
const answerWithinMs = 2_000;
const letterSchema = z.strictObject({
  id: z.number(),
  actorId: z.string(),
  at: z.number(),
  reason: z.string(),
  message: z.unknown(),
  replayedAt: z.number().nullable(),
});

/** `/api/v1/system/dead-letters/...` */
export function deadLetterRoutes(options: DeadLetterOptions): Route[] {
  return [
    route({
      method: 'GET',
      path: base,
      access: 'administrator',
      summary: 'Messages that no actor could take, with the reason, newest first.',
      answers: z.strictObject({ items: z.array(letterSchema) }),
      handle: async () => ({ json: { items: await options.door.ask(db => readDeadLetters(db, listLimit)) } }),
    }),
    route({
      method: 'POST',
      path: `${base}/{id}/replay`,
      access: 'administrator',
      summary: 'Tell a dead letter again, as a new message, once.',
      answers: outcomeSchema,
      handle: call => replay(options, call.caller, Number(call.params.id)),
    }),
  ];
}

async function replay(options: DeadLetterOptions, caller: SignedIn, id: number): Promise<Answer | Refused> {
  const letter = Number.isSafeInteger(id) ? await options.door.ask(db => findDeadLetter(db, id)) : null;
  const target = letter && targetOf(letter);
  if (!letter || !target) return refuse('not-found', 'There is no such dead letter.');
  const { site, key, messages, now } = options;
  const claims = {
    caller: toCaller(caller, { equipment: '', presentUntil: null }),
    actor: letter.actorId,
    commandId: `${replayCommand}:${letter.id}`,
  };
  const body: ReplayLetter = { letter: letter.id, assertion: await issueAssertion(claims, { site, key, now: now() }) };
  const to = subject(site, target.kind, target.id, 'command', replayCommand);
  const result = await request(messages, to, { body, timeoutMs: answerWithinMs });
  if (!result.ok) return refuse('owner-silent', `Nobody answers for ${letter.actorId}: it ended, never was, or its node is away.`);
  const outcome = outcomeSchema.safeParse(result.data);
  return outcome.success
    ? outcomeAnswer(outcome.data)
    : refuse('indeterminate', 'The owner answered something this gateway does not understand.');
}

function targetOf({ actorId }: DeadLetter): { kind: 'equipment' | 'job'; id: string } | null {
  const [kind, id = ''] = actorId.split('/');
  return (kind === 'equipment' || kind === 'job') && isActorId(id) ? { kind, id } : null;
}
