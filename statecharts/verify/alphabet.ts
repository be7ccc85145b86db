import type { Caller } from '../caller.ts';
import { type CommandArgs, type CommandName, commandNames } from '../equipment/commands.ts';
import type { EquipmentInput, JobFacts } from '../equipment/context.ts';
import type { CommandEvent, EquipmentEvent } from '../equipment/events.ts';
import { effectActionNames } from '../equipment/record.ts';
import type { DeviceCondition, ProgramOutcome } from '../equipment/reports.ts';

const at = 1;

/** The equipment that is explored. */
export const exploredInput: EquipmentInput = {
  id: 'explored',
  name: 'Explored',
  type: 'any',
  node: 'node',
  simulated: true,
  capabilities: (['program', 'hold', 'home', 'jog', 'mdi', 'override'] as const).map(name => ({ name })),
  stopPath: 'realtime',
  profile: 'motion',
  needsHoming: true,
  chain: 'none',
};

/** The job that is always loaded: whether one is, is a restriction, not a state. */
export const exploredJob: JobFacts = { id: 'job', name: 'job', hash: 'hash', lines: 1, bounds: null, offsets: {} };

const somebody: Caller = {
  kind: 'user',
  id: 'somebody',
  name: 'Somebody',
  role: 'administrator',
  presence: { equipment: 'explored', until: 2 },
};

const args: { readonly [N in CommandName]: readonly CommandArgs<N>[] } = {
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
  SET_MODE: [{ mode: 'processing' }, { mode: 'setup' }, { mode: 'maintenance' }],
  CHECK_IN: [{}],
  CHECK_OUT: [{}],
  LOAD_JOB: [{ job: 'job' }],
  UNLOAD_JOB: [{}],
  OVERRIDE: [{ kind: 'feed', percent: 100 }],
};

/** Every command, with every argument that leads elsewhere. */
export const commandAlphabet: readonly CommandEvent[] = commandNames.flatMap(name =>
  args[name].map(
    one => ({ type: name, args: one, caller: somebody, at, commandId: 'c', facts: { job: exploredJob } }) as unknown as CommandEvent,
  ),
);

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
  { type: 'link.up', at },
  { type: 'link.lost', reason: 'r', at },
  { type: 'link.silent', ms: 1, at },
  { type: 'link.answering', at },
  {
    type: 'device.identified',
    firmware: 'f',
    version: 'v',
    identity: 'i',
    capabilities: exploredInput.capabilities,
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
  ...effectActionNames.map(effect => ({ type: 'effect.failed', effect, code: 'c', text: 't', at }) as const),
];

/** Everything that can happen to an equipment. */
export const alphabet: readonly EquipmentEvent[] = [...commandAlphabet, ...happenings];

/** An event in words of one line, for paths. */
export function eventName(event: EquipmentEvent): string {
  switch (event.type) {
    case 'SET_MODE':
      return `SET_MODE ${event.args.mode}`;
    case 'device.condition':
    case 'device.synced':
      return `${event.type} ${event.condition}`;
    case 'program.ended':
      return `program.ended ${event.outcome.result}`;
    case 'effect.failed':
      return `effect.failed ${event.effect}`;
    case 'timer.fired':
      return `timer.fired ${event.id}`;
    case 'device.reset':
      return `device.reset ${event.asked ? 'asked' : 'unasked'}`;
    default:
      return event.type;
  }
}
