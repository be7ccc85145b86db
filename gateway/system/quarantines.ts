import { z } from 'zod';
import { findQuarantine, quarantinedState, readQuarantines } from '../../actors/storage/quarantines.ts';
import { type Acknowledge, acknowledgeCommand, outcomeSchema } from '../../actors/transport/envelopes.ts';
import type { DatabaseDoor } from '../http/database-door.ts';
import { type Refused, refuse } from '../http/problems.ts';
import { type Answer, type Route, route, type SignedIn } from '../http/route.ts';
import { askOwner, type OwnerOptions } from './ask-owner.ts';

export interface QuarantineOptions extends OwnerOptions {
  readonly door: DatabaseDoor;
}

const base = '/api/v1/system/quarantines';
const listLimit = 200;
const quarantineSchema = z.strictObject({
  id: z.number(),
  actorId: z.string(),
  /** Place of the stored state in the journal; 0: the actor's beginning. */
  seq: z.number(),
  at: z.number(),
  version: z.string(),
  chartHash: z.string(),
  code: z.string(),
  why: z.string(),
  acknowledgedAt: z.number().nullable(),
  acknowledgedBy: z.string().nullable(),
});

/** `/api/v1/system/quarantines/...` */
export function quarantineRoutes(options: QuarantineOptions): Route[] {
  return [
    route({
      method: 'GET',
      path: base,
      access: 'administrator',
      summary: 'Stored states that no release could go on from, with the reason, newest first.',
      answers: z.strictObject({ items: z.array(quarantineSchema) }),
      handle: async () => ({ json: { items: await options.door.ask(db => readQuarantines(db, listLimit)) } }),
    }),
    route({
      method: 'GET',
      path: `${base}/{id}`,
      access: 'administrator',
      summary: 'One of them with the state itself, as it was stored.',
      answers: quarantineSchema.extend({ state: z.unknown() }),
      handle: call => show(options, Number(call.params.id)),
    }),
    route({
      method: 'POST',
      path: `${base}/{id}/acknowledge`,
      access: 'administrator',
      summary: 'Somebody has looked at it: the equipment shows the impairment no more. The state stays in the database.',
      answers: outcomeSchema,
      handle: call => acknowledge(options, call.caller, Number(call.params.id)),
    }),
  ];
}

const notFound = refuse('not-found', 'There is no such state in quarantine.');

async function show({ door }: QuarantineOptions, id: number): Promise<Answer | Refused> {
  if (!Number.isSafeInteger(id)) return notFound;
  return door.ask(async db => {
    const found = await findQuarantine(db, id);
    return found ? { json: { ...found, state: await quarantinedState(db, found) } } : notFound;
  });
}

async function acknowledge(options: QuarantineOptions, caller: SignedIn, id: number): Promise<Answer | Refused> {
  const found = Number.isSafeInteger(id) ? await options.door.ask(db => findQuarantine(db, id)) : null;
  const body: Omit<Acknowledge, 'assertion'> = { quarantine: id };
  const answer = found && (await askOwner(options, { actorId: found.actorId, command: acknowledgeCommand, about: found.id, caller, body }));
  return answer ?? notFound;
}
