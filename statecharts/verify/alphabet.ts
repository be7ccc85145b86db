import type { Caller } from '../caller.ts';
import type { CommandArgs, CommandName } from '../equipment/commands.ts';
import type { EquipmentInput, JobFacts } from '../equipment/context.ts';
import type { CommandEvent, EquipmentEvent } from '../equipment/events.ts';
import { effectActionNames } from '../equipment/record.ts';
import type { ChainInputs, DeviceCondition, ProgramOutcome } from '../equipment/reports.ts';
import type { ProfileName } from '../profiles/profile.ts';
import { commandsOf } from '../profiles/rules.ts';
import type { OnLoss } from '../site/rule.ts';

const at = 1;

const capabilities = (
  ['program', 'hold', 'home', 'jog', 'jog-guarded', 'mdi', 'override', 'laser', 'temperature', 'register', 'switch'] as const
).map(name => ({ name }));

/** The equipment of a family that is explored. */
export function exploredInput(profile: ProfileName): EquipmentInput {
  return {
    id: 'explored',
    name: 'Explored',
    type: 'any',
    node: 'node',
    simulated: true,
    capabilities,
    stopPath: 'realtime',
    profile,
    needsHoming: true,
    chain: 'none',
    limits: { temperatures: { bed: 100 }, registers: { speed: { min: 0, max: 10 } } },
  };
}

/** The job that is always loaded: whether one is, is a restriction, not a state. */
export const exploredJob: JobFacts = { id: 'job', name: 'job', hash: 'hash', lines: 1, bounds: null, offsets: {} };

const somebody: Caller = {
  kind: 'user',
  id: 'somebody',
  name: 'Somebody',
  role: 'administrator',
  presence: { equipment: 'explored', until: 2 },
};

/** Of every command arguments that its schema takes; several where they lead elsewhere. */
export const exploredArgs: { readonly [N in CommandName]: readonly CommandArgs<N>[] } = {
  CLEAR: [{}],
  RESET: [{}],
  START: [{}],
  HOLD: [{}],
  UNHOLD: [{}],
  SUSPEND: [{}],
  UNSUSPEND: [{}],
  STOP: [{}],
  ABORT: [{}],
  COMPLETE: [{}],
  RELEASE_STOP: [{ statement: 'I am at the machine' }],
  HOME: [{}],
  JOG: [{ jogId: '00000000-0000-4000-8000-000000000000', direction: { x: 1 }, feed: 100 }],
  MDI: [{ line: 'G0 X0' }],
  DISCONNECT: [{}],
  CONNECT: [{}],
  SET_MODE: [{ mode: 'processing' }, { mode: 'setup' }, { mode: 'maintenance' }],
  CHECK_IN: [{}],
  CHECK_OUT: [{}],
  LOAD_JOB: [{ job: 'job' }],
  UNLOAD_JOB: [{}],
  OVERRIDE: [{ kind: 'feed', percent: 100 }],
  RESERVE: [{}],
  CANCEL_RESERVATION: [{}],
  HAND_OVER: [{ to: 'other' }],
  LOCK_OUT: [{ reason: 'one' }, { reason: 'another' }],
  REMOVE_LOCK: [{ lock: 'LOCK_OUT 0' }, { lock: 'LOCK_OUT 1' }],
  TAKE_OUT_OF_SERVICE: [{ reason: 'worn' }],
  RETURN_TO_SERVICE: [{}],
  ACK_ALARM: [{}],
  SAFETY_RESET_OBSERVED: [{ statement: 'I have seen the reset' }],
  ARM_LASER: [{}],
  DISARM_LASER: [{}],
  SET_TEMPERATURE: [{ heater: 'bed', celsius: 50 }],
  WRITE_REGISTER: [{ register: 'speed', value: 5 }],
  SWITCH_ON: [{}],
  SWITCH_OFF: [{}],
};

/** Every command of a family, with every argument that leads elsewhere. */
export function commandAlphabet(profile: ProfileName): readonly CommandEvent[] {
  const facts = { job: exploredJob, person: { id: 'other', name: 'Other' } };
  return commandsOf(profile).flatMap(name =>
    exploredArgs[name].map(
      (one, i) => ({ type: name, args: one, caller: somebody, at, commandId: `${name} ${i}`, facts }) as unknown as CommandEvent,
    ),
  );
}

/** One of each kind that a guard can tell apart; `resuming` stands for the conditions that no guard reads. */
const conditions: readonly DeviceCondition[] = [
  'idle',
  'running',
  'holding',
  'held',
  'alarm',
  'door-opening',
  'door-open',
  'door-closed',
  'resuming',
];
const results: readonly ProgramOutcome['result'][] = ['complete', 'stopped', 'aborted', 'failed', 'interrupted'];
/** One of each state of the chain, and of what feeds the machine. */
const chains: Readonly<Record<string, ChainInputs>> = {
  estop: { emergencyStop: false },
  protective: { emergencyStop: true, protectiveStop: false },
  reset: { emergencyStop: true, resetRequired: true },
  closed: { emergencyStop: true },
  done: { emergencyStop: true, resetRequired: false },
  supply: { emergencyStop: true, extraction: false },
  // Everything at once: the worst counts, whatever else is said.
  all: { emergencyStop: false, resetRequired: false, extraction: false },
};
/** Quiet hours that begin, under rules that ask for each transition; while they are not, every rule is kept. */
const quiet = (active: boolean) =>
  ({ 'window/20:00-06:00/': { known: true, at, value: { kind: 'window', active, until: null } } }) as const;
const rule = (onLoss: OnLoss) =>
  ({ id: onLoss, version: 1, template: 'quiet-hours', params: { from: '20:00', to: '06:00', days: [] }, onLoss }) as const;
/** What is known of the site wherever the exploration stands. */
export const exploredSite = { rules: (['finish', 'hold', 'stop'] as const).map(rule), facts: quiet(false) };
const sites: readonly EquipmentEvent[] = [
  { type: 'site.changed', ...exploredSite, at },
  ...(['finish', 'hold', 'stop'] as const).map(
    onLoss => ({ type: 'site.changed', rules: [rule(onLoss)], facts: quiet(true), at }) as const,
  ),
];
/** Later than control lasts on a machine at rest, ms. */
const muchLater = 1_000_000_000;

const outcome = { job: exploredJob.id, sent: 1, acknowledged: 1, total: 1 };

/** Everything that is not a command. */
const happenings: readonly EquipmentEvent[] = [
  { type: 'authority.acquired', epoch: 1, at },
  { type: 'authority.continued', epoch: 1, fromLine: 2, at },
  { type: 'authority.losing', at },
  { type: 'authority.lost', at },
  { type: 'stop.pressed', stopId: 's', by: 'b', byName: 'B', at, written: true },
  { type: 'service.degraded', code: 'database', message: 'away', at },
  { type: 'service.restored', code: 'database', at },
  { type: 'timer.fired', id: 'hold-confirm', at },
  { type: 'timer.fired', id: 'reset-settle', at },
  { type: 'timer.fired', id: 'reservation', at },
  { type: 'timer.fired', id: 'offer', at },
  { type: 'timer.fired', id: 'absence', at },
  { type: 'timer.fired', id: 'laser-arm', at },
  { type: 'timer.fired', id: 'lease', at },
  { type: 'timer.fired', id: 'lease', at: muchLater },
  { type: 'timer.fired', id: 'absence', at: muchLater },
  ...sites,
  { type: 'service.due', items: [], at },
  { type: 'service.due', items: [{ id: 'oil', text: 'oil', since: at, enforced: true }], at },
  { type: 'holder.gone', at },
  { type: 'holder.back', at },
  ...Object.values(chains).map(inputs => ({ type: 'device.chain', inputs, at }) as const),
  { type: 'link.up', at },
  { type: 'link.lost', reason: 'r', at },
  { type: 'link.silent', ms: 1, at },
  { type: 'link.answering', at },
  {
    type: 'device.identified',
    firmware: 'f',
    version: 'v',
    identity: 'i',
    capabilities,
    envelope: null,
    simulated: true,
    at,
  },
  { type: 'device.identity.changed', expected: 'a', found: 'b', at },
  ...conditions.map(condition => ({ type: 'device.synced', condition, homed: false, heldByUs: false, at }) as const),
  ...conditions.map(condition => ({ type: 'device.condition', condition, at }) as const),
  { type: 'device.alarm', code: 'a', text: 't', positionLost: true, at },
  { type: 'device.reset', asked: false, at },
  { type: 'device.reset', asked: true, at },
  { type: 'device.homed', at },
  { type: 'device.position.lost', reason: 'r', at },
  { type: 'device.offsets', offsets: {}, at },
  { type: 'device.modes', changed: [], at },
  { type: 'device.aborted', at },
  { type: 'device.stopped', at },
  { type: 'device.cleared', at },
  { type: 'jog.ended', jogId: 'j', reason: 'done', at },
  { type: 'mdi.answered', line: 'l', at },
  { type: 'program.started', job: exploredJob.id, at },
  ...results.map(result => ({ type: 'program.ended', outcome: { ...outcome, result }, at }) as const),
  { type: 'program.ended', outcome: { ...outcome, job: 'another', result: 'failed' }, at },
  ...effectActionNames.map(effect => ({ type: 'effect.failed', effect, code: 'c', text: 't', at }) as const),
];

const ofFamily: Partial<Readonly<Record<ProfileName, readonly EquipmentEvent[]>>> = {
  printer: [true, false].map(on => ({ type: 'device.heat', on, at })),
  switch: [true, false].map(on => ({ type: 'device.output', on, at })),
};

/** Everything that can happen to an equipment of a family. */
export function alphabetOf(profile: ProfileName): readonly EquipmentEvent[] {
  return [...commandAlphabet(profile), ...happenings, ...(ofFamily[profile] ?? [])];
}

/** An event in words of one line, for paths. */
export function eventName(event: EquipmentEvent): string {
  switch (event.type) {
    case 'SET_MODE':
      return `SET_MODE ${event.args.mode}`;
    case 'device.condition':
    case 'device.synced':
      return `${event.type} ${event.condition}`;
    case 'program.ended':
      return `program.ended ${event.outcome.result}${event.outcome.job === exploredJob.id ? '' : ' of another job'}`;
    case 'effect.failed':
      return `effect.failed ${event.effect}`;
    case 'timer.fired':
      return `timer.fired ${event.id}${event.at === muchLater ? ' much later' : ''}`;
    case 'LOCK_OUT':
      return event.commandId;
    case 'REMOVE_LOCK':
      return `REMOVE_LOCK ${event.args.lock}`;
    case 'site.changed':
      return `site.changed ${event.rules.length > 1 ? 'kept' : `lost ${event.rules[0]?.onLoss}`}`;
    case 'service.due':
      return `service.due ${event.items.length > 0 ? 'something' : 'nothing'}`;
    case 'device.chain':
      return `device.chain ${Object.keys(chains).find(name => chains[name] === event.inputs) ?? ''}`;
    case 'device.output':
    case 'device.heat':
      return `${event.type} ${event.on ? 'on' : 'off'}`;
    case 'device.reset':
      return `device.reset ${event.asked ? 'asked' : 'unasked'}`;
    default:
      return event.type;
  }
}
