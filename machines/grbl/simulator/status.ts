import type { Axes } from '../../../statecharts/equipment/reports.ts';
import { mapAxes, subtractAxes } from '../../gcode/axes.ts';
import { beamAsked, isLaser } from './beam.ts';
import type { Machine, State } from './machine.ts';
import { type Modal, workOffset } from './modal.ts';
import { plannerBlocks } from './motion.ts';
import { setting } from './settings.ts';

/** `x,y,z` with three decimals, as every coordinate is printed. */
function axesText(axes: Axes): string {
  return [axes.x, axes.y, axes.z].map(value => (value + 0).toFixed(3).replace('-0.000', '0.000')).join(',');
}

/** MPos in whole steps: the controller knows no finer place. */
export function machinePosition(machine: Machine): Axes {
  const at = machine.motion.position;
  const steps = { x: setting(machine.settings, 100), y: setting(machine.settings, 101), z: setting(machine.settings, 102) };
  return mapAxes(axis => Math.round(at[axis] * steps[axis]) / steps[axis]);
}

/** The answer to `?`; counts down to the next WCO and Ov. `rxFree` for the Bf field. */
export function statusReport(machine: Machine, rxFree: number): string {
  const fields = [stateWord(machine), positionField(machine)];
  if (setting(machine.settings, 10) & 2) fields.push(`Bf:${plannerBlocks - machine.motion.queued},${rxFree}`);
  fields.push(`FS:${Math.round(machine.motion.rate)},${spindleSpeed(machine)}`);
  if (machine.pins.size > 0) fields.push(`Pn:${[...'PXYZDHRS'].filter(pin => machine.pins.has(pin)).join('')}`);
  fields.push(...occasionalFields(machine));
  return `<${fields.join('|')}>\r\n`;
}

function positionField(machine: Machine): string {
  const at = machinePosition(machine);
  if (setting(machine.settings, 10) & 1) return `MPos:${axesText(at)}`;
  return `WPos:${axesText(subtractAxes(at, workOffset(machine.modal, machine.parameters)))}`;
}

const busyStates: ReadonlySet<State> = new Set(['Home', 'Run', 'Hold', 'Jog', 'Door']);

function occasionalFields(machine: Machine): string[] {
  const busy = busyStates.has(machine.state);
  if (machine.reportsUntilOffset === 0) {
    machine.reportsUntilOffset = busy ? 29 : 9;
    if (machine.reportsUntilOverrides === 0) machine.reportsUntilOverrides = 1;
    return [`WCO:${axesText(workOffset(machine.modal, machine.parameters))}`];
  }
  machine.reportsUntilOffset -= 1;
  if (machine.reportsUntilOverrides > 0) {
    machine.reportsUntilOverrides -= 1;
    return [];
  }
  machine.reportsUntilOverrides = busy ? 19 : 9;
  const { feed, rapid, spindle } = machine.overrides;
  const accessories = accessoryLetters(machine);
  return [`Ov:${feed},${rapid},${spindle}`, ...(accessories === '' ? [] : [`A:${accessories}`])];
}

function accessoryLetters(machine: Machine): string {
  const spindle = machine.spindle === 3 ? 'S' : machine.spindle === 4 ? 'C' : '';
  return `${machine.spindleStopped ? '' : spindle}${machine.flood ? 'F' : ''}${machine.mist ? 'M' : ''}`;
}

/** rpm, or S of a beam, with the override; 0 while it does not turn or burn. */
export function spindleSpeed(machine: Machine): number {
  if (machine.spindle === 5 || machine.spindleStopped) return 0;
  const wanted = isLaser(machine) ? beamAsked(machine) : machine.modal.speed;
  if (wanted === 0 && isLaser(machine)) return 0;
  const asked = (wanted * machine.overrides.spindle) / 100;
  return Math.round(Math.min(Math.max(asked, setting(machine.settings, 31)), setting(machine.settings, 30)));
}

/** The state with its sub-state, `Hold:1`. */
export function stateWord(machine: Machine): string {
  if (machine.state === 'Hold') return `Hold:${machine.motion.moving ? 1 : 0}`;
  if (machine.state !== 'Door') return machine.state;
  if (machine.door === 'stopping') return 'Door:2';
  if (machine.door === 'restoring') return 'Door:3';
  return machine.pins.has('D') ? 'Door:1' : 'Door:0';
}

/** The line of `$G`. */
export function modesLine(modal: Modal): string {
  const coolant = `${modal.mist ? ' M7' : ''}${modal.flood ? ' M8' : ''}` || ' M9';
  const words = [
    `G${modal.motion}`,
    `G${modal.system}`,
    `G${modal.plane}`,
    `G${modal.units}`,
    `G${modal.distance}`,
    `G${modal.feedMode}`,
    `M${modal.spindle}${coolant}`,
    `T${modal.tool}`,
    `F${Math.round(modal.feed)}`,
    `S${Math.round(modal.speed)}`,
  ];
  return `[GC:${words.join(' ')}]`;
}

/** The lines of `$#`. */
export function parameterLines(machine: Machine): string[] {
  const systems = [...machine.parameters.systems].map(([name, offset]) => `[G${name}:${axesText(offset)}]`);
  const { at, touched } = machine.parameters.probe;
  return [
    ...systems,
    `[G92:${axesText(machine.modal.g92)}]`,
    `[TLO:${machine.modal.toolLength.toFixed(3)}]`,
    `[PRB:${axesText(at)}:${touched ? 1 : 0}]`,
  ];
}
