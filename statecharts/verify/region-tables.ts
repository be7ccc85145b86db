import type { Regions } from '../equipment/context.ts';
import type { EquipmentEvent } from '../equipment/events.ts';
import { isCommand } from '../equipment/guards.ts';
import { eventName } from './alphabet.ts';
import type { ChartTable } from './compile.ts';
import type { Trial } from './explore.ts';
import { regionsOf } from './spec.ts';

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Where control, service and alarms go, written down a second time as the command rules are. Commands by their name, everything else as the
 * alphabet names it; what stands nowhere leaves the state. REMOVE_LOCK and RETURN_TO_SERVICE depend on facts: S6 holds them.
 */
const tables: Readonly<Partial<Record<string, Table>>> = {
  occupancy: {
    free: { CHECK_IN: 'occupied', RESERVE: 'reserved' },
    reserved: { CHECK_IN: 'occupied', CANCEL_RESERVATION: 'free', 'timer.fired reservation': 'free' },
    occupied: { CHECK_OUT: 'free', HAND_OVER: 'offered', 'holder.gone': 'absent' },
    offered: { CHECK_OUT: 'free', CHECK_IN: 'occupied', HAND_OVER: 'offered', 'holder.gone': 'absent', 'timer.fired offer': 'occupied' },
    absent: { CHECK_OUT: 'free', CHECK_IN: 'occupied', 'holder.back': 'occupied' },
  },
  maintenance: {
    inService: { LOCK_OUT: 'lockedOut', TAKE_OUT_OF_SERVICE: 'outOfService', 'service.due something': 'due' },
    due: { LOCK_OUT: 'lockedOut', TAKE_OUT_OF_SERVICE: 'outOfService', 'service.due nothing': 'inService' },
    lockedOut: {},
    outOfService: {},
  },
  alarms: {
    none: { 'device.alarm': 'active' },
    active: { ACK_ALARM: 'acknowledged', CLEAR: 'none' },
    acknowledged: { CLEAR: 'none', 'device.alarm': 'active' },
  },
};
/** Commands that ask for a machine at rest, CLEAR for one that answers: elsewhere they lead nowhere. */
const onlyAtRest: readonly string[] = ['CLEAR', 'TAKE_OUT_OF_SERVICE'];
const byFacts: readonly string[] = ['REMOVE_LOCK', 'RETURN_TO_SERVICE'];

/** S9: control, service and alarms go where their tables say. */
export function checkRegionTables(trial: Trial, table: ChartTable): string | null {
  const name = table.regions.length === 1 ? (table.regions[0]?.name ?? '') : '';
  const own = tables[name];
  if (own === undefined) return null;
  const from = stateOf(trial.before.facts.regions, name);
  const to = stateOf(regionsOf(trial.after ?? trial.before), name);
  const expected = expectedFrom(own, from, trial);
  return expected === null || expected === to ? null : `${eventName(trial.event)} leads from ${from} to ${to}, not ${expected}`;
}

/** Null where the tables say nothing: of what is no command and stands nowhere. */
function expectedFrom(own: Table, from: string, { before, event }: Trial): string | null {
  const word = isCommand(event) ? event.type : eventName(event);
  const named = own[from]?.[word];
  if (byFacts.includes(word)) return null;
  if (named === undefined) return isCommand(event) ? from : null;
  return onlyAtRest.includes(word) && !mayBeTaken(before.facts.regions, event) ? from : named;
}

function mayBeTaken({ execution, connection }: Regions, event: EquipmentEvent): boolean {
  if (event.type === 'CLEAR') return execution === 'Aborted' && connection === 'online';
  return ['Stopped', 'Idle', 'Aborted', 'Complete'].includes(execution);
}

function stateOf(regions: object, name: string): string {
  return String((regions as Readonly<Record<string, unknown>>)[name]);
}
