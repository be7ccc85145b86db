import type { Caller } from '../../statecharts/caller.ts';
import type { JournalEvent, Json } from '../storage/journal-entry.ts';
import type { Outcome } from '../transport/envelopes.ts';
import type { CommandMessage } from './message.ts';

/** The journal event of a turn before time and value are known. */
export type Origin = Pick<JournalEvent, 'type' | 'source' | 'commandId' | 'correlationId' | 'causationId' | 'principal' | 'data'>;

/** What is larger is not taken. */
export const eventLimitBytes = 65_536;

/** Of what nobody asked for by name. */
export const anonymous = { commandId: null, correlationId: null, causationId: null, principal: null } as const;

export function commandOrigin({ request, correlationId }: CommandMessage) {
  return { commandId: request.id, correlationId, causationId: null, principal: principalOf(request.caller) };
}

/** A refused command, with what the caller brought: the decision can be asked for again. */
export function refusalOf({ request }: CommandMessage, { outcome, reasons }: Omit<Outcome, 'seq'>): Json {
  const { command, args, caller } = request;
  const { presence, qualifications } = caller;
  const kept = sizeOf(args) > eventLimitBytes ? {} : args;
  return { command, args: kept, outcome, reasons, caller: { presence, qualifications } } as Json;
}

/** Who stands in the journal beside an event. */
export function principalOf({ kind, id, name, role, onBehalfOf }: Caller) {
  return { kind, id, name, role, onBehalfOf } as Json;
}

/** Bytes that it takes as JSON, as long as it is ASCII. */
export function sizeOf(value: unknown): number {
  return JSON.stringify(value)?.length ?? 0;
}
