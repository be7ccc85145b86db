import type { Regions } from '../equipment/context.ts';
import type { EquipmentEvent } from '../equipment/events.ts';
import { isCommand } from '../equipment/guards.ts';
import { restStates } from '../equipment/packml.ts';
import type { DeviceCondition } from '../equipment/reports.ts';
import { profiles } from '../profiles/profile.ts';
import { eventName } from './alphabet.ts';
import type { ChartTable } from './compile.ts';
import { passAll, type Trial } from './explore.ts';
import { regionsOf } from './spec.ts';
import { type Configuration, step } from './step.ts';

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Where control, service and alarms go, written down a second time as the command rules are. Commands by their name, everything else as the
 * alphabet names it; what stands nowhere leaves the state.
 */
const tables: Readonly<Partial<Record<string, Table>>> = {
  occupancy: {
    free: { CHECK_IN: 'occupied', RESERVE: 'reserved' },
    reserved: { CHECK_IN: 'occupied', CANCEL_RESERVATION: 'free', 'timer.fired reservation': 'free' },
    occupied: { CHECK_OUT: 'free', HAND_OVER: 'offered', 'holder.gone': 'absent', 'timer.fired lease much later': 'free' },
    offered: { CHECK_OUT: 'free', CHECK_IN: 'occupied', HAND_OVER: 'offered', 'holder.gone': 'absent', 'timer.fired offer': 'occupied' },
    absent: { CHECK_OUT: 'free', CHECK_IN: 'occupied', 'holder.back': 'occupied', 'timer.fired lease much later': 'free' },
  },
  maintenance: {
    inService: { LOCK_OUT: 'lockedOut', TAKE_OUT_OF_SERVICE: 'outOfService', 'service.due something': 'due' },
    due: { LOCK_OUT: 'lockedOut', TAKE_OUT_OF_SERVICE: 'outOfService', 'service.due nothing': 'inService' },
    lockedOut: {},
    outOfService: {},
  },
  alarms: {
    none: {},
    active: { ACK_ALARM: 'acknowledged', CLEAR: 'none' },
    acknowledged: { CLEAR: 'none' },
  },
};
/** Commands that ask for a machine at rest, CLEAR for one that answers, the lease for one without power: elsewhere they lead nowhere. */
const onlyAtRest: readonly string[] = ['CLEAR', 'TAKE_OUT_OF_SERVICE', 'timer.fired lease much later'];
const grave: readonly string[] = [
  'device.hold',
  'device.switch',
  'device.resume',
  'device.stop',
  'device.abort',
  'device.clear',
  'device.program.run',
  'device.program.finish',
];

/** S9: control, service and alarms go where their tables say, and what they were told stands in the facts. */
export function checkRegionTables(trial: Trial, table: ChartTable): string | null {
  const name = table.regions.length === 1 ? (table.regions[0]?.name ?? '') : '';
  const own = tables[name];
  if (own === undefined) return null;
  const from = stateOf(trial.before.facts.regions, name);
  const to = stateOf(regionsOf(trial.after ?? trial.before), name);
  const expected = byFacts[name]?.(trial) ?? expectedFrom(own, from, trial);
  if (expected !== to) return `${eventName(trial.event)} leads from ${from} to ${to}, not ${expected}`;
  return forgotten[name]?.(trial, table) ? `${eventName(trial.event)} is not noted` : null;
}

function expectedFrom(own: Table, from: string, { before, event }: Trial): string {
  const word = isCommand(event) ? event.type : eventName(event);
  const named = own[from]?.[word] ?? from;
  return onlyAtRest.includes(word) && !mayBeTaken(before.facts.regions, event) ? from : named;
}

/** What depends on facts as well; null leaves it to the table. */
const byFacts: Readonly<Partial<Record<string, (trial: Trial) => string | null>>> = {
  maintenance: ({ before: { facts }, event }) => {
    const back = facts.serviceDue.length > 0 ? 'due' : 'inService';
    if (event.type === 'RETURN_TO_SERVICE') return facts.regions.maintenance === 'outOfService' ? back : null;
    if (event.type !== 'REMOVE_LOCK' || facts.regions.maintenance !== 'lockedOut') return null;
    return facts.locks.every(lock => lock.id === event.args.lock) ? back : 'lockedOut';
  },
  alarms: trial => (isAlarm(trial) ? 'active' : heldAfterAll(trial) ? 'none' : null),
};

/** Something is an alarm by itself, whatever the machine is doing. */
function isAlarm({ before: { facts }, event, profile }: Trial): boolean {
  switch (event.type) {
    case 'device.alarm':
    case 'device.identity.changed':
      return true;
    case 'device.reset':
      return !event.asked;
    case 'device.chain':
      return event.inputs.emergencyStop === false || event.inputs.protectiveStop === false;
    case 'effect.failed':
      return grave.includes(event.effect);
    case 'timer.fired':
      return (
        profiles[profile].program && event.id === 'hold-confirm' && facts.regions.execution === 'Holding' && !isResting(facts.condition)
      );
    default:
      return false;
  }
}

function holdHasCome({ event, profile }: Trial): boolean {
  return event.type === 'device.condition' && isResting(event.condition) && profiles[profile].program;
}

function isResting(condition: DeviceCondition | null): boolean {
  return condition !== null && ['held', 'door-open', 'door-closed', 'idle'].includes(condition);
}

/** The hold that was late has come, and nothing else was wrong. */
function heldAfterAll(trial: Trial): boolean {
  const { alarms } = trial.before.facts;
  return holdHasCome(trial) && alarms.length === 1 && alarms[0]?.code === 'hold-not-confirmed';
}

/** What the event brought and the facts lack, or what they should have kept. */
const forgotten: Readonly<Partial<Record<string, (trial: Trial, table: ChartTable) => boolean>>> = {
  occupancy: ({ before, event, after }) => {
    const isLease = event.type === 'timer.fired' && event.id === 'lease';
    const holds = ['occupied', 'absent'].includes(stateOf(before.facts.regions, 'occupancy'));
    const stays = regionsOf(after ?? before).occupancy === before.facts.regions.occupancy;
    const again = (after?.effects ?? []).some(effect => effect.type === 'timer.start' && effect.id === 'lease');
    return event.type === 'timer.fired' && holds && stays && again !== isLease;
  },
  maintenance: ({ before, event, after }, table) => {
    if (event.type === 'service.due') return dueForgotten(before, event, table);
    const { locks, regions } = (after ?? before).facts;
    return event.type === 'LOCK_OUT' && regions.maintenance === 'lockedOut' && !locks.some(lock => lock.id === event.commandId);
  },
  alarms: trial => {
    const was = isLate(trial.before);
    const is = isLate(trial.after ?? trial.before);
    if (isAlarm(trial)) return (trial.after?.facts.alarms.length ?? 0) === 0;
    return trial.event.type === 'device.condition' && is !== (was && !holdHasCome(trial));
  },
};

function isLate({ facts }: Configuration): boolean {
  return facts.alarms.some(alarm => alarm.code === 'hold-not-confirmed');
}

/** What is due is what was said last, also when something was due before. */
function dueForgotten(before: Configuration, event: Extract<EquipmentEvent, { type: 'service.due' }>, table: ChartTable): boolean {
  const items = event.items.map(item => ({ ...item, id: 'another' }));
  return (step(table, before, { ...event, items }, passAll) ?? before).facts.serviceDue !== items;
}

function mayBeTaken({ execution, connection }: Regions, event: EquipmentEvent): boolean {
  if (event.type === 'timer.fired') return restStates.includes(execution);
  if (event.type === 'CLEAR') return execution === 'Aborted' && connection === 'online';
  return ['Stopped', 'Idle', 'Aborted', 'Complete'].includes(execution);
}

function stateOf(regions: object, name: string): string {
  return String((regions as Readonly<Record<string, unknown>>)[name]);
}
