import { type Caller, hasRole } from '../caller.ts';
import { commandsOf, ruleOf } from '../profiles/rules.ts';
import type { Configuration } from '../verify/step.ts';
import type { Hazard } from './command-rule.ts';
import { type CommandName, commandArgs, commandNames } from './commands.ts';
import type { EquipmentContext, JobFacts } from './context.ts';
import type { CommandRequest, DecidingCaller } from './decide.ts';
import type { CommandEvent, EquipmentEvent } from './events.ts';
import { restStates } from './packml.ts';
import type { PathStep } from './path-answer.ts';
import { happeningsAt } from './path-happenings.ts';
import { standingReasons } from './restrictions/registry.ts';

/** The machine, and what the caller has stated. */
export interface Situation {
  readonly at: Configuration;
  readonly caller: DecidingCaller;
}

/** One step that may be tried; the chart says whether it is taken. Without an event the caller states presence. */
export interface Move {
  readonly step: PathStep;
  readonly event: EquipmentEvent | null;
  readonly caller: DecidingCaller;
}

interface Person {
  readonly who: string;
  readonly caller: DecidingCaller;
}
type Args = Readonly<Record<string, unknown>>;

/** Commands that lead nowhere: what they do is no condition of another command. */
const aimless: readonly CommandName[] = [
  'JOG',
  'OVERRIDE',
  'UNLOAD_JOB',
  'RESERVE',
  'HAND_OVER',
  'LOCK_OUT',
  'TAKE_OUT_OF_SERVICE',
  'ACK_ALARM',
  'DISCONNECT',
  'SET_TEMPERATURE',
  'WRITE_REGISTER',
];
const chosen = 'chosen';
/** ms; longer than any search. */
const hour = 3_600_000;

/** Every step that may come next, the caller's own first: of two ways of one length the first is found. */
export function movesAt(here: Situation, request: CommandRequest, now: number): Move[] {
  const { facts } = here.at;
  const [own, ...others] = peopleAt(here, now);
  const commands = (person: Person | undefined) => (person ? commandMoves(here, person, { request, now }) : []);
  const happenings = happeningsAt(facts, now).map(({ who, text, event }): Move => {
    return { step: { kind: 'happening', who, text, event: event.type }, event, caller: here.caller };
  });
  return [...presenceMoves(here, now), ...commands(own), ...happenings, ...others.flatMap(commands)];
}

function presenceMoves({ at, caller }: Situation, now: number): Move[] {
  const equipment = at.facts.input.id;
  if (isPresent(caller, equipment, now)) return [];
  const stated = { ...caller, presence: { equipment, until: now + hour } };
  return [{ step: { kind: 'presence', who: 'you', text: 'State that you are at the machine.' }, event: null, caller: stated }];
}

function isPresent({ presence }: DecidingCaller, equipment: string, now: number): boolean {
  return presence !== undefined && presence.equipment === equipment && presence.until > now;
}

/** The caller; who holds control; and somebody of each stronger role that a rule asks for. */
function peopleAt({ at: { facts }, caller }: Situation, now: number): Person[] {
  const presence = { equipment: facts.input.id, until: now + hour };
  const { holder, reservation, offer, locks } = facts;
  const named = [holder, reservation, offer].flatMap(one => (one && !one.id.startsWith('any ') ? [one] : []));
  const lockers = locks.map(({ by, byName }) => ({ id: by, name: byName }));
  const others = new Map(
    [...named.map(one => [one, 'operator'] as const), ...lockers.map(one => [one, 'maintainer'] as const)].map(([one, role]) => [
      one.id,
      { ...one, role },
    ]),
  );
  others.delete(caller.id);
  const stronger = (['operator', 'maintainer'] as const).filter(role => !hasRole(caller, role));
  return [
    { who: 'you', caller },
    ...[...others.values()].map(({ id, name, role }) => ({ who: name, caller: { id, role, presence } })),
    ...stronger.map(role => ({ who: `${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}`, caller: { id: `any ${role}`, role, presence } })),
  ];
}

function commandMoves(here: Situation, person: Person, { request, now }: { request: CommandRequest; now: number }): Move[] {
  return commandsOf(here.at.facts.input.profile).flatMap(command => {
    if (!isMeans(command, request, here.at.facts)) return [];
    return argsFor(here.at.facts, command, request).map(args => commandMove(here, person, { command, args, now }));
  });
}

/** A program is started, as a step to another command, only where that command belongs to a running program. */
function isMeans(command: CommandName, request: CommandRequest, facts: EquipmentContext): boolean {
  const { job, run } = facts;
  if (command === 'START') return belongsToRun(facts, request);
  if (command === 'LOAD_JOB') return job?.id !== chosen || run?.job === chosen;
  return !aimless.includes(command);
}

function commandMove(here: Situation, person: Person, asked: { command: CommandName; args: Args | null; now: number }): Move {
  const { command, args, now } = asked;
  const job = command === 'LOAD_JOB' ? { facts: { job: anotherJob(here.at.facts) } } : {};
  const caller: Caller = { kind: 'user', name: person.who, ...person.caller };
  const event = { type: command, args: args ?? {}, caller, at: now, commandId: '', ...job } as unknown as CommandEvent;
  const open = args === null ? { choose: 'job' as const } : {};
  const step: PathStep = {
    kind: 'command',
    who: person.who,
    text: wordsOf(command, ruleOf(here.at.facts.input.profile, command)?.hazard ?? 'none', { who: person.who, args }),
    command,
    ...(args ? { args } : {}),
    ...open,
  };
  return { step, event, caller: here.caller };
}

/** A job that is checked for this machine as it is: which one, the person chooses. */
function anotherJob(facts: EquipmentContext): JobFacts {
  return { id: chosen, name: 'the chosen job', hash: '', lines: 1, bounds: null, offsets: facts.offsets };
}

/**
 * Arguments worth trying: those of which the schema leaves no choice but among a few words, and those that a reason gives as its
 * remedy. Null leaves the choice to the person.
 */
function argsFor(facts: EquipmentContext, command: CommandName, request: CommandRequest): readonly (Args | null)[] {
  if (command === 'LOAD_JOB') return [null];
  if (command === 'REMOVE_LOCK') return facts.locks.map(lock => ({ lock: lock.id }));
  const closed = closedArgs.get(command) ?? [];
  if (closed.length > 0) return closed;
  const towards: readonly CommandName[] = belongsToRun(facts, request) ? [request.command, 'START'] : [request.command];
  const remedies = towards.flatMap(name => standingReasons(facts, name).map(reason => reason.remedy));
  return remedies.flatMap(remedy => (remedy?.command === command && remedy.args ? [remedy.args] : []));
}

/** The command is one of a running program. */
export function belongsToRun({ input }: EquipmentContext, request: CommandRequest): boolean {
  return ruleOf(input.profile, request.command)?.states.every(state => !restStates.includes(state)) ?? false;
}

interface FieldDef {
  readonly type: string;
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, unknown>>;
}

/** Per command every set of arguments, when all of them are words of a list; none when one is free. */
const closedArgs: ReadonlyMap<CommandName, readonly Args[]> = new Map(commandNames.map(name => [name, closedArgsOf(name)]));

function closedArgsOf(command: CommandName): readonly Args[] {
  const shape: Readonly<Record<string, { readonly def: unknown }>> = commandArgs[command].shape;
  return Object.entries(shape).reduce<readonly Args[]>(
    (found, [field, { def }]) =>
      found.flatMap(args => valuesOf(def as FieldDef).map(value => (value === undefined ? args : { ...args, [field]: value }))),
    [{}],
  );
}

function valuesOf(def: FieldDef): readonly unknown[] {
  if (def.type === 'literal') return def.values ?? [];
  if (def.type === 'enum') return Object.values(def.entries ?? {});
  return def.type === 'optional' ? [undefined] : [];
}

const warnings: Partial<Readonly<Record<Hazard, string>>> = {
  motion: ' (the machine moves)',
  beam: ' (a program may switch the beam on)',
  energises: ' (it is switched on)',
};

const words: Partial<Readonly<Record<CommandName, string>>> = {
  CHECK_IN: 'take control',
  CHECK_OUT: 'give up control',
  CLEAR: 'clear the machine',
  RESET: 'reset the machine',
  START: 'start the job',
  HOLD: 'hold the job',
  UNHOLD: 'go on with the job',
  UNSUSPEND: 'go on with the job',
  STOP: 'end the job',
  ABORT: 'abort',
  COMPLETE: 'complete the job',
  RELEASE_STOP: 'make sure that it is safe, and release the stop',
  HOME: 'home the machine',
  LOAD_JOB: 'choose a job that is checked for this machine, and load it',
  UNLOAD_JOB: 'unload the job',
  CANCEL_RESERVATION: 'give the reserved machine free',
  REMOVE_LOCK: 'remove the lock when the work is done',
  RETURN_TO_SERVICE: 'return the machine to service',
  CONNECT: 'connect the machine again',
  DISCONNECT: 'disconnect the machine',
  SAFETY_RESET_OBSERVED: 'reset the safety chain at the machine, and say that you have seen it',
  ARM_LASER: 'arm the laser',
  DISARM_LASER: 'disarm the laser',
  SWITCH_ON: 'switch it on',
  SWITCH_OFF: 'switch it off',
};

function wordsOf(command: CommandName, hazard: Hazard, { who, args }: { who: string; args: Args | null }): string {
  const values = Object.values(args ?? {}).filter(value => typeof value === 'string');
  const plain = words[command] ?? `${command.toLowerCase().replaceAll('_', ' ')}${values.length > 0 ? ` ${values.join(' ')}` : ''}`;
  const said = command === 'SET_MODE' ? `change to ${values.join('')} mode` : command === 'MDI' ? `send ${values.join('')}` : plain;
  const sentence = who === 'you' ? said : `${who}: ${said}`;
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}${warnings[hazard] ?? ''}.`;
}
