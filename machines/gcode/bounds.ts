import type { Axes, Envelope } from '../../statecharts/equipment/reports.ts';
import { arcExtent, arcPlanes, centreFromRadius, checkCentre, type FlatArc } from './arc-extent.ts';
import { type AxisName, axisNames, mapAxes, origin } from './axes.ts';
import type { CheckContext } from './dialect.ts';
import type { LineProblem } from './rules.ts';
import type { Word } from './words.ts';

export interface Bounds {
  readonly min: Axes;
  readonly max: Axes;
}

/** One line as the interpreter sees it. */
interface Line {
  readonly g: ReadonlySet<number>;
  readonly m: ReadonlySet<number>;
  readonly values: ReadonlyMap<string, number>;
  readonly axes: readonly AxisName[];
  /** Value letters that no code of the line has used yet. */
  readonly unused: Set<string>;
}

type Range = [number, number];

/**
 * Follows a program from the modes that `start-modes.ts` names, which a controller must be in when it starts, and finds what the controller would
 * refuse half-way: moves that leave the travel, arcs that cannot be traced, feeds never set, words without a use. Where the machine
 * stands at the start is unknown, so each axis counts only from its first absolute place on; a relative move or an arc before that
 * cannot be checked and is refused, unless the travel is unknown too.
 */
export class MotionCheck {
  readonly #context: CheckContext;
  readonly #usedSystems = new Map<string, Axes>();
  readonly #ranges: Partial<Record<AxisName, Range>> = {};
  readonly #reported = new Set<string>();
  #position: Record<AxisName, number | null> = { x: null, y: null, z: null };
  #shift: Record<AxisName, number | null>;
  #toolLength = 0;
  #motion = 0;
  #plane = 17;
  #unit = 1;
  #relative = false;
  #inverseFeed = false;
  #system = 'G54';
  #feedKnown = false;
  #ended = false;
  #moves = false;

  constructor(context: CheckContext) {
    this.#context = context;
    this.#shift = { ...(context.offsets.G92 ?? origin) };
  }

  /** Machine coordinates of everything commanded; an axis never placed counts with its whole travel. Null: nothing moves. */
  get bounds(): Bounds | null {
    if (!this.#moves) return null;
    const range = (axis: AxisName): Range => this.#ranges[axis] ?? this.#anywhere(axis);
    return { min: mapAxes(axis => range(axis)[0]), max: mapAxes(axis => range(axis)[1]) };
  }

  /** The work offsets the bounds stand on; G92 shifts every one of them. */
  get offsets(): Record<string, Axes> {
    if (this.#usedSystems.size === 0) return {};
    return { ...Object.fromEntries(this.#usedSystems), G92: this.#context.offsets.G92 ?? origin };
  }

  /** Takes the next line; at most one problem of it is told. */
  line(words: readonly Word[]): LineProblem | null {
    const line = readLine(words);
    if (this.#ended) return this.#once('after-end', 'The program goes on after its end (M2 or M30); remove what follows.');
    this.#takeModes(line);
    const problem = this.#pause(line) ?? this.#moveOrSet(line);
    if (problem !== null) return problem;
    if (line.m.has(2) || line.m.has(30)) this.#ended = true;
    const [left] = line.unused;
    return left === undefined ? null : { code: 'word-unused', message: `No code of the line uses the word ${left}.` };
  }

  #takeModes({ g, values }: Line): void {
    for (const code of g) {
      if (motionCodes.has(code)) this.#motion = code;
      else if (code === 17 || code === 18 || code === 19) this.#plane = code;
      else if (code === 20 || code === 21) this.#unit = code === 20 ? 25.4 : 1;
      else if (code === 90 || code === 91) this.#relative = code === 91;
      else if (code === 93 || code === 94) this.#inverseFeed = code === 93;
      else if (code >= 54 && code <= 59) this.#system = `G${code}`;
      else if (code === 49) this.#toolLength = 0;
      else if (code === 92.1) this.#shift = { ...origin };
    }
    if (g.has(93) || g.has(94)) this.#feedKnown = false;
    if ((values.get('F') ?? 0) > 0) this.#feedKnown = true;
  }

  #pause({ g, values, unused }: Line): LineProblem | null {
    if (!g.has(4)) return null;
    unused.delete('P');
    return values.has('P') ? null : { code: 'word-missing', message: 'G4 needs P with the seconds to wait.' };
  }

  #moveOrSet(line: Line): LineProblem | null {
    for (const axis of line.axes) line.unused.delete(axis.toUpperCase());
    if (line.g.has(92)) return this.#setShift(line);
    if (line.g.has(43.1)) return this.#setToolLength(line);
    if (line.g.has(28) || line.g.has(30)) return { code: 'place-unknown', message: 'The place stored for G28 or G30 is not known here.' };
    const written = [...line.g].some(code => motionCodes.has(code));
    if (line.axes.length === 0 && !(written && this.#motion > 1)) return null;
    return this.#move(line);
  }

  #setShift(line: Line): LineProblem | null {
    if (line.axes.length === 0) return { code: 'word-missing', message: 'G92 needs at least one axis word.' };
    const system = this.#systemOffset();
    for (const axis of line.axes) {
      const at = this.#position[axis];
      this.#shift[axis] = at === null ? null : at - system[axis] - this.#toolOn(axis) - this.#value(line, axis);
    }
    return null;
  }

  #setToolLength(line: Line): LineProblem | null {
    if (line.axes.length !== 1 || !line.values.has('Z')) return { code: 'word-missing', message: 'G43.1 needs Z, and no other axis word.' };
    this.#toolLength = this.#value(line, 'z');
    return null;
  }

  #move(line: Line): LineProblem | null {
    const machine = line.g.has(53);
    if (this.#motion === 80) return { code: 'codes-conflict', message: 'Axis words have no meaning while G80 is active.' };
    if (machine && this.#motion > 1) return { code: 'codes-conflict', message: 'G53 goes with G0 and G1 only.' };
    const feedMissing = this.#checkFeed(line);
    this.#moves = true;
    const start = { ...this.#position };
    const unknown = this.#goTo(line, machine);
    if (unknown !== null) return feedMissing ?? unknown;
    const reach = this.#motion === 2 || this.#motion === 3 ? this.#arc(line, start) : this.#straight(line.axes);
    return feedMissing ?? ('code' in reach ? reach : this.#extend(reach));
  }

  #checkFeed(line: Line): LineProblem | null {
    if (this.#motion === 0 || (this.#feedKnown && !(this.#inverseFeed && !line.values.has('F')))) return null;
    if (this.#inverseFeed) return { code: 'feed-missing', message: 'Under G93 every cutting move needs its own F.' };
    return this.#once('feed-missing', 'The feed (F) is not set before the first cutting move.');
  }

  /** Moves the position to the end of the line. */
  #goTo(line: Line, machine: boolean): LineProblem | null {
    const offset = machine ? null : this.#systemOffset();
    let problem = machine ? null : this.#unknownOffset();
    for (const axis of line.axes) {
      const at = this.#position[axis];
      const shift = this.#shift[axis];
      const value = this.#value(line, axis);
      if (offset === null) this.#position[axis] = value;
      else if (this.#relative) this.#position[axis] = at === null ? null : at + value;
      else this.#position[axis] = shift === null ? null : value + offset[axis] + shift + this.#toolOn(axis);
      if (this.#position[axis] === null) problem ??= this.#unknownPlace(axis);
    }
    return problem;
  }

  #straight(axes: readonly AxisName[]): Partial<Record<AxisName, Range>> {
    const reach: Partial<Record<AxisName, Range>> = {};
    for (const axis of axes) {
      const at = this.#position[axis];
      if (at !== null) reach[axis] = [at, at];
    }
    return reach;
  }

  #arc(line: Line, start: Readonly<Record<AxisName, number | null>>): Partial<Record<AxisName, Range>> | LineProblem {
    const plane = arcPlanes[this.#plane];
    if (plane === undefined) throw new Error(`there is no plane G${this.#plane}`);
    const [a, b] = plane.axes;
    for (const letter of line.values.has('R') ? ['R'] : plane.centres) line.unused.delete(letter);
    if (!line.axes.includes(a) && !line.axes.includes(b)) return arcWords(`an axis word of the plane (${a} or ${b})`);
    const [fromA, fromB, toA, toB] = [start[a], start[b], this.#position[a], this.#position[b]];
    if (fromA === null || toA === null) return this.#unknownPlace(a) ?? {};
    if (fromB === null || toB === null) return this.#unknownPlace(b) ?? {};
    const arc: FlatArc = { from: [fromA, fromB], to: [toA, toB], clockwise: this.#motion === 2 };
    const centre = this.#centre(line, arc, plane.centres);
    if ('code' in centre) return centre;
    const [reachA, reachB] = arcExtent(arc, centre);
    return { ...this.#straight([plane.linear]), [a]: [...reachA], [b]: [...reachB] };
  }

  #centre(line: Line, arc: FlatArc, letters: readonly [string, string]): readonly [number, number] | LineProblem {
    const radius = line.values.get('R');
    if (radius !== undefined) return centreFromRadius(arc, radius * this.#unit);
    if (!letters.some(letter => line.values.has(letter))) return arcWords(`a centre (${letters.join(', ')}) or a radius (R)`);
    const [i, j] = letters.map(letter => (line.values.get(letter) ?? 0) * this.#unit);
    const centre = [arc.from[0] + (i ?? 0), arc.from[1] + (j ?? 0)] as const;
    return checkCentre(arc, centre) ?? centre;
  }

  #extend(reach: Partial<Record<AxisName, Range>>): LineProblem | null {
    for (const axis of axisNames) {
      const range = reach[axis];
      if (range === undefined) continue;
      const known = this.#ranges[axis] ?? range;
      this.#ranges[axis] = [Math.min(known[0], range[0]), Math.max(known[1], range[1])];
    }
    return this.#context.envelope === null ? null : outside(reach, this.#context.envelope);
  }

  #systemOffset(): Axes {
    const offset = this.#context.offsets[this.#system] ?? origin;
    this.#usedSystems.set(this.#system, offset);
    return offset;
  }

  #unknownOffset(): LineProblem | null {
    if (this.#context.envelope === null || this.#context.offsets[this.#system] !== undefined) return null;
    const message = `The work offset ${this.#system} has not been read from the machine, so nothing can be checked against the travel.`;
    return this.#once('offset-unknown', message, this.#system);
  }

  /** Also while no travel is known: by the time the program starts one may be, and bounds cannot tell what was left out of them. */
  #unknownPlace(axis: AxisName): LineProblem | null {
    const name = axis.toUpperCase();
    return this.#once(
      `position-unknown`,
      `${name} moves relative to where the machine happens to stand, so it cannot be checked against the travel; begin with an absolute place (G90, G0 ${name}...).`,
      axis,
    );
  }

  /** A trouble that would come back on every following line is told once. */
  #once(code: string, message: string, detail = ''): LineProblem | null {
    const key = `${code} ${detail}`;
    if (this.#reported.has(key)) return null;
    this.#reported.add(key);
    return { code, message };
  }

  #anywhere(axis: AxisName): Range {
    const { envelope } = this.#context;
    return envelope === null ? [0, 0] : [envelope.min[axis], envelope.max[axis]];
  }

  #toolOn(axis: AxisName): number {
    return axis === 'z' ? this.#toolLength : 0;
  }

  #value(line: Line, axis: AxisName): number {
    return (line.values.get(axis.toUpperCase()) ?? 0) * this.#unit;
  }
}

const motionCodes = new Set([0, 1, 2, 3, 80]);

function readLine(words: readonly Word[]): Line {
  const codes = (letter: string) => new Set(words.filter(word => word.letter === letter).map(word => word.value));
  const values = new Map(words.filter(word => !'GMN'.includes(word.letter)).map(word => [word.letter, word.value]));
  const unused = new Set([...values.keys()].filter(letter => !'FST'.includes(letter)));
  return { g: codes('G'), m: codes('M'), values, axes: axisNames.filter(axis => values.has(axis.toUpperCase())), unused };
}

function arcWords(what: string): LineProblem {
  return { code: 'word-missing', message: `An arc (G2, G3) needs ${what}.` };
}

/** What a controller compares with its limits carries rounding of this size, mm. */
const tolerance = 1e-6;

function outside(reach: Partial<Record<AxisName, Range>>, envelope: Envelope): LineProblem | null {
  const parts: string[] = [];
  for (const axis of axisNames) {
    const range = reach[axis];
    if (range === undefined) continue;
    const below = envelope.min[axis] - range[0];
    const above = range[1] - envelope.max[axis];
    if (below > tolerance) parts.push(beyond(axis, range[0], below));
    if (above > tolerance) parts.push(beyond(axis, range[1], above));
  }
  return parts.length === 0 ? null : { code: 'outside-envelope', message: `${parts.join('; ')}.` };
}

function beyond(axis: AxisName, place: number, by: number): string {
  return `${axis.toUpperCase()} would go to machine ${place.toFixed(3)} mm, ${by.toFixed(3)} mm beyond the travel`;
}
