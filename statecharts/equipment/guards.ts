import { lossBetween } from '../site/rule.ts';
import { type ChainState, chainFits, chainState, missingSupplies } from './chain.ts';
import { commandNames } from './commands.ts';
import type { EquipmentContext, Regions } from './context.ts';
import type { CommandEvent, EquipmentEvent } from './events.ts';
import { type ExecutionState, restStates } from './packml.ts';
import type { DeviceCondition, ProgramOutcome } from './reports.ts';
import { passes } from './restrictions/registry.ts';
import type { RestrictionId } from './restrictions/restriction.ts';

/** Params of `permits`: every restriction must let the command pass; `args` and `when` pick one of several targets of one command. */
export interface PermitsParams {
  readonly restrictions: readonly RestrictionId[];
  readonly args?: Readonly<Record<string, unknown>>;
  readonly when?: WhenParams;
}

/** Params of `when`: every clause given must be true. Data instead of combined functions, so that the chart stays serialisable. */
export interface WhenParams {
  /** The event is a condition report with one of these. */
  readonly condition?: readonly DeviceCondition[];
  /** The last condition known is one of these. */
  readonly known?: readonly DeviceCondition[];
  /** The event ends the current run with one of these results. */
  readonly result?: readonly ProgramOutcome['result'][];
  readonly run?: 'running' | 'ended';
  readonly timer?: string;
  /** The event says that one of these effects could not be performed. */
  readonly failed?: readonly string[];
  /** A restart of the controller that nobody asked for. */
  readonly unasked?: true;
  readonly energised?: true;
  readonly activity?: true;
  readonly doubtful?: boolean;
  readonly linkOpen?: true;
  readonly chain?: 'observed';
  readonly connection?: Regions['connection'];
  readonly execution?: readonly ExecutionState[];
  /** The last condition known is none of these. */
  readonly unknown?: readonly DeviceCondition[];
  /** What the event says of the emergency-stop chain; `lost` is any of the first three. */
  readonly inputs?: ChainState | 'lost';
  /** The event says that the chain was reset: what says nothing of it waits for a person. */
  readonly resetDone?: true;
  /** The event says that extraction, air or coolant is missing. */
  readonly supplyLost?: true;
  /** A rule of the site is lost by the event, and asks for this. */
  readonly siteLoss?: 'hold' | 'stop';
  /** The removed lock was the only one. */
  readonly lastLock?: boolean;
  /** Maintenance is due: by the event, or as noted. */
  readonly due?: boolean;
  readonly noted?: 'due';
  /** This alarm stands, alone or not. */
  readonly alarm?: string;
  readonly lone?: true;
  /** Nobody has used the machine for as long as control lasts without it. */
  readonly leaseOver?: true;
  readonly on?: boolean;
}

/** A machine at rest is given up after so long without any change, ms. */
const leaseMs = 30 * 60_000;

/** The clauses as functions: one per key of WhenParams. */
const clauses: { readonly [K in keyof WhenParams]-?: (facts: EquipmentContext, event: EquipmentEvent, wanted: never) => boolean } = {
  condition: (_, event, wanted: readonly DeviceCondition[]) => conditionIn(event, wanted),
  known: (facts, _, wanted: readonly DeviceCondition[]) => facts.condition !== null && wanted.includes(facts.condition),
  result: (facts, event, wanted: readonly string[]) =>
    event.type === 'program.ended' && facts.run?.job === event.outcome.job && wanted.includes(event.outcome.result),
  run: (facts, _, wanted: 'running' | 'ended') => facts.run !== null && (facts.run.result === 'running') === (wanted === 'running'),
  timer: (_, event, wanted: string) => event.type === 'timer.fired' && event.id === wanted,
  failed: (_, event, wanted: readonly string[]) => event.type === 'effect.failed' && wanted.includes(event.effect),
  unasked: (_, event) => event.type === 'device.reset' && !event.asked,
  energised: facts => isEnergised(facts.regions),
  activity: facts => isActive(facts.regions),
  doubtful: (facts, _, wanted: boolean) => (facts.indeterminate !== null) === wanted,
  linkOpen: facts => facts.linkOpen,
  chain: facts => facts.input.chain === 'observed',
  connection: (facts, _, wanted: string) => facts.regions.connection === wanted,
  execution: (facts, _, wanted: readonly ExecutionState[]) => wanted.includes(facts.regions.execution),
  unknown: (facts, _, wanted: readonly DeviceCondition[]) => facts.condition === null || !wanted.includes(facts.condition),
  inputs: (_, event, wanted: ChainState | 'lost') => event.type === 'device.chain' && chainFits(chainState(event.inputs), wanted),
  resetDone: (_, event) => event.type === 'device.chain' && event.inputs.resetRequired === false,
  supplyLost: (_, event) => event.type === 'device.chain' && missingSupplies(event.inputs).length > 0,
  siteLoss: (facts, event, wanted: string) => event.type === 'site.changed' && lossBetween(facts.site, event, event.at) === wanted,
  lastLock: (facts, event, wanted: boolean) =>
    event.type === 'REMOVE_LOCK' && facts.locks.every(lock => lock.id === event.args.lock) === wanted,
  due: (_, event, wanted: boolean) => event.type === 'service.due' && event.items.length > 0 === wanted,
  noted: facts => facts.serviceDue.length > 0,
  alarm: (facts, _, wanted: string) => facts.alarms.some(alarm => alarm.code === wanted),
  lone: facts => facts.alarms.length <= 1,
  leaseOver: (facts, event) => 'at' in event && !isEnergised(facts.regions) && event.at - lastChange(facts) >= leaseMs,
  on: (_, event, wanted: boolean) => (event.type === 'device.output' || event.type === 'device.heat') && event.on === wanted,
};

function lastChange(facts: EquipmentContext): number {
  return Math.max(...Object.values(facts.since));
}

/** Every clause holds. */
export function when(facts: EquipmentContext, event: EquipmentEvent, params: WhenParams): boolean {
  for (const key in params) {
    const name = key as keyof WhenParams;
    if (!clauses[name](facts, event, params[name] as never)) return false;
  }
  return true;
}

/** Every restriction lets the command pass. Total: anything but a command, and a restriction that throws, is refused. */
export function permits(facts: EquipmentContext, event: EquipmentEvent, params: PermitsParams): boolean {
  if (!isCommand(event)) return false;
  const args: Readonly<Record<string, unknown>> = event.args;
  const fits = Object.entries(params.args ?? {}).every(([name, value]) => args[name] === value) && when(facts, event, params.when ?? {});
  return fits && params.restrictions.every(id => passes(id, facts, event));
}

const commands: ReadonlySet<string> = new Set(commandNames);

/** True for events that somebody asked for by a command. */
export function isCommand(event: EquipmentEvent): event is CommandEvent {
  return commands.has(event.type);
}

/** Homing, jogging or a typed line is under way. */
function isActive(regions: Regions): boolean {
  return regions.mode === 'setup.homing' || regions.mode === 'setup.jogging' || regions.mode === 'setup.mdi';
}

/** Something moves or may: losing the device now leaves in doubt what it does. */
export function isMoving(regions: Regions): boolean {
  return !restStates.includes(regions.execution) || isActive(regions);
}

/** Moving, heating or switched on. What heats or is on is unknown without the device, and is read again from it. */
export function isEnergised(regions: Regions): boolean {
  return isMoving(regions) || regions.output === 'on' || regions.heat === 'on';
}

function conditionIn(event: EquipmentEvent, wanted: readonly DeviceCondition[]): boolean {
  return (event.type === 'device.condition' || event.type === 'device.synced') && wanted.includes(event.condition);
}
