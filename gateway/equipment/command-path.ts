import type { z } from 'zod';
import { equipmentAt } from '../../actors/equipment/equipment-at.ts';
import { readEvents } from '../../actors/storage/journal.ts';
import { hasRole } from '../../statecharts/caller.ts';
import { type CommandName, commandArgs, commandNameSchema } from '../../statecharts/equipment/commands.ts';
import { type DecidingCaller, decideFor } from '../../statecharts/equipment/decide.ts';
import { pathTo } from '../../statecharts/equipment/path.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import { findPerson, presentUntil, trainingsAt } from '../auth/person-at.ts';
import type { Sessions } from '../auth/sessions.ts';
import type { commandPath, pathQuery } from '../contract/resources.ts';
import type { DatabaseDoor } from '../http/database-door.ts';
import { isRefused, type Refused, refuse } from '../http/problems.ts';
import type { Answer, SignedInCall } from '../http/route.ts';
import type { Documents, Moment } from '../ws/documents.ts';
import { withFacts } from './command-facts.ts';
import { toCaller } from './commands.ts';
import { callerThen, recordedDecision } from './journaled-caller.ts';
import { notDerived } from './state-at.ts';
import { unknownCommand, unknownEquipment } from './unknown.ts';

export interface WayToOptions {
  readonly documents: Documents;
  readonly sessions: Sessions;
  readonly door: DatabaseDoor;
  readonly moment: () => Moment;
}

type PathCall = SignedInCall<undefined, z.infer<typeof pathQuery>>;
type Asked = { readonly command: CommandName; readonly args?: Readonly<Record<string, unknown>> };
type Person = { readonly id: string; readonly login: string; readonly name: string };

/** Of whom and of which moment is spoken: a state of the machine, and the person with what they brought then. */
interface Scene {
  readonly status: EquipmentStatus;
  readonly now: number;
  readonly person: Person;
  readonly caller: DecidingCaller;
  /** Whether the journal has a decision on this very question after this event. */
  readonly recorded: z.infer<typeof commandPath>['recorded'];
  /** The arguments of that command, for whoever asks without any. */
  readonly args?: Readonly<Record<string, unknown>>;
}

/** The decision on a command and the way to it: for the caller or for somebody else, now or after an event of the past. */
export async function wayTo(call: PathCall, options: WayToOptions): Promise<Answer | Refused> {
  const name = commandNameSchema.safeParse(call.params.name);
  if (!name.success) return unknownCommand();
  const args = argsOf(name.data, call.query.args);
  if (args === null) return refuse('invalid', 'args is the JSON of arguments of this command.');
  const asked = { command: name.data, ...(args ? { args } : {}) };
  const scene = await sceneOf(call, asked, options);
  if (isRefused(scene)) return scene;
  const { status, caller, now, person, recorded } = scene;
  const request = await withFacts({ ...(scene.args ? { args: scene.args } : {}), ...asked }, call, options);
  const { allowed, reasons } = decideFor(status, caller, request, now);
  const { id, login, name: called } = person;
  const user = { id, login, name: called, role: caller.role, presentUntil: caller.presence?.until ?? null };
  return { json: { ...pathTo(status, caller, request, now), allowed, reasons, seq: status.seq, at: now, user, recorded } };
}

/** The caller as charts know them, with what the gateway knows of their presence and trainings now. */
export async function callerAt(call: Pick<PathCall, 'caller' | 'params'>, { sessions }: Pick<WayToOptions, 'sessions'>) {
  const equipment = call.params.id ?? '';
  const stated = await sessions.presenceAt(call.caller, equipment, 'ask');
  const { qualifications } = await sessions.me(call.caller);
  const caller = toCaller(call.caller, { equipment, presentUntil: stated });
  return qualifications === undefined ? caller : { ...caller, qualifications };
}

/** Undefined without arguments, null when these are none of the command. */
function argsOf(command: CommandName, text: string | undefined): Record<string, unknown> | undefined | null {
  if (text === undefined) return undefined;
  try {
    return commandArgs[command].parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whoever asks about others must be a maintainer, who may read trainings and accounts anyway; checked before anybody is looked up. */
async function sceneOf(call: PathCall, asked: Asked, options: WayToOptions): Promise<Scene | Refused> {
  const { user = call.caller.id, seq } = call.query;
  const own = user === call.caller.id || user.toLowerCase() === call.caller.login;
  if (!own && !hasRole(call.caller, 'maintainer')) return refuse('forbidden', 'Decisions about other people are for maintainers.');
  if (own && seq === undefined) return nowScene(call, options, { person: call.caller, caller: await callerAt(call, options) });
  const person = await options.door.ask(db => findPerson(db, own ? call.caller.id : user));
  if (person === null) return refuse('unknown-user', 'Nobody has this id or login.');
  if (seq !== undefined) return pastScene({ equipment: call.params.id ?? '', seq, person }, asked, options);
  if (person.disabled) return refuse('user-disabled', `${person.name} may not log in and can send nothing. Ask with a seq of the past.`);
  return nowScene(call, options, { person, caller: await otherNow(person, call.params.id ?? '', options) });
}

function nowScene({ params }: PathCall, { documents, moment }: WayToOptions, who: Pick<Scene, 'person' | 'caller'>): Scene | Refused {
  const now = moment();
  const status = documents.status(params.id ?? '', now);
  return status ? { ...who, status, now: now.at, recorded: null } : unknownEquipment(params.id);
}

async function otherNow({ id, role }: Person & Pick<DecidingCaller, 'role'>, equipment: string, { door, moment }: WayToOptions) {
  return door.ask(async (db): Promise<DecidingCaller> => {
    const until = await presentUntil(db, id, equipment);
    const presence = until === null ? {} : { presence: { equipment, until } };
    return { id, role, qualifications: await trainingsAt(db, id, moment().at), ...presence };
  });
}

interface PastAsked {
  readonly equipment: string;
  readonly seq: number;
  readonly person: Person & Pick<DecidingCaller, 'role'>;
}

async function pastScene({ equipment, seq, person }: PastAsked, asked: Asked, { door }: WayToOptions): Promise<Scene | Refused> {
  const derived = await door.ask(db => equipmentAt(db, { id: equipment, seq, from: 'snapshot' }));
  if (!derived.ok) {
    if (derived.code !== 'diverged') return notDerived(derived.code);
    return refuse(
      'journal-diverged',
      `Derived anew, the journal is different from event ${derived.divergence.seq} on: nothing is decided on it.`,
    );
  }
  return door.ask(async (db): Promise<Scene | Refused> => {
    const [entry] = await readEvents(db, `equipment/${equipment}`, { after: seq - 1, limit: 1 });
    if (!entry) return notDerived('unknown-seq');
    const { decision, ...given } = recordedDecision(entry, { person: person.id, command: asked.command });
    const caller = await callerThen(db, entry, { person, equipment });
    return { status: derived.status, now: entry.at, person, caller, recorded: decision, ...given };
  });
}
