import type { Caller } from '../../statecharts/caller.ts';
import type { CommandArgs, CommandName } from '../../statecharts/equipment/commands.ts';
import type { EquipmentInput, JobFacts } from '../../statecharts/equipment/context.ts';
import type { CommandEvent, EquipmentEvent } from '../../statecharts/equipment/events.ts';
import type { ProfileName } from '../../statecharts/profiles/profile.ts';
import { exploredArgs, exploredInput } from '../../statecharts/verify/alphabet.ts';

/** When every question is asked, ms since 1970. */
export const now = 1_760_000_000_000;
const hour = 3_600_000;

/** The equipment of every situation. */
export function machineOf(profile: ProfileName): EquipmentInput {
  return { ...exploredInput(profile), id: 'machine-1', name: 'Machine 1', node: 'node-1' };
}

const presence = { equipment: 'machine-1', until: now + hour };
const trained = (until: number | null) => [{ training: 'basic', until, supervised: 0 }];

/** Who asks: who has control, who has not and is away, who looks after machines and whose training is over, and who only looks. */
export const callers = {
  ann: { kind: 'user', id: 'ann', name: 'Ann', role: 'operator', presence, qualifications: trained(null) },
  ben: { kind: 'user', id: 'ben', name: 'Ben', role: 'operator', qualifications: [] },
  mia: { kind: 'user', id: 'mia', name: 'Mia', role: 'maintainer', presence, qualifications: trained(now - hour) },
  vic: { kind: 'user', id: 'vic', name: 'Vic', role: 'viewer', presence: { ...presence, until: now - 1 }, qualifications: [] },
} as const satisfies Readonly<Record<string, Caller>>;

const bracket: JobFacts = { id: 'job-1', name: 'bracket.nc', hash: 'abc', lines: 100, bounds: null, offsets: {} };

/** What the owner looks up for a command: the job is ready, the person may operate machines. */
export const lookedUp = { job: bracket, person: { id: 'ben', name: 'Ben' } };

function command<N extends CommandName>(type: N, args: CommandArgs<N>, caller: Caller = callers.ann): CommandEvent<N> {
  return { type, args, caller, at: now, commandId: `${type}-1`, facts: lookedUp } as unknown as CommandEvent<N>;
}

const condition = (name: 'idle' | 'running' | 'held' | 'door-open' | 'door-closed'): EquipmentEvent => ({
  type: 'device.condition',
  condition: name,
  at: now,
});

const arrival = (profile: ProfileName): readonly EquipmentEvent[] => [
  { type: 'authority.acquired', epoch: 1, at: now },
  { type: 'link.up', at: now },
  {
    type: 'device.identified',
    firmware: 'any',
    version: '1',
    identity: 'x',
    capabilities: machineOf(profile).capabilities,
    envelope: { min: { x: -200, y: -200, z: -80 }, max: { x: 0, y: 0, z: 0 } },
    simulated: true,
    at: now,
  },
  { type: 'device.synced', condition: 'idle', homed: false, heldByUs: false, at: now },
  { type: 'device.modes', changed: [], at: now },
  ...(profile === 'printer' ? [{ type: 'device.heat', on: false, at: now } as const] : []),
];
const cleared = (profile: ProfileName): readonly EquipmentEvent[] => [
  ...arrival(profile),
  command('CHECK_IN', {}),
  command('CLEAR', {}),
  { type: 'device.cleared', at: now },
];
const idle = (profile: ProfileName): readonly EquipmentEvent[] => [
  ...cleared(profile),
  { type: 'device.homed', at: now },
  command('RESET', {}),
  { type: 'timer.fired', id: 'reset-settle', at: now },
];
const ready = (profile: ProfileName): readonly EquipmentEvent[] => [...idle(profile), command('LOAD_JOB', { job: 'job-1' })];
const running = (profile: ProfileName): readonly EquipmentEvent[] => [
  ...ready(profile),
  ...(profile === 'laser' ? [command('ARM_LASER', {})] : []),
  command('START', {}),
  { type: 'program.started', job: 'job-1', at: now },
  condition('running'),
];
const stopped: readonly EquipmentEvent[] = [
  { type: 'stop.pressed', stopId: 'stop-1', by: 'vic', byName: 'Vic', at: now, written: true },
  { type: 'device.aborted', at: now },
];
const known = { known: true, at: now } as const;
/** Quiet hours, a training, and the booked time of somebody else. */
const siteRules: EquipmentEvent = {
  type: 'site.changed',
  at: now,
  rules: [
    { id: 'night', version: 1, template: 'quiet-hours', params: { from: '20:00', to: '06:00', days: [] }, onLoss: 'finish' },
    { id: 'course', version: 1, template: 'training', params: { training: 'basic' }, onLoss: 'finish' },
    { id: 'air', version: 1, template: 'equipment-running', params: { equipment: 'extractor-1' }, onLoss: 'hold' },
  ],
  facts: {
    'window/20:00-06:00/': { ...known, value: { kind: 'window', active: true, until: now + 2 * hour } },
    'equipment/extractor-1': { known: false, at: now, why: 'its node is silent' },
    booking: { ...known, value: { kind: 'booking', current: { id: 'ben', name: 'Ben', until: now + hour }, next: null } },
    holder: { ...known, value: { kind: 'holder', id: 'ann', qualifications: trained(null) } },
  },
};
const alarm: EquipmentEvent = { type: 'device.alarm', code: 'hard-limit', text: 'Hard limit X', positionLost: true, at: now };

type Situations = Readonly<Record<string, readonly EquipmentEvent[]>>;

/** Per family what happened before the questions are asked, by a name for people. */
export const situations: Readonly<Record<ProfileName, Situations>> = {
  motion: {
    'nobody owns it': [],
    'aborted and free': arrival('motion'),
    'ready to start': ready('motion'),
    'held, its guard was opened': [
      ...running('motion'),
      command('HOLD', {}),
      condition('held'),
      condition('door-open'),
      condition('door-closed'),
      condition('held'),
    ],
    'in setup, not homed': [...cleared('motion'), command('SET_MODE', { mode: 'setup' })],
    'stopped by the key': [...running('motion'), ...stopped],
    disconnected: [...idle('motion'), command('DISCONNECT', {})],
    'locked out with an alarm': [...idle('motion'), alarm, command('LOCK_OUT', { reason: 'belt' }, callers.mia)],
  },
  laser: {
    'not armed, rules not kept': [...ready('laser'), siteRules],
    armed: [...ready('laser'), command('ARM_LASER', {})],
    'suspended while its extraction was off, armed again': [
      ...running('laser'),
      { type: 'device.chain', inputs: { extraction: false }, at: now },
      condition('held'),
      { type: 'device.chain', inputs: { extraction: true }, at: now },
      command('ARM_LASER', {}),
    ],
    'the guard is open': [...ready('laser'), condition('door-open')],
    'ready to arm': ready('laser'),
  },
  printer: {
    'ready to start': ready('printer'),
    running: running('printer'),
    'link lost while it ran': [...running('printer'), { type: 'link.lost', reason: 'unplugged', at: now }],
  },
  process: {
    'an emergency stop waits for its reset': [
      ...idle('process'),
      { type: 'device.chain', inputs: { emergencyStop: false }, at: now },
      { type: 'device.aborted', at: now },
      { type: 'device.chain', inputs: { emergencyStop: true, resetRequired: true }, at: now },
    ],
    'ready to start': ready('process'),
    'offered to somebody': [...idle('process'), command('HAND_OVER', { to: 'ben' })],
  },
  switch: {
    off: [...idle('switch'), { type: 'device.output', on: false, at: now }],
    on: [...idle('switch'), command('SWITCH_ON', {}), { type: 'device.output', on: true, at: now }],
    'out of service': [...arrival('switch'), command('TAKE_OUT_OF_SERVICE', { reason: 'worn' }, callers.mia)],
    'reserved for somebody': [...arrival('switch'), command('RESERVE', { minutes: 30 })],
  },
};

type Questions = { readonly [N in CommandName]: readonly CommandArgs<N>[] };

/** What is asked in every situation: each command, with arguments that pass and with some that do not. */
export const questions: Questions = {
  ...exploredArgs,
  JOG: [...exploredArgs.JOG, { jogId: '00000000-0000-4000-8000-000000000000', direction: { x: 1, y: -1 }, feed: 5_000 }],
  LOAD_JOB: [{ job: 'job-1' }],
  HAND_OVER: [{ to: 'ben' }],
  LOCK_OUT: [{ reason: 'belt' }],
  REMOVE_LOCK: [{ lock: 'LOCK_OUT-1' }, { lock: 'another' }],
  SET_TEMPERATURE: [...exploredArgs.SET_TEMPERATURE, { heater: 'bed', celsius: 500 }, { heater: 'oven', celsius: 50 }],
  WRITE_REGISTER: [...exploredArgs.WRITE_REGISTER, { register: 'speed', value: 50 }],
};
