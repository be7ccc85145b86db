import type { Axes } from '../../../statecharts/equipment/reports.ts';
import { axisNames, mapAxes } from '../../gcode/axes.ts';
import { criticalAlarm } from './alarms.ts';
import type { Machine, Program } from './machine.ts';
import { type Move, plannerBlocks } from './motion.ts';
import { setting } from './settings.ts';

/** Where the next line starts from: the end of what is queued. */
export function parserPosition(machine: Machine): Axes {
  return machine.state === 'Check' ? machine.checkedTo : machine.motion.planned;
}

/** Within the travel, or soft limits are off. GRBL's travel lies between minus `$130` and 0. */
export function insideTravel(machine: Machine, target: Axes): boolean {
  if (setting(machine.settings, 20) === 0) return true;
  return axisNames.every((axis, i) => target[axis] <= 1e-6 && target[axis] >= -setting(machine.settings, 130 + i) - 1e-6);
}

/** Where homing leaves the tool: the pull-off away from the switches, at the end that `$23` says. */
export function homePosition(machine: Machine): Axes {
  const pullOff = setting(machine.settings, 27);
  const ends = mapAxes(axis => {
    const i = axisNames.indexOf(axis);
    const atLowEnd = (setting(machine.settings, 23) & (1 << i)) !== 0;
    return atLowEnd ? pullOff - setting(machine.settings, 130 + i) : -pullOff;
  });
  return ends;
}

/** Queues one straight move, waiting for space in the planner; a target outside the travel is alarm 2. */
export function* moveTo(machine: Machine, move: Move): Program {
  const { target } = move;
  if (!insideTravel(machine, target)) {
    machine.motion.brake();
    yield { for: 'stand' };
    return yield* criticalAlarm(machine, 2);
  }
  if (machine.state === 'Check') {
    machine.checkedTo = target;
    return;
  }
  yield { for: 'space' };
  if (machine.motion.queued < plannerBlocks) machine.motion.add(move);
}
