import { z } from 'zod';
import { findDeadLetter, readDeadLetters } from '../../actors/storage/dead-letters.ts';
import { outcomeSchema, type ReplayLetter, replayCommand } from '../../actors/transport/envelopes.ts';
import type { DatabaseDoor } from '../http/database-door.ts';
import { type Refused, refuse } from '../http/problems.ts';
import { type Answer, type Route, route, type SignedIn } from '../http/route.ts';
import { askOwner, type OwnerOptions } from './ask-owner.ts';

export interface DeadLetterOptions extends OwnerOptions {
  readonly door: DatabaseDoor;
}

const base = '/api/v1/system/dead-letters';
const listLimit = 200;
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
  const body: Omit<ReplayLetter, 'assertion'> = { letter: id };
  const answer = letter && (await askOwner(options, { actorId: letter.actorId, command: replayCommand, about: letter.id, caller, body }));
  return answer ?? refuse('not-found', 'There is no such dead letter.');
}
