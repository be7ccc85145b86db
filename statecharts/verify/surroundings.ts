import { chainState } from '../equipment/chain.ts';
import { isCommand } from '../equipment/guards.ts';
import { producingStates, restStates } from '../equipment/packml.ts';
import { profiles } from '../profiles/profile.ts';
import type { ChartTable } from './compile.ts';
import type { Trial } from './explore.ts';
import { clearanceLost, entersProducing, regionsOf } from './spec.ts';
import type { Configuration } from './step.ts';

/**
 * What surrounds a machine, written down a second time as the command rules are: rules of the site, supplies, the person in control, locks,
 * and the beam of a laser.
 */
const lossLeadsTo: Readonly<Record<string, string>> = { hold: 'Suspending', stop: 'Stopping' };

/** S5: a run whose rule is lost goes where the rule says, one without extraction is suspended, one without its person held. */
export function checkSurroundings(trial: Trial): string | null {
  const from = regionsOf(trial.before).execution;
  const to = regionsOf(trial.after ?? trial.before).execution;
  const expected = producingStates.includes(from) ? destination(trial) : null;
  if (expected === null) return null;
  if (to !== expected) return `${trial.event.type} leads from ${from} to ${to}`;
  const held = to !== 'Suspending' && to !== 'Holding' ? true : trial.after?.effects.some(effect => effect.type === 'device.hold');
  return held ? null : `${trial.event.type} does not hold the device`;
}

function destination({ before, event, profile }: Trial): string | null {
  const stays = regionsOf(before).execution;
  switch (event.type) {
    case 'site.changed':
      // One rule in the event: it is the one that is lost.
      return event.rules.length === 1 ? (lossLeadsTo[event.rules[0]?.onLoss ?? ''] ?? stays) : stays;
    case 'device.chain':
      return event.inputs.extraction === false && chainState(event.inputs) === 'ok' ? 'Suspending' : null;
    case 'timer.fired':
      return event.id === 'absence' ? (profiles[profile].absence.run === 'hold' ? 'Holding' : stays) : null;
    default:
      return null;
  }
}

const leaving: Readonly<Record<string, string>> = { lockedOut: 'REMOVE_LOCK', outOfService: 'RETURN_TO_SERVICE' };
const moving = ['setup.homing', 'setup.jogging', 'setup.mdi'];

/** S6: after LOCK_OUT the machine is locked and nothing moves; each lock is kept until it is removed. */
export function checkService(trial: Trial, table: ChartTable): string | null {
  const { before, event, after } = trial;
  if (event.type === 'LOCK_OUT') {
    const wrong = has(table, 'maintenance') ? lockMissed(trial) : has(table, 'execution') ? motionLocked(trial) : null;
    if (wrong !== null) return wrong;
  }
  if (!after) return null;
  const was = regionsOf(before).maintenance;
  const is = regionsOf(after).maintenance;
  if (leaving[was] !== undefined && is !== was && event.type !== leaving[was]) return `${event.type} leads from ${was} to ${is}`;
  if (event.type === 'REMOVE_LOCK' && is !== 'lockedOut' && after.facts.locks.length > 0) return 'a machine with a lock is in service';
  return is === 'lockedOut' && after.facts.locks.length === 0 ? 'locked out without a lock' : null;
}

function has(table: ChartTable, name: string): boolean {
  return table.regions.some(region => region.name === name);
}

function lockMissed({ before, after }: Trial): string | null {
  if (regionsOf(before).maintenance === 'outOfService') return null;
  return regionsOf(after ?? before).maintenance === 'lockedOut' ? null : 'LOCK_OUT does not lock';
}

/** Whatever moves is aborted on the device, not only forgotten. */
function motionLocked({ before, after }: Trial): string | null {
  const { execution, mode } = regionsOf(before);
  const moves = moving.includes(mode) || !restStates.includes(execution);
  const is = regionsOf(after ?? before);
  if (!moves) return is.execution === execution ? null : `LOCK_OUT leads a machine at rest from ${execution} to ${is.execution}`;
  if (execution === 'Aborting' || execution === 'Aborted') return null;
  if (is.execution !== 'Aborting' || moving.includes(is.mode)) return `LOCK_OUT leaves ${is.execution}, ${is.mode}`;
  return after?.effects.some(effect => effect.type === 'device.abort') ? null : 'LOCK_OUT does not reach the device';
}

/** S8: a guard that the device says is open is open here, and a chain that it says is open is. */
export function checkGuards({ before, event, after }: Trial, table: ChartTable): string | null {
  if (!after || !has(table, 'safety')) return null;
  const { safety, connection } = regionsOf(after);
  const clear = safety === 'normal' || safety === 'notObserved';
  if (event.type === 'device.chain' && clear && chainState(event.inputs) !== 'ok') return `the chain is open, safety ${safety}`;
  const read = has(table, 'connection') && connection === 'online';
  const ajar = after.facts.condition === 'door-open' || after.facts.condition === 'door-opening';
  if (read && ajar && clear) return `the door is open, safety ${safety}`;
  const released = regionsOf(before).safety === 'estop' && clear && event.type === 'device.chain' && event.inputs.resetRequired !== false;
  return released ? 'an emergency stop needs no reset' : null;
}

const fires = ['START', 'UNHOLD', 'UNSUSPEND', 'COMPLETE'];

/** S7: ARM_LASER arms, a command that lets the program run fires, the end of the run disarms. */
export function checkBeam({ before, event, after }: Trial): string | null {
  if (!after) return null;
  const was = regionsOf(before).beam;
  const is = regionsOf(after).beam;
  if (is !== undefined && is !== 'firing' && entersProducing(before, after) && isCommand(event))
    return `${event.type} lets a program run with the beam ${is}`;
  if (is === 'armed' && was !== 'armed' && event.type !== 'ARM_LASER') return `${event.type} arms the beam`;
  if (is === 'firing' && was !== 'firing' && !(was === 'armed' && fires.includes(event.type)))
    return `${event.type} fires a beam that was ${was}`;
  const ends =
    event.type === 'program.ended' || event.type === 'DISARM_LASER' || (event.type === 'timer.fired' && event.id === 'laser-arm');
  if (is === 'armed' && ends && after.taken.length > 0) return `${event.type} leaves the beam armed`;
  return is === 'firing' && event.type === 'program.ended' ? 'the end of a run leaves the beam firing' : null;
}

/** With what a beam that is not disarmed may not be; null when it may, or there is none. */
export function beamUnguarded(configuration: Configuration): string | null {
  const { beam, execution } = regionsOf(configuration);
  if (beam === undefined || beam === 'disarmed') return null;
  if (execution === 'Aborting' || execution === 'Aborted' || execution === 'Stopping') return `in ${execution}`;
  const lost = clearanceLost(configuration);
  return lost === null ? null : `with ${lost}`;
}
