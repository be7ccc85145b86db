import type { Alarm, EquipmentContext, RegionName, Run } from './context.ts';
import type { EquipmentEvent } from './events.ts';
import { isEnergised } from './guards.ts';
import type { ProgramOutcome } from './reports.ts';

type Change = Partial<EquipmentContext>;
export interface EnterParams {
  readonly region: RegionName;
  readonly state: string;
}
export interface FaultParams {
  readonly code: string;
  readonly text: string;
}
type Assign<P> = (facts: EquipmentContext, event: EquipmentEvent, params: P) => Change;
/** Alarms beyond this are old news; the journal has them all. */
const alarmLimit = 20;

/** Every change of the facts, by the name that the chart uses. Pure; verify calls them too. */
export const assigns = {
  /** A state of a region is entered: guards of the other regions read it in the facts. */
  enter: ((facts, event, params) => ({
    regions: { ...facts.regions, [params.region]: params.state },
    since: { ...facts.since, [params.region]: timeOf(event, facts.since[params.region]) },
  })) as Assign<EnterParams>,

  /** What was impaired before is found again or is over: a remembered outage would refuse everything for good. */
  takeAuthority: ((facts, event) =>
    event.type === 'authority.acquired' || event.type === 'authority.continued'
      ? { epoch: event.epoch, input: event.input ?? facts.input, degraded: [] }
      : {}) as Assign<undefined>,
  openLink: (() => ({ linkOpen: true, linkReason: null })) as Assign<undefined>,
  closeLink: (() => ({ linkOpen: false, condition: null, modesChanged: null })) as Assign<undefined>,
  noteLinkReason: ((_, event) => (event.type === 'link.lost' ? { linkReason: event.reason } : {})) as Assign<undefined>,
  /** What an energised machine does now is not known. */
  doubt: ((facts, event) =>
    isEnergised(facts.regions) && facts.indeterminate === null ? { indeterminate: timeOf(event, 0) } : {}) as Assign<undefined>,
  settle: (() => ({ indeterminate: null })) as Assign<undefined>,

  identify: ((_, event) => identify(event)) as Assign<undefined>,
  sync: ((_, event) =>
    event.type === 'device.synced'
      ? { condition: event.condition, homed: event.homed, heldByUs: event.heldByUs, indeterminate: null }
      : {}) as Assign<undefined>,
  noteCondition: ((_, event) => (event.type === 'device.condition' ? { condition: event.condition } : {})) as Assign<undefined>,
  noteOffsets: ((_, event) => (event.type === 'device.offsets' ? { offsets: event.offsets } : {})) as Assign<undefined>,
  noteModes: ((_, event) => (event.type === 'device.modes' ? { modesChanged: event.changed } : {})) as Assign<undefined>,
  noteHomed: (() => ({ homed: true })) as Assign<undefined>,
  losePosition: (() => ({ homed: false })) as Assign<undefined>,
  /** Cleared: at rest, unlocked, and not knowing where it is. */
  noteCleared: (() => ({ homed: false, condition: 'idle', indeterminate: null, heldByUs: false })) as Assign<undefined>,
  openGuard: (() => ({ guardOpened: true })) as Assign<undefined>,
  confirmGuard: (() => ({ guardOpened: false })) as Assign<undefined>,

  raiseAlarm: ((facts, event) => raiseAlarm(facts, event)) as Assign<undefined>,
  raiseFault: ((facts, event, params) => ({
    alarms: withAlarm(facts, { code: params.code, text: params.text, at: timeOf(event, 0) }),
  })) as Assign<FaultParams>,
  dropAlarm: ((facts, _, params) => ({ alarms: facts.alarms.filter(alarm => alarm.code !== params.code) })) as Assign<
    Pick<FaultParams, 'code'>
  >,
  clearAlarms: (() => ({ alarms: [] })) as Assign<undefined>,

  latch: ((_, event) =>
    event.type === 'stop.pressed'
      ? { stop: { by: event.by, byName: event.byName, at: event.at, stopId: event.stopId } }
      : {}) as Assign<undefined>,
  unlatch: (() => ({ stop: null })) as Assign<undefined>,
  checkIn: ((_, event) =>
    event.type === 'CHECK_IN' ? { holder: { id: event.caller.id, name: event.caller.name, since: event.at } } : {}) as Assign<undefined>,
  checkOut: (() => ({ holder: null })) as Assign<undefined>,
  loadJob: ((_, event) => (event.type === 'LOAD_JOB' ? { job: event.facts?.job ?? null, run: null } : {})) as Assign<undefined>,
  unloadJob: (() => ({ job: null })) as Assign<undefined>,
  beginRun: ((facts, event) => beginRun(facts, event)) as Assign<undefined>,
  endRun: ((facts, event) =>
    event.type === 'program.ended' && facts.run?.job === event.outcome.job
      ? { run: { ...event.outcome, by: facts.run.by, at: event.at } }
      : {}) as Assign<undefined>,
  /** We were away while it ran: what became of it is not known. */
  interruptRun: ((facts, event) =>
    facts.run?.result === 'running'
      ? { run: { ...facts.run, result: 'interrupted', at: timeOf(event, facts.run.at) } }
      : {}) as Assign<undefined>,

  degrade: ((facts, event) => degrade(facts, event)) as Assign<undefined>,
  restore: ((facts, event) =>
    event.type === 'service.restored' ? { degraded: facts.degraded.filter(part => part.code !== event.code) } : {}) as Assign<undefined>,
};
export type AssignName = keyof typeof assigns;

/** The outcome of the current run in the words of the driver; null while it runs or without one. */
export function outcomeOf(run: Run | null): ProgramOutcome | null {
  if (run === null || run.result === 'running') return null;
  const { by, at, result, ...numbers } = run;
  return { ...numbers, result };
}

function timeOf(event: EquipmentEvent, otherwise: number): number {
  return 'at' in event ? event.at : otherwise;
}

function identify(event: EquipmentEvent): Change {
  if (event.type !== 'device.identified') return {};
  const { firmware, version, identity, capabilities, envelope } = event;
  return { device: { firmware, version, identity }, capabilities, envelope };
}

function raiseAlarm(facts: EquipmentContext, event: EquipmentEvent): Change {
  switch (event.type) {
    case 'device.alarm':
      return {
        alarms: withAlarm(facts, { code: event.code, text: event.text, at: event.at }),
        homed: facts.homed && !event.positionLost,
      };
    case 'device.reset':
      return {
        alarms: withAlarm(facts, { code: 'device-reset', text: 'The controller restarted by itself; the position is lost.', at: event.at }),
        homed: false,
        modesChanged: null,
      };
    case 'device.identity.changed':
      return {
        alarms: withAlarm(facts, {
          code: 'identity-changed',
          text: `Another device answers on this port: ${event.found} instead of ${event.expected}.`,
          at: event.at,
        }),
      };
    case 'effect.failed':
      return { alarms: withAlarm(facts, { code: event.code, text: event.text, at: event.at }) };
    default:
      return {};
  }
}

/** A repeated alarm replaces its older self. */
function withAlarm(facts: EquipmentContext, alarm: Alarm): readonly Alarm[] {
  return [...facts.alarms.filter(other => other.code !== alarm.code), alarm].slice(-alarmLimit);
}

function beginRun(facts: EquipmentContext, event: EquipmentEvent): Change {
  if (event.type !== 'START' || facts.job === null) return {};
  const { id, lines } = facts.job;
  const run = { job: id, result: 'running', sent: 0, acknowledged: 0, total: lines, by: event.caller.name, at: event.at } as const;
  return { run, guardOpened: false };
}

function degrade(facts: EquipmentContext, event: EquipmentEvent): Change {
  if (event.type !== 'service.degraded') return {};
  const others = facts.degraded.filter(part => part.code !== event.code);
  return { degraded: [...others, { code: event.code, message: event.message, since: event.at }] };
}
