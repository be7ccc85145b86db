import { lossBetween, lossReasons } from '../site/rule.ts';
import { chainState } from './chain.ts';
import type { Alarm, AlarmPriority, EquipmentContext, Lock, RegionName, Run } from './context.ts';
import type { EquipmentEvent } from './events.ts';
import { isMoving } from './guards.ts';
import { producingStates } from './packml.ts';
import type { ChainInputs, ProgramOutcome } from './reports.ts';

type Change = Partial<EquipmentContext>;
export interface EnterParams {
  readonly region: RegionName;
  readonly state: string;
}
export interface FaultParams {
  readonly code: string;
  readonly text: string;
  readonly priority: AlarmPriority;
}
type Assign<P> = (facts: EquipmentContext, event: EquipmentEvent, params: P) => Change;
/** Alarms beyond this are old news; the journal has them all. */
const alarmLimit = 20;

/** Every change of the facts, by the name that the chart uses. Pure; verify calls them too. */
export const assigns = {
  /** A state of a region is entered: guards of the other regions read it in the facts. */
  enter: ((facts, event, params) => ({
    regions: { ...facts.regions, [params.region]: params.state },
    since: { ...facts.since, [params.region]: timeOf(event, facts.since[params.region] ?? 0) },
  })) as Assign<EnterParams>,

  /** What was impaired before is found again or is over: a remembered outage would refuse everything for good. */
  takeAuthority: ((facts, event) =>
    event.type === 'authority.acquired' || event.type === 'authority.continued'
      ? { epoch: event.epoch, input: event.input ?? facts.input, degraded: [] }
      : {}) as Assign<undefined>,
  openLink: (() => ({ linkOpen: true, linkReason: null })) as Assign<undefined>,
  closeLink: (() => ({ linkOpen: false, condition: null, modesChanged: null, chain: null })) as Assign<undefined>,
  noteLinkReason: ((_, event) => {
    if (event.type === 'DISCONNECT') return { linkReason: `Disconnected by ${event.caller.name}.` };
    return event.type === 'link.lost' ? { linkReason: event.reason } : {};
  }) as Assign<undefined>,
  forgetLinkReason: (() => ({ linkReason: null })) as Assign<undefined>,
  /** What an energised machine does now is not known. */
  doubt: ((facts, event) =>
    isMoving(facts.regions) && facts.indeterminate === null ? { indeterminate: timeOf(event, 0) } : {}) as Assign<undefined>,
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
  /** A person has looked and goes on: what made the machine wait is settled. */
  confirmGuard: (() => ({ guardOpened: false, siteLoss: null })) as Assign<undefined>,
  noteChain: ((_, event) => (event.type === 'device.chain' ? { chain: event.inputs } : {})) as Assign<undefined>,
  noteSite: ((facts, event) => noteSite(facts, event)) as Assign<undefined>,
  noteDue: ((_, event) => (event.type === 'service.due' ? { serviceDue: event.items } : {})) as Assign<undefined>,

  raiseAlarm: ((facts, event) => raiseAlarm(facts, event)) as Assign<undefined>,
  raiseFault: ((facts, event, params) => ({
    alarms: withAlarm(facts, { ...params, at: timeOf(event, 0) }),
  })) as Assign<FaultParams>,
  dropAlarm: ((facts, _, params) => ({ alarms: facts.alarms.filter(alarm => alarm.code !== params.code) })) as Assign<
    Pick<FaultParams, 'code'>
  >,
  clearAlarms: (() => ({ alarms: [] })) as Assign<undefined>,
  acknowledge: ((facts, event) =>
    event.type === 'ACK_ALARM'
      ? { alarms: facts.alarms.map(alarm => ({ ...alarm, acknowledged: alarm.acknowledged ?? { by: event.caller.name, at: event.at } })) }
      : {}) as Assign<undefined>,

  latch: ((_, event) =>
    event.type === 'stop.pressed'
      ? { stop: { by: event.by, byName: event.byName, at: event.at, stopId: event.stopId } }
      : {}) as Assign<undefined>,
  unlatch: (() => ({ stop: null })) as Assign<undefined>,
  checkIn: ((_, event) =>
    event.type === 'CHECK_IN'
      ? { holder: { id: event.caller.id, name: event.caller.name, since: event.at }, reservation: null, offer: null }
      : {}) as Assign<undefined>,
  checkOut: (() => ({ holder: null, offer: null })) as Assign<undefined>,
  reserve: ((_, event) =>
    event.type === 'RESERVE'
      ? { reservation: { id: event.caller.id, name: event.caller.name, until: event.at + reservedFor(event) } }
      : {}) as Assign<undefined>,
  unreserve: (() => ({ reservation: null })) as Assign<undefined>,
  offer: ((_, event) =>
    event.type === 'HAND_OVER' && event.facts?.person
      ? { offer: { ...event.facts.person, until: event.at + offerMs } }
      : {}) as Assign<undefined>,
  unoffer: (() => ({ offer: null })) as Assign<undefined>,

  lockOut: ((facts, event) =>
    event.type === 'LOCK_OUT'
      ? { locks: [...facts.locks.filter(lock => lock.id !== event.commandId), { id: event.commandId, ...signed(event) }] }
      : {}) as Assign<undefined>,
  removeLock: ((facts, event) =>
    event.type === 'REMOVE_LOCK' ? { locks: facts.locks.filter(lock => lock.id !== event.args.lock) } : {}) as Assign<undefined>,
  takeOut: ((_, event) => (event.type === 'TAKE_OUT_OF_SERVICE' ? { outOfService: signed(event) } : {})) as Assign<undefined>,
  bringBack: (() => ({ outOfService: null })) as Assign<undefined>,

  loadJob: ((_, event) => (event.type === 'LOAD_JOB' ? { job: event.facts?.job ?? null, run: null } : {})) as Assign<undefined>,
  unloadJob: (() => ({ job: null, siteLoss: null })) as Assign<undefined>,
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
        alarms: withAlarm(facts, { code: event.code, text: event.text, at: event.at, priority: 1 }),
        homed: facts.homed && !event.positionLost,
      };
    case 'device.reset': {
      const text = 'The controller restarted by itself; the position is lost.';
      return { alarms: withAlarm(facts, { code: 'device-reset', text, at: event.at, priority: 1 }), homed: false, modesChanged: null };
    }
    case 'device.identity.changed': {
      const text = `Another device answers on this port: ${event.found} instead of ${event.expected}.`;
      return { alarms: withAlarm(facts, { code: 'identity-changed', text, at: event.at, priority: 2 }) };
    }
    case 'device.chain': {
      const { code, text } = chainAlarm(event.inputs);
      return { alarms: withAlarm(facts, { code, text, at: event.at, priority: 1 }) };
    }
    case 'effect.failed':
      return { alarms: withAlarm(facts, { code: event.code, text: event.text, at: event.at, priority: 1 }) };
    default:
      return {};
  }
}

function chainAlarm(inputs: ChainInputs): { readonly code: string; readonly text: string } {
  return chainState(inputs) === 'estop'
    ? { code: 'emergency-stop', text: 'The emergency stop of the machine is pressed.' }
    : { code: 'protective-stop', text: 'A protective device of the machine has stopped it.' };
}

/** A repeated alarm replaces its older self, and wants to be seen again. */
function withAlarm(facts: EquipmentContext, alarm: Omit<Alarm, 'first' | 'acknowledged'>): readonly Alarm[] {
  const others = facts.alarms.filter(other => other.code !== alarm.code);
  const first = facts.alarms.find(other => other.code === alarm.code)?.first ?? others.length === 0;
  return [...others, { ...alarm, first, acknowledged: null }].slice(-alarmLimit);
}

/** The rules as they are now, and why a run that is under way does not go on. */
function noteSite(facts: EquipmentContext, event: EquipmentEvent): Change {
  if (event.type !== 'site.changed') return {};
  const site = { rules: event.rules, facts: event.facts };
  const loss = producingStates.includes(facts.regions.execution) ? lossBetween(facts.site, site, event.at) : null;
  return loss === null || loss === 'finish' ? { site } : { site, siteLoss: lossReasons(facts.site, site, event.at) };
}

function signed(event: Extract<EquipmentEvent, { type: 'LOCK_OUT' | 'TAKE_OUT_OF_SERVICE' }>): Omit<Lock, 'id'> {
  return { by: event.caller.id, byName: event.caller.name, at: event.at, reason: event.args.reason };
}

const reservationMinutes = 15;
/** Time to take what was offered, ms. */
const offerMs = 120_000;

/** How long the machine is kept, ms. */
export function reservedFor(event: EquipmentEvent): number {
  const minutes = event.type === 'RESERVE' ? event.args.minutes : undefined;
  return (minutes ?? reservationMinutes) * 60_000;
}

function beginRun(facts: EquipmentContext, event: EquipmentEvent): Change {
  if (event.type !== 'START' || facts.job === null) return {};
  const { id, lines } = facts.job;
  const run = { job: id, result: 'running', sent: 0, acknowledged: 0, total: lines, by: event.caller.name, at: event.at } as const;
  return { run, guardOpened: false, siteLoss: null };
}

function degrade(facts: EquipmentContext, event: EquipmentEvent): Change {
  if (event.type !== 'service.degraded') return {};
  const others = facts.degraded.filter(part => part.code !== event.code);
  return { degraded: [...others, { code: event.code, message: event.message, since: event.at }] };
}
