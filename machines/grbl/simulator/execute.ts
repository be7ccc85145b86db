import type { Axes } from '../../../statecharts/equipment/reports.ts';
import { type AxisName, addAxes, axisNames, lengthOf, mapAxes, origin, subtractAxes } from '../../gcode/axes.ts';
import { plainAlarm } from './alarms.ts';
import { type Arc, arcLength, chords, offsetFromRadius, planes, radiiAgree } from './arcs.ts';
import { type LineProgram, type Machine, offsetChanged, type Program } from './machine.ts';
import { workOffset } from './modal.ts';
import { changeOutputs, endOfProgram } from './outputs.ts';
import { type Parsed, parseBlock } from './parser.ts';
import { setting } from './settings.ts';
import { insideTravel, moveTo, parserPosition } from './travel.ts';

/** One line with what its checks need. */
interface Block {
  readonly machine: Machine;
  readonly parsed: Parsed;
  /** mm per unit of length */
  readonly unit: number;
  readonly axes: readonly AxisName[];
  /** Letters some code of the line has a use for. */
  readonly used: Set<string>;
}

type Step = Program | number;

/** Runs one line of g-code; its value is the status: 0 for `ok`, else the number of the error, before which nothing was done. */
export function* executeGcode(machine: Machine, line: string): LineProgram {
  const parsed = parseBlock(line, machine.modal);
  if (typeof parsed === 'number') return parsed;
  const block = readValues(machine, parsed);
  const first = pauseStep(block);
  if (typeof first === 'number') return first;
  const second = axisStep(block);
  if (typeof second === 'number') return second;
  for (const letter of parsed.values.keys()) if (!block.used.has(letter)) return 36;
  yield* changeOutputs(machine, { modal: parsed.modal, moves: moves(block) });
  yield* first;
  yield* second;
  yield* endOfProgram(machine, parsed.flow);
  return 0;
}

/**
 * Runs one `$J=` line (`line` without the prefix): straight at its own feed, leaving the modes as they are.
 * Status 15 instead of an alarm when it would leave the travel.
 */
export function* executeJog(machine: Machine, line: string): LineProgram {
  const parsed = parseBlock(line, { ...machine.modal, feedMode: 94 });
  if (typeof parsed === 'number') return parsed;
  if (/[^GFNXYZ\d.+-]/.test(line) || /G(?!0*(20|21|53|90|91)(\.0*)?(?![\d.]))/.test(line)) return 16;
  const block = readValues(machine, parsed);
  if (block.axes.length === 0) return 26;
  const feed = (parsed.values.get('F') ?? 0) * block.unit;
  if (feed === 0) return 22;
  const target = targetOf(block);
  if (!insideTravel(machine, target)) return 15;
  // A jog keeps the beam that is switched on, whatever the motion mode (gcode.c).
  yield* moveTo(machine, { target, rate: feed, power: machine.modal.speed });
  if (machine.state === 'Idle') machine.state = 'Jog';
  return 0;
}

function readValues(machine: Machine, parsed: Parsed): Block {
  const { modal, values } = parsed;
  const unit = modal.units === 20 ? 25.4 : 1;
  const feed = values.get('F');
  if (feed !== undefined) modal.feed = modal.feedMode === 94 ? feed * unit : feed;
  modal.speed = values.get('S') ?? modal.speed;
  modal.tool = Math.trunc(values.get('T') ?? modal.tool);
  const axes = axisNames.filter(axis => values.has(axis.toUpperCase()));
  return { machine, parsed, unit, axes, used: new Set(['F', 'N', 'S', 'T']) };
}

function* nothing(): Program {}

/** Axis words for a motion: new power for a laser then comes with the motion, without a stop. */
function moves({ parsed, axes }: Block): boolean {
  return axes.length > 0 && parsed.nonModal === null && parsed.toolOffset === null;
}

/** G4 and the codes that need no axis words. */
function pauseStep(block: Block): Step {
  const { machine, parsed } = block;
  if (parsed.nonModal === 4) {
    const seconds = parsed.values.get('P');
    if (seconds === undefined) return 28;
    block.used.add('P');
    return dwell(machine, seconds);
  }
  if (parsed.nonModal === 28.1 || parsed.nonModal === 30.1) return storePlace(machine, Math.trunc(parsed.nonModal));
  if (parsed.nonModal === 92.1) return setShift(machine, origin);
  return nothing();
}

function axisStep(block: Block): Step {
  const { parsed } = block;
  for (const axis of block.axes) block.used.add(axis.toUpperCase());
  if (parsed.nonModal === 10) return offsetStep(block);
  if (parsed.nonModal === 28 || parsed.nonModal === 30) return visitStep(block, parsed.nonModal);
  if (parsed.nonModal === 92) return shiftStep(block);
  if (parsed.toolOffset !== null) return toolStep(block, parsed.toolOffset);
  if (block.axes.length > 0 || parsed.motionWritten) return motionStep(block);
  return nothing();
}

function* dwell(machine: Machine, seconds: number): Program {
  yield { for: 'empty' };
  if (machine.state !== 'Check') yield { for: 'time', ms: seconds * 1000, scaled: true };
}

function* storePlace(machine: Machine, name: number): Program {
  yield { for: 'empty' };
  machine.parameters.systems.set(name, parserPosition(machine));
}

function* setShift(machine: Machine, shift: Axes): Program {
  yield { for: 'empty' };
  machine.modal.g92 = shift;
  offsetChanged(machine);
}

/** G10 L2 and L20: writes a work offset to EEPROM, which first empties the planner. */
function offsetStep(block: Block): Step {
  const { machine, parsed } = block;
  if (block.axes.length === 0) return 26;
  const [kind, place] = [parsed.values.get('L'), parsed.values.get('P')];
  if (kind === undefined || place === undefined) return 28;
  if ((kind !== 2 && kind !== 20) || parsed.values.has('R')) return 20;
  if (place > 6) return 29;
  block.used.add('L').add('P');
  const name = place === 0 ? parsed.modal.system : 53 + Math.trunc(place);
  const before = machine.parameters.systems.get(name) ?? origin;
  const shift = addAxes(parsed.modal.g92, { x: 0, y: 0, z: parsed.modal.toolLength });
  const base = kind === 2 ? origin : subtractAxes(parserPosition(machine), shift);
  const offset = mapAxes(axis => (has(block, axis) ? (kind === 2 ? word(block, axis) : base[axis] - word(block, axis)) : before[axis]));
  return storeOffset(machine, name, offset);
}

function* storeOffset(machine: Machine, name: number, offset: Axes): Program {
  yield { for: 'empty' };
  machine.parameters.systems.set(name, offset);
  offsetChanged(machine);
}

function shiftStep(block: Block): Step {
  if (block.axes.length === 0) return 26;
  const { machine, parsed } = block;
  const offset = subtractAxes(workOffset(parsed.modal, machine.parameters), parsed.modal.g92);
  const at = parserPosition(machine);
  return setShift(
    machine,
    mapAxes(axis => (has(block, axis) ? at[axis] - offset[axis] - word(block, axis) : parsed.modal.g92[axis])),
  );
}

function toolStep(block: Block, code: 43.1 | 49): Step {
  if (code === 49) return block.axes.length > 0 ? 36 : setToolLength(block.machine, 0);
  if (block.axes.length !== 1 || !has(block, 'z')) return 37;
  return setToolLength(block.machine, word(block, 'z'));
}

function* setToolLength(machine: Machine, length: number): Program {
  yield { for: 'empty' };
  machine.modal.toolLength = length;
  offsetChanged(machine);
}

/** G28 and G30: through the written place, if any, to the stored one. */
function visitStep(block: Block, name: number): Step {
  const stored = block.machine.parameters.systems.get(name) ?? origin;
  const through = block.axes.length > 0 ? targetOf(block) : null;
  const target = through === null ? stored : mapAxes(axis => (has(block, axis) ? stored[axis] : through[axis]));
  return visit(block.machine, through === null ? [target] : [through, target]);
}

function* visit(machine: Machine, places: readonly Axes[]): Program {
  for (const target of places) yield* moveTo(machine, { target, rate: null });
}

function motionStep(block: Block): Step {
  const { modal, nonModal } = block.parsed;
  if (modal.motion === 80) return 31;
  if (nonModal === 53 && modal.motion > 1) return 30;
  if (modal.motion === 0) return block.axes.length === 0 ? nothing() : moveTo(block.machine, { target: targetOf(block), rate: null });
  if (modal.feed === 0 || (modal.feedMode === 93 && !block.parsed.values.has('F'))) return 22;
  if (modal.motion === 1) return block.axes.length === 0 ? nothing() : lineStep(block);
  if (block.axes.length === 0) return 26;
  return modal.motion < 38 ? arcStep(block) : probeStep(block);
}

function lineStep(block: Block): Step {
  const target = targetOf(block);
  const length = lengthOf(subtractAxes(target, parserPosition(block.machine)));
  return moveTo(block.machine, { target, rate: rateFor(block, length), power: block.parsed.modal.speed });
}

function arcStep(block: Block): Step {
  const { modal, values } = block.parsed;
  const plane = planes[modal.plane];
  if (!has(block, plane.first) && !has(block, plane.second)) return 32;
  const bare = { from: parserPosition(block.machine), to: targetOf(block), plane, clockwise: modal.motion === 2 };
  const offset = arcOffset(block, bare);
  if (typeof offset === 'number') return offset;
  const arc: Arc = { ...bare, offset };
  if (!values.has('R') && !radiiAgree(arc)) return 33;
  return trace(block, arc);
}

const centreLetter: Readonly<Record<AxisName, string>> = { x: 'I', y: 'J', z: 'K' };

function arcOffset(block: Block, bare: Omit<Arc, 'offset'>): readonly [number, number] | number {
  const { values } = block.parsed;
  const radius = values.get('R');
  if (radius !== undefined) {
    block.used.add('R');
    return offsetFromRadius(bare, radius * block.unit);
  }
  const letters = [centreLetter[bare.plane.first], centreLetter[bare.plane.second]] as const;
  if (!letters.some(letter => values.has(letter))) return 35;
  for (const letter of letters) block.used.add(letter);
  return [(values.get(letters[0]) ?? 0) * block.unit, (values.get(letters[1]) ?? 0) * block.unit];
}

function* trace(block: Block, arc: Arc): Program {
  const { machine, parsed } = block;
  const pace = { rate: rateFor(block, arcLength(arc)), power: parsed.modal.speed };
  for (const target of chords(arc, setting(machine.settings, 12))) yield* moveTo(machine, { target, ...pace });
}

/** G38: nothing is ever touched on this mill, so the probe runs to its end. */
function probeStep(block: Block): Step {
  const target = targetOf(block);
  const length = lengthOf(subtractAxes(target, parserPosition(block.machine)));
  if (length === 0) return 33;
  return probe(block, target, rateFor(block, length));
}

function* probe(block: Block, target: Axes, rate: number): Program {
  const { machine } = block;
  const code = block.parsed.modal.motion;
  yield { for: 'empty' };
  if (machine.state === 'Check') return;
  if (code === 38.4 || code === 38.5) return yield* plainAlarm(machine, 4);
  yield* moveTo(machine, { target, rate });
  yield { for: 'empty' };
  machine.parameters.probe = { at: machine.motion.position, touched: false };
  if (code === 38.2) yield* plainAlarm(machine, 5);
}

function has(block: Block, axis: AxisName): boolean {
  return block.parsed.values.has(axis.toUpperCase());
}

function word(block: Block, axis: AxisName): number {
  return (block.parsed.values.get(axis.toUpperCase()) ?? 0) * block.unit;
}

/** Machine coordinates of the written place. */
function targetOf(block: Block): Axes {
  const { machine, parsed } = block;
  const at = parserPosition(machine);
  const offset = parsed.nonModal === 53 ? origin : workOffset(parsed.modal, machine.parameters);
  const incremental = parsed.modal.distance === 91 && parsed.nonModal !== 53;
  return mapAxes(axis => (has(block, axis) ? word(block, axis) + (incremental ? at : offset)[axis] : at[axis]));
}

/** mm/min; under G93 the feed word is the inverse of the minutes the whole motion takes. */
function rateFor(block: Block, length: number): number {
  const { modal } = block.parsed;
  return modal.feedMode === 94 ? modal.feed : Math.max(modal.feed * length, 1);
}
