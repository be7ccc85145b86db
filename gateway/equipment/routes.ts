import { z } from 'zod';
import { type CommandName, commandNameSchema, commandNames, stopLikeCommands } from '../../statecharts/equipment/commands.ts';
import { decideFor, standingIn } from '../../statecharts/equipment/decide.ts';
import { type EquipmentStatus, equipmentStatusSchema, telemetrySchema } from '../../statecharts/equipment/status.ts';
import type { Sessions } from '../auth/sessions.ts';
import { type StopCallerOptions, stopCaller } from '../auth/stop-caller.ts';
import {
  commandDecisions,
  commandPath,
  commandRequest,
  equipmentList,
  eventList,
  outcomeResponse,
  pathQuery,
  stateAt,
} from '../contract/resources.ts';
import type { DatabaseDoor } from '../http/database-door.ts';
import { isRefused, type Refused, refuse } from '../http/problems.ts';
import { type Answer, publicRoute, type Route, route, type SignedInCall } from '../http/route.ts';
import type { Documents, Moment } from '../ws/documents.ts';
import { callerAt, wayTo } from './command-path.ts';
import type { CommandDoor } from './commands.ts';
import { readEvents } from './events.ts';
import { outcomeAnswer } from './outcome-answer.ts';
import { readStateAt } from './state-at.ts';
import type { StopDoor } from './stop.ts';
import { pressAndWait, stopIdOf } from './stop-answer.ts';
import { unknownCommand, unknownEquipment } from './unknown.ts';

export interface EquipmentRoutesOptions {
  readonly documents: Documents;
  readonly sessions: Sessions;
  readonly commands: CommandDoor;
  readonly stop: StopDoor;
  readonly stopCaller: StopCallerOptions;
  readonly door: DatabaseDoor;
  readonly site: string;
  readonly moment: () => Moment;
}

/** `/api/v1/equipment/...` and `/api/v1/stop` */
export function equipmentRoutes(options: EquipmentRoutesOptions): Route[] {
  return [...readRoutes(options), ...journalRoutes(options), ...commandRoutes(options), ...stopRoutes(options)];
}

const base = '/api/v1/equipment';

function readRoutes(options: EquipmentRoutesOptions): Route[] {
  const { documents, moment } = options;
  return [
    route({
      method: 'GET',
      path: base,
      access: 'viewer',
      summary: 'Every equipment as a tile.',
      answers: equipmentList,
      handle: async () => ({ json: { items: documents.summaries(moment()) } }),
    }),
    route({
      method: 'GET',
      path: `${base}/{id}`,
      access: 'viewer',
      summary: 'The status document.',
      answers: equipmentStatusSchema,
      handle: async call => withStatus(call, options, status => ({ json: status })),
    }),
    route({
      method: 'GET',
      path: `${base}/{id}/telemetry`,
      access: 'viewer',
      summary: 'The last fast numbers, with the time at which the device said them.',
      answers: telemetrySchema,
      handle: async call =>
        withStatus(call, options, () => {
          const telemetry = documents.telemetry(call.params.id ?? '');
          return telemetry ? { json: telemetry } : refuse('not-found', 'Nothing measured has been heard yet.');
        }),
    }),
  ];
}

function journalRoutes(options: EquipmentRoutesOptions): Route[] {
  return [
    route({
      method: 'GET',
      path: `${base}/{id}/events`,
      access: 'viewer',
      summary: 'The journal, newest first, as CloudEvents.',
      query: z.strictObject({
        before: z.coerce.number().int().min(0).optional(),
        limit: z.coerce.number().int().min(1).max(500).default(100),
      }),
      answers: eventList,
      handle: async call => {
        const items = await readEvents(options.door, { actor: `equipment/${call.params.id}`, site: options.site, ...call.query });
        return items === null ? unknownEquipment(call.params.id) : { json: { items } };
      },
    }),
    route({
      method: 'GET',
      path: `${base}/{id}/at/{seq}`,
      access: 'viewer',
      summary: 'The status after an event, derived anew and compared with the journal: verified, or where they disagree.',
      query: z.strictObject({ from: z.enum(['snapshot', 'start']).default('snapshot') }),
      answers: stateAt,
      handle: async call => {
        const seq = z.coerce.number().int().min(1).safeParse(call.params.seq);
        if (!seq.success) return refuse('invalid', 'The place in the journal is a whole number from 1.');
        const found = await readStateAt(options.door, { id: call.params.id ?? '', seq: seq.data, ...call.query });
        return isRefused(found) ? found : { json: found };
      },
    }),
  ];
}

function commandRoutes(options: EquipmentRoutesOptions): Route[] {
  return [
    route({
      method: 'GET',
      path: `${base}/{id}/commands`,
      access: 'viewer',
      summary: 'Every command with the decision for the caller, and what to do about a no.',
      answers: commandDecisions,
      handle: call => decisions(call, options),
    }),
    route({
      method: 'GET',
      path: `${base}/{id}/commands/{name}/path`,
      access: 'viewer',
      summary:
        'The decision on a command and the shortest way to it, also by others; for another person (maintainers), at an event of the past.',
      query: pathQuery,
      answers: commandPath,
      handle: call => wayTo(call, options),
    }),
    route({
      method: 'POST',
      path: `${base}/{id}/commands`,
      access: 'viewer',
      summary: 'One command, bound to the state that was seen; the owner decides.',
      // Before its body is read, any of them may be a HOLD.
      patience: 'short',
      body: commandRequest,
      answers: outcomeResponse,
      handle: call => command(call, options),
    }),
  ];
}

async function command(
  { caller: believed, params, body }: SignedInCall<z.infer<typeof commandRequest>, undefined>,
  { commands, sessions }: EquipmentRoutesOptions,
): Promise<Answer | Refused> {
  const { command: asked, seen, ...rest } = body;
  const name = commandNameSchema.safeParse(asked);
  if (!name.success) return unknownCommand();
  const { id: sub, ...claims } = believed;
  const caller = stopLikeCommands.includes(name.data) ? believed : await sessions.confirm({ sub, ...claims });
  if (isRefused(caller)) return caller;
  return outcomeAnswer(await commands(caller, { ...rest, equipment: params.id ?? '', command: name.data, ...(seen ? { seen } : {}) }));
}

function stopRoutes({ stop, stopCaller: who }: EquipmentRoutesOptions): Route[] {
  const spec = {
    method: 'POST',
    // The pass is checked inside: a stop also counts with an expired or revoked one, and whatever its body says.
    rawBody: true,
    answers: outcomeResponse,
  } as const;
  const handle = async (request: Parameters<typeof stopCaller>[0], equipment: string): Promise<Answer | Refused> => {
    const presser = await stopCaller(request, who);
    if (isRefused(presser)) return presser;
    return pressAndWait(stop, { ...presser, equipment, stopId: await stopIdOf(request) });
  };
  return [
    publicRoute({
      ...spec,
      path: `${base}/{id}/stop`,
      summary: 'The stop key: ABORT and latch. Any role, also with a stop pass; never refused for who or when.',
      handle: call => handle(call.request, call.params.id ?? ''),
    }),
    publicRoute({
      ...spec,
      path: '/api/v1/stop',
      summary: 'The stop key for all equipment.',
      handle: call => handle(call.request, 'all'),
    }),
  ];
}

async function decisions(call: SignedInCall<undefined, undefined>, options: EquipmentRoutesOptions): Promise<Answer | Refused> {
  const caller = await callerAt(call, options);
  return withStatus(call, options, status => {
    const verdict = (command: CommandName) => {
      const { allowed, reasons } = decideFor(status, caller, { command }, options.moment().at);
      return { allowed, reasons: [...reasons] };
    };
    const commands = commandNames.flatMap(command => {
      const decision = status.decisions[command];
      return decision ? [{ command, ...verdict(command), decision: { ...decision, reasons: standingIn(status, command) } }] : [];
    });
    return { json: { commands } };
  });
}

function withStatus(
  call: { readonly params: Readonly<Record<string, string>> },
  { documents, moment }: EquipmentRoutesOptions,
  then: (status: EquipmentStatus) => Answer | Refused,
): Answer | Refused {
  const status = documents.status(call.params.id ?? '', moment());
  return status ? then(status) : unknownEquipment(call.params.id);
}
