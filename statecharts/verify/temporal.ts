import { effectClasses } from '../equipment/effects.ts';
import { isCommand } from '../equipment/guards.ts';
import { producingStates } from '../equipment/packml.ts';
import { passes } from '../equipment/restrictions/registry.ts';
import type { ProfileName } from '../profiles/profile.ts';
import type { ChartTable } from './compile.ts';
import { passAll, type Trial } from './explore.ts';
import { regionsOf } from './spec.ts';
import { type Configuration, type Judge, type Step, step } from './step.ts';

interface Property {
  /** As in rules.md. */
  readonly id: string;
  readonly title: string;
  /** Absent: all of them. */
  readonly families?: readonly ProfileName[];
}

/** Something that no single step may do; words say what it did. */
export interface Never extends Property {
  readonly kind: 'never';
  check(trial: Trial, table: ChartTable): string | null;
}

/**
 * From every configuration where it begins (`where`) or after every step that begins it (`when`), whatever else happens, the goal comes, if
 * each of the `fair` events that can happen again and again does happen. Events as `eventName` has them.
 */
export interface LeadsTo extends Property {
  readonly kind: 'leads-to';
  where?(here: Configuration): boolean;
  when?(trial: Trial): boolean;
  goal(here: Configuration): boolean;
  readonly fair: readonly string[];
}

const execution = (here: Configuration) => regionsOf(here).execution;
const isIn =
  (...states: readonly string[]) =>
  (here: Configuration) =>
    states.includes(execution(here));
const programs: readonly ProfileName[] = ['motion', 'laser', 'printer', 'process'];
/** What may cut every other state short: an end in order, a fault, the stop. */
const ended = ['Stopping', 'Stopped', 'Completing', 'Complete', 'Aborting', 'Aborted'] as const;

/** What holds over time, beyond single invariants. */
export const temporal: readonly (Never | LeadsTo)[] = [
  {
    id: 'T1',
    kind: 'never',
    title: 'the stop key aborts and latches at once, and the latch keeps it so until RELEASE_STOP',
    check: checkStopKey,
  },
  {
    id: 'T2',
    kind: 'leads-to',
    title: 'Aborting leads to Aborted',
    where: isIn('Aborting'),
    goal: isIn('Aborted'),
    fair: ['device.aborted'],
  },
  {
    id: 'T3',
    kind: 'leads-to',
    families: programs,
    title: 'Holding leads to Held, unless the run is ended',
    where: isIn('Holding'),
    goal: isIn('Held', ...ended),
    fair: ['device.condition held'],
  },
  {
    id: 'T4',
    kind: 'leads-to',
    title: 'Stopping, Suspending, Clearing, Resetting and Completing come to their end',
    where: isIn('Stopping', 'Suspending', 'Clearing', 'Resetting', 'Completing'),
    goal: isIn('Stopped', 'Suspended', 'Idle', 'Complete', 'Held', 'Aborting', 'Aborted'),
    fair: [
      'device.stopped',
      'device.condition held',
      'device.cleared',
      'timer.fired reset-settle',
      'device.condition idle',
      'program.ended complete',
    ],
  },
  {
    id: 'T5',
    families: programs,
    kind: 'never',
    title: 'after offline nothing produces without CLEAR, RESET and START, in this order',
    check: checkComeback,
  },
  { id: 'T6', families: programs, kind: 'never', title: 'a lock leads out of producing at once', check: checkLockOut },
  {
    id: 'T7',
    kind: 'leads-to',
    families: ['laser'],
    title: 'a beam whose extraction is lost does not stay firing',
    when: ({ before, event }) => regionsOf(before).beam === 'firing' && event.type === 'device.chain' && event.inputs.extraction === false,
    goal: here => regionsOf(here).beam !== 'firing',
    fair: ['device.condition held'],
  },
  {
    id: 'T8',
    kind: 'never',
    title: 'who is losing the machine does nothing physical with it, or only ends what it does',
    check: checkLosing,
  },
];

function checkStopKey({ before, event, after }: Trial): string | null {
  if (event.type === 'stop.pressed' && !after) return 'the stop key is not heard';
  if (!after) return null;
  const was = regionsOf(before).stopLatch;
  const { stopLatch, execution: is } = regionsOf(after);
  if (event.type === 'stop.pressed' && stopLatch !== 'latched') return 'the stop key does not latch';
  if (stopLatch === 'latched' && is !== 'Aborting' && is !== 'Aborted') return `${event.type} leads to ${is} under the latch`;
  return was === 'latched' && stopLatch !== 'latched' && event.type !== 'RELEASE_STOP' ? `${event.type} lets go of the latch` : null;
}

/** How far a machine is on its way back: each step of it needs its command. Whatever is not named is beyond START. */
const ranks: Readonly<Record<string, number>> = { Aborting: 0, Aborted: 0, Clearing: 1, Stopping: 1, Stopped: 1, Resetting: 2, Idle: 2 };
const upwards = ['', 'CLEAR', 'RESET', 'START'];
const rankOf = (here: Configuration) => ranks[execution(here)] ?? 3;

/** Without a device that was read; a stale view is still of the device that was read before. */
const apart = ['offline', 'disconnected', 'connecting', 'syncing'];

/**
 * By induction over the steps: what comes back is Aborted, what is not online does not rise, and a machine that is rises one rank at a
 * time, by the command of that rank.
 */
function checkComeback({ before, event, after }: Trial): string | null {
  if (!after) return null;
  const [was, is] = [rankOf(before), rankOf(after)];
  const from = regionsOf(before).connection;
  const to = regionsOf(after).connection;
  if (apart.includes(from) && !apart.includes(to) && is > 0) return `${event.type} comes back in ${execution(after)}`;
  if (is <= was) return null;
  if (to !== 'online') return `${event.type} leads to ${execution(after)} while ${to}`;
  if (is === was + 1 && event.type === upwards[is]) return null;
  return `${event.type} leads from ${execution(before)} to ${execution(after)}`;
}

function checkLockOut({ before, event, after }: Trial): string | null {
  if (event.type !== 'LOCK_OUT' || !producingStates.includes(execution(before))) return null;
  const is = execution(after ?? before);
  return producingStates.includes(is) ? `the lock leaves it in ${is}` : null;
}

const asLosing: Judge = (facts, event, params) => {
  const losing = { ...facts, regions: { ...facts.regions, authority: 'losing' as const } };
  const refused = params.restrictions.includes('authority') && !('commandId' in event && passes('authority', losing, event));
  return !refused && passAll(facts, event, params);
};

function checkLosing({ before, event, after }: Trial, table: ChartTable): string | null {
  if (!after || physicalIn(after) === null || event.type === 'authority.continued') return null;
  const done = isCommand(event) ? step(table, before, event, asLosing) : after;
  const effect = done && physicalIn(done);
  return effect ? `${event.type} emits ${effect} while the machine is being lost` : null;
}

/** The first effect that does more than end something. */
function physicalIn({ effects }: Step): string | null {
  const ends = (effect: Step['effects'][number]) =>
    (effect.type === 'device.switch' && !effect.on) || (effect.type === 'device.temperature' && effect.celsius === 0);
  return effects.find(effect => effectClasses[effect.type] === 'physical' && !ends(effect))?.type ?? null;
}
