import type { EquipmentContext } from '../equipment/context.ts';
import type { EquipmentEvent } from '../equipment/events.ts';
import { isCommand } from '../equipment/guards.ts';
import { producingStates, restStates } from '../equipment/packml.ts';
import { profiles } from '../profiles/profile.ts';
import type { ChartTable } from './compile.ts';
import type { Trial } from './explore.ts';
import { conditionLeadsTo, outcomeLeadsTo } from './report-tables.ts';
import { isFault } from './reports.ts';

/**
 * Where execution, motion by hand and the beam go by everything that is no command, written down a second time from rules.md (EQ61, EQ70 to
 * EQ84, EQ121). The tables are whole: what they do not name leaves the state as it is.
 */
const tables: Readonly<Record<string, (trial: Trial) => string | undefined>> = {
  execution: executionAfter,
  mode: ({ before: { facts }, event }) => (isByHand(facts) && endsHands(facts.regions.mode, event) ? 'setup.ready' : facts.regions.mode),
  beam: ({ before: { facts }, event }) => (putsOut(event, facts) ? 'disarmed' : facts.regions.beam),
};

/** S12: whatever is no command leads execution, motion by hand and the beam where their tables say. */
export function checkRun(trial: Trial, table: ChartTable): string | null {
  if (isCommand(trial.event)) return null;
  for (const [i, { name }] of table.regions.entries()) {
    const to = (trial.after ?? trial.before).value[i] ?? '';
    const expected = tables[name]?.(trial) ?? to;
    if (expected !== to) return `${trial.event.type} leads ${name} from ${trial.before.value[i]} to ${to}, not ${expected}`;
  }
  return null;
}

const abortedAlready = ['Aborting', 'Aborted'];
const lostOrRead = ['authority.acquired', 'authority.lost', 'link.up', 'link.lost', 'device.identity.changed', 'device.synced'];
const sequences: Readonly<Record<string, readonly [string, string]>> = {
  'device.aborted': ['Aborting', 'Aborted'],
  'device.stopped': ['Stopping', 'Stopped'],
  'device.cleared': ['Clearing', 'Stopped'],
  'program.started': ['Starting', 'Execute'],
};

function executionAfter(trial: Trial): string {
  const { event, before } = trial;
  const { facts } = before;
  const from = facts.regions.execution;
  if (lostOrRead.includes(event.type)) return 'Aborted';
  if (stopsAll(event)) return abortedAlready.includes(from) ? from : 'Aborting';
  switch (event.type) {
    case 'effect.failed':
      return event.effect === 'device.abort' && from === 'Aborting' ? 'Aborted' : from;
    case 'link.silent':
      return !restStates.includes(from) || movesByHand(facts) ? 'Aborting' : from;
    case 'device.condition':
      return conditionLeadsTo(event.condition, facts, movesByHand(facts));
    case 'program.ended':
      return outcomeLeadsTo(event.outcome, facts);
    case 'timer.fired':
      return timerLeadsTo(event.id, trial);
    case 'device.chain':
    case 'site.changed':
      return producingStates.includes(from) ? surroundingsLeadTo(event, from) : from;
    default:
      return sequences[event.type]?.[0] === from ? (sequences[event.type]?.[1] ?? from) : from;
  }
}

/** The stop key, and what stops a machine whatever it does. */
function stopsAll(event: EquipmentEvent): boolean {
  return event.type === 'stop.pressed' || isFault(event);
}

function surroundingsLeadTo(event: Extract<EquipmentEvent, { type: 'device.chain' | 'site.changed' }>, from: string): string {
  if (event.type === 'device.chain') return event.inputs.extraction === false ? 'Suspending' : from;
  // One rule in the event: it is the one that is lost.
  const lost = event.rules.length === 1 ? event.rules[0]?.onLoss : undefined;
  return lost === 'stop' ? 'Stopping' : lost === 'hold' ? 'Suspending' : from;
}

const atRest = ['held', 'door-open', 'door-closed', 'idle'];

function timerLeadsTo(id: string, { before: { facts }, profile }: Trial): string {
  const from = facts.regions.execution;
  if (id === 'reset-settle') return from === 'Resetting' ? 'Idle' : from;
  if (id === 'absence') return profiles[profile].absence.run === 'hold' && producingStates.includes(from) ? 'Holding' : from;
  if (id !== 'hold-confirm' || !atRest.includes(facts.condition ?? '')) return from;
  return from === 'Holding' ? 'Held' : from === 'Suspending' ? 'Suspended' : from;
}

const handsEnd = [...lostOrRead, 'link.silent'];
const reportOf: Readonly<Record<string, readonly [string, string]>> = {
  'setup.homing': ['device.homed', 'device.home'],
  'setup.jogging': ['jog.ended', 'device.jog'],
  'setup.mdi': ['mdi.answered', 'device.mdi'],
};

function isByHand({ regions }: EquipmentContext): boolean {
  return regions.mode in reportOf;
}

/** Between programs; what went on in Aborted has been aborted already. */
function movesByHand(facts: EquipmentContext): boolean {
  return isByHand(facts) && ['Stopped', 'Idle'].includes(facts.regions.execution);
}

function endsHands(mode: string, event: EquipmentEvent): boolean {
  const [report, effect] = reportOf[mode] ?? [];
  if (event.type === 'device.condition') return ['door-open', 'door-opening', 'alarm'].includes(event.condition);
  if (event.type === 'effect.failed') return event.effect === effect;
  return event.type === report || handsEnd.includes(event.type) || stopsAll(event);
}

/** A beam goes out with the guard, the link, the run, and whatever stops the machine; an armed one also by its time. */
function putsOut(event: EquipmentEvent, { regions }: EquipmentContext): boolean {
  if (stopsAll(event) || handsEnd.includes(event.type)) return true;
  switch (event.type) {
    case 'device.condition':
      return ['door-open', 'door-opening', 'alarm'].includes(event.condition);
    case 'device.chain':
      return event.inputs.extraction === false;
    case 'effect.failed':
      return event.effect === 'device.abort';
    case 'program.ended':
      return true;
    case 'site.changed':
      return surroundingsLeadTo(event, '') === 'Stopping';
    case 'timer.fired':
      return event.id === 'laser-arm' && regions.beam === 'armed';
    default:
      return false;
  }
}
