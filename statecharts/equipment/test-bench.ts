import { createActor } from 'xstate';
import type { Caller } from '../caller.ts';
import { equipmentChart } from './chart.ts';
import type { CommandArgs, CommandName } from './commands.ts';
import type { EquipmentContext, EquipmentInput, JobFacts } from './context.ts';
import type { Effect } from './effects.ts';
import type { CommandEvent, EquipmentEvent } from './events.ts';
import { recorders } from './record.ts';
import type { ProgramOutcome } from './reports.ts';

/** A simulated mill as the tests of this room know it. */
export const millInput: EquipmentInput = {
  id: 'mill-1',
  name: 'Mill 1',
  type: 'any',
  node: 'node-1',
  simulated: true,
  capabilities: (['program', 'hold', 'home', 'jog', 'mdi', 'override', 'door'] as const).map(name => ({ name })),
  stopPath: 'realtime',
  profile: 'motion',
  needsHoming: true,
  chain: 'none',
};

export const mara: Caller = {
  kind: 'user',
  id: 'mara',
  name: 'Mara',
  role: 'operator',
  presence: { equipment: 'mill-1', until: 10_000_000 },
};

export const bracket: JobFacts = {
  id: 'job-1',
  name: 'bracket.nc',
  hash: 'abc',
  lines: 100,
  bounds: { min: { x: -90, y: -90, z: -20 }, max: { x: -10, y: -10, z: -1 } },
  offsets: { G54: { x: -100, y: -100, z: -20 } },
};

const envelope = { min: { x: -200, y: -200, z: -80 }, max: { x: 0, y: 0, z: 0 } };

/** A command event with the mill's usual arguments. */
export function command<N extends CommandName>(type: N, args: CommandArgs<N>, caller: Caller = mara): CommandEvent<N> {
  const facts = type === 'LOAD_JOB' ? { facts: { job: bracket } } : {};
  return { type, args, caller, at: 1_000, commandId: 'c-1', ...facts } as unknown as CommandEvent<N>;
}

/** The end of the bracket's run. */
export function programEnded(result: ProgramOutcome['result']): EquipmentEvent {
  return { type: 'program.ended', outcome: { job: bracket.id, result, sent: 100, acknowledged: 100, total: 100 }, at: 1_000 };
}

/** Reports that bring a machine online. */
export const arrival: readonly EquipmentEvent[] = [
  { type: 'authority.acquired', epoch: 1, at: 1 },
  { type: 'link.up', at: 2 },
  {
    type: 'device.identified',
    firmware: 'any',
    version: '1.1',
    identity: 'x',
    capabilities: millInput.capabilities,
    envelope,
    simulated: true,
    at: 3,
  },
  { type: 'device.synced', condition: 'idle', homed: false, heldByUs: false, at: 4 },
  { type: 'device.offsets', offsets: bracket.offsets, at: 5 },
  { type: 'device.modes', changed: [], at: 5 },
];

/** From online to Idle, homed, job loaded, held by Mara. */
export const preparation: readonly EquipmentEvent[] = [
  ...arrival,
  command('CHECK_IN', {}),
  command('CLEAR', {}),
  { type: 'device.cleared', at: 6 },
  { type: 'device.homed', at: 7 },
  command('RESET', {}),
  { type: 'timer.fired', id: 'reset-settle', at: 8 },
  command('LOAD_JOB', { job: bracket.id }),
];

/** From Idle to Execute. */
export const running: readonly EquipmentEvent[] = [
  ...preparation,
  command('START', {}),
  { type: 'program.started', job: bracket.id, at: 9 },
  { type: 'device.condition', condition: 'running', at: 10 },
];

/** A chart under test: events in, facts and effects out. */
export interface Bench {
  send(...events: readonly EquipmentEvent[]): Effect['type'][];
  facts(): EquipmentContext;
  state(): EquipmentContext['regions'];
  readonly effects: Effect[];
}

/** Starts the chart and sends the events; `effects` holds those of the last `send`. */
export function bench(events: readonly EquipmentEvent[] = [], input: EquipmentInput = millInput): Bench {
  const effects: Effect[] = [];
  const actor = createActor(equipmentChart(input.profile).provide({ actions: recorders(effect => effects.push(effect)) }), {
    input,
  }).start();
  const send = (...list: readonly EquipmentEvent[]) => {
    effects.length = 0;
    for (const event of list) actor.send(event);
    return effects.map(effect => effect.type);
  };
  send(...events);
  return { send, facts: () => actor.getSnapshot().context, state: () => actor.getSnapshot().context.regions, effects };
}
