import { isCommand } from '../equipment/guards.ts';
import { packmlTable, producingStates } from '../equipment/packml.ts';
import type { RestrictionId } from '../equipment/restrictions/restriction.ts';
import type { ChartTable } from './compile.ts';
import { checkDecision } from './decisions.ts';
import { checkDevice } from './device-tables.ts';
import { judgeWith, type Trial } from './explore.ts';
import { checkNoted } from './noted-facts.ts';
import { checkRegionTables } from './region-tables.ts';
import { checkControl, checkFaults, checkHands, checkReports } from './reports.ts';
import { checkRun } from './run-tables.ts';
import {
  allowsMotion,
  baseMode,
  clearanceLost,
  entersProducing,
  guardIsOpen,
  motionOf,
  regionsOf,
  requiredPermits,
  turnsOn,
} from './spec.ts';
import { type Judge, step } from './step.ts';
import { beamUnguarded, checkBeam, checkGuards, checkService, checkSurroundings } from './surroundings.ts';
import { checkJob } from './told-jobs.ts';

/** Looks at one trial; words say what is wrong, null that all is well. */
export interface Invariant {
  readonly id: string;
  readonly title: string;
  check(trial: Trial, table: ChartTable): string | null;
}

/** Only state and capability may answer a stop-like command. */
const onlyState = judgeWith(id => id !== 'state' && id !== 'capability-hold');
/** Everything passes but the state: what the table of PackML says, undisturbed. */
const stateAlone: Judge = (facts, event, params) =>
  judgeWith(() => false)(facts, event, { ...params, restrictions: params.restrictions.filter(id => id === 'state') });

function failing(permit: RestrictionId): Judge {
  return judgeWith(id => id === permit);
}
const failingJudges = new Map<RestrictionId, Judge>();

/** The invariants of the equipment chart: I1 to I6, I8 and I9 (I7 is in dead-ends.ts), the tables S1 to S13, and that the facts name the states that are. */
export const invariants: readonly Invariant[] = [
  { id: 'I1', title: 'a commanded entry into producing has its permit, and producing ends with what permits it', check: checkPermits },
  { id: 'I2', title: 'latched is Aborting or Aborted, and only RELEASE_STOP lets go', check: checkLatch },
  { id: 'I3', title: 'ABORT and the stop key act everywhere, STOP, HOLD and every other command where the table says', check: checkStops },
  { id: 'I4', title: 'motion comes from commands that mean motion, in their modes', check: checkMotion },
  { id: 'I5', title: 'no reset, clear, release, reconnect or timer enters a producing state', check: checkResets },
  { id: 'I6', title: 'the mode changes only in Stopped, Idle, Aborted and Complete', check: checkMode },
  { id: 'I8', title: 'nothing that can turn spindle or beam on happens with the guard open', check: checkGuard },
  { id: 'I9', title: 'a command is allowed exactly when it changes a state or emits an effect', check: checkDecision },
  { id: 'S1', title: 'a fault aborts, from everywhere', check: checkFaults },
  { id: 'S2', title: 'reports end the states that await them, and nothing goes on without its link', check: checkReports },
  { id: 'S3', title: 'motion by hand begins with its command and ends with whatever stops the machine', check: checkHands },
  { id: 'S4', title: 'control is given by CHECK_IN and ends with CHECK_OUT', check: checkControl },
  { id: 'S5', title: 'a lost rule, a missing supply and an absent person lead a run where they should', check: checkSurroundings },
  { id: 'S6', title: 'a lock ends every motion, and only who may takes it away', check: checkService },
  { id: 'S7', title: 'only a person arms a beam, for one run', check: checkBeam },
  { id: 'S8', title: 'a guard or chain that the device says is open is open', check: checkGuards },
  { id: 'S9', title: 'control, service and alarms go where their tables say', check: checkRegionTables },
  { id: 'S10', title: 'link, guards, contact and heaters are what was last heard of them', check: checkDevice },
  { id: 'S11', title: 'what a report says stands in the facts, and a machine lost while it moves is in doubt', check: checkNoted },
  { id: 'S12', title: 'whatever is no command leads execution, motion by hand and the beam where their tables say', check: checkRun },
  { id: 'S13', title: 'a job hears what becomes of its run', check: checkJob },
  { id: 'F1', title: 'the facts that guards read name the states that are', check: checkFacts },
];

/** What can be said of a region that is explored alone: it has no other to be safe or unsafe with. */
const partwise = invariants.filter(({ id }) => ['F1', 'I9', 'S4', 'S6', 'S8', 'S9', 'S10', 'S11'].includes(id));

/** The invariants of a part of the chart. */
export function invariantsOf(part: ChartTable): readonly Invariant[] {
  return part.regions.some(region => region.name === 'execution') ? invariants : partwise;
}

function checkPermits(trial: Trial, table: ChartTable): string | null {
  const { before, event, after } = trial;
  if (after && producingStates.includes(regionsOf(after).execution) && clearanceLost(after)) {
    return `produces with ${clearanceLost(after)}`;
  }
  if (!after || !isCommand(event) || (!entersProducing(before, after) && motionOf(after).length === 0)) return null;
  const lost = clearanceLost(before, event.type);
  if (lost) return `${event.type} is taken with ${lost}`;
  const needed = requiredPermits[trial.profile][event.type];
  if (!needed) return `${event.type} moves the machine`;
  const missing = needed.find(permit => {
    const judge = failingJudges.get(permit) ?? failing(permit);
    failingJudges.set(permit, judge);
    const without = step(table, before, event, judge);
    return without !== null && (entersProducing(before, without) || motionOf(without).length > 0);
  });
  return missing ? `${event.type} is taken although ${missing} refuses` : null;
}

function checkLatch({ before, event, after }: Trial): string | null {
  if (!after) return null;
  const { stopLatch, execution } = regionsOf(after);
  if (stopLatch === 'latched') return execution === 'Aborting' || execution === 'Aborted' ? null : `latched in ${execution}`;
  const released = regionsOf(before).stopLatch === 'latched';
  return released && event.type !== 'RELEASE_STOP' ? `${event.type} releases the latch` : null;
}

function checkStops({ before, event }: Trial, table: ChartTable): string | null {
  if (event.type === 'stop.pressed') return checkStopKey(before, event, table);
  const from = regionsOf(before).execution;
  const edges: Readonly<Record<string, string | undefined>> = packmlTable[from];
  if (!isCommand(event) || event.type === 'CHECK_OUT' || event.type === 'LOCK_OUT') return null;
  const stopLike = event.type === 'HOLD' || event.type === 'STOP' || event.type === 'ABORT';
  const after = step(table, before, event, stopLike ? onlyState : stateAlone);
  const to = after ? regionsOf(after).execution : from;
  const givesFree = event.type === 'DISCONNECT' && ['Stopped', 'Idle', 'Complete'].includes(from);
  const expected = edges[event.type] ?? (givesFree ? 'Aborted' : from);
  return to === expected ? null : `${event.type} leads from ${from} to ${to}, the table says ${expected}`;
}

function checkStopKey(before: Trial['before'], event: Trial['event'], table: ChartTable): string | null {
  const after = step(table, before, event, onlyState);
  if (!after) return 'the stop key is not handled';
  const { execution, stopLatch } = regionsOf(after);
  if (execution !== 'Aborting' && execution !== 'Aborted') return `the stop key leads to ${execution}`;
  if (stopLatch !== 'latched') return 'the stop key does not latch';
  return after.effects.some(effect => effect.type === 'device.abort') ? null : 'the stop key does not reach the device';
}

function checkMotion({ before, event, after }: Trial): string | null {
  const effect = after && motionOf(after).find(one => !allowsMotion(event, one, before));
  return effect ? `${event.type} emits ${effect}` : null;
}

function checkGuard({ event, after, before }: Trial): string | null {
  if (!after) return null;
  if (beamUnguarded(after)) return `the beam is ${regionsOf(after).beam} ${beamUnguarded(after)}`;
  const effect = after.effects.find(one => turnsOn(one.type));
  if (effect && (guardIsOpen(before) || guardIsOpen(after))) return `${event.type} emits ${effect.type} with the guard open`;
  const { execution } = regionsOf(after);
  return guardIsOpen(after) && producingStates.includes(execution) ? `${execution} with the guard open` : null;
}

const neverStart =
  /^(CONNECT|DISCONNECT|RESET|CLEAR|RELEASE_STOP|CHECK_IN|SET_MODE|LOAD_JOB|ARM_LASER|ACK_ALARM|REMOVE_LOCK|SAFETY_RESET_OBSERVED|site\.|service\.|holder\.|device\.chain|stop\.|authority\.|device\.reset|device\.synced|device\.cleared|link\.|timer\.)/;

function checkResets({ before, event, after }: Trial): string | null {
  if (!after || !neverStart.test(event.type) || !entersProducing(before, after)) return null;
  return `${event.type} enters ${regionsOf(after).execution}`;
}

function checkMode({ before, event, after }: Trial): string | null {
  if (!after || baseMode(before) === baseMode(after)) return null;
  if (event.type === 'SET_MODE' && baseMode(after) !== event.args.mode) return `SET_MODE ${event.args.mode} leads to ${baseMode(after)}`;
  const { execution } = regionsOf(before);
  return ['Stopped', 'Idle', 'Aborted', 'Complete'].includes(execution) ? null : `${event.type} changes the mode in ${execution}`;
}

function checkFacts({ after }: Trial, table: ChartTable): string | null {
  if (!after) return null;
  const said = regionsOf(after) as unknown as Readonly<Record<string, string>>;
  const wrong = table.regions.findIndex((region, i) => after.value[i] !== said[region.name]);
  return wrong < 0 ? null : `${table.regions[wrong]?.name} is ${after.value[wrong]}, the facts say otherwise`;
}
