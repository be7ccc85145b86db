import type { AxisName } from './axes.ts';
import type { LineProblem } from './rules.ts';

/** The axes of a plane, right-handed, and the letters of their centre words. */
export interface ArcPlane {
  readonly axes: readonly [AxisName, AxisName];
  readonly centres: readonly [string, string];
  readonly linear: AxisName;
}

export const arcPlanes: Readonly<Record<number, ArcPlane>> = {
  17: { axes: ['x', 'y'], centres: ['I', 'J'], linear: 'z' },
  18: { axes: ['z', 'x'], centres: ['K', 'I'], linear: 'y' },
  19: { axes: ['y', 'z'], centres: ['J', 'K'], linear: 'x' },
};

type Pair = readonly [number, number];

/** An arc in its plane, mm. */
export interface FlatArc {
  readonly from: Pair;
  readonly to: Pair;
  readonly clockwise: boolean;
}

/** Centre of an arc given by radius; a negative radius goes the long way round. */
export function centreFromRadius(arc: FlatArc, radius: number): Pair | LineProblem {
  const half: Pair = [(arc.to[0] - arc.from[0]) / 2, (arc.to[1] - arc.from[1]) / 2];
  const halfChord = Math.hypot(...half);
  if (halfChord === 0) return invalid('an arc by radius cannot end where it starts');
  const square = radius * radius - halfChord * halfChord;
  if (square < 0) return invalid(`its ends are farther apart than twice its radius`);
  const height = Math.sqrt(square) / halfChord;
  const side = arc.clockwise === radius > 0 ? 1 : -1;
  return [arc.from[0] + half[0] + side * height * half[1], arc.from[1] + half[1] - side * height * half[0]];
}

/** Checks an arc given by its centre as controllers do: both ends on one circle within 0.005 mm, or 0.5 mm and 0.1 %. */
export function checkCentre(arc: FlatArc, centre: Pair): LineProblem | null {
  const radius = Math.hypot(arc.from[0] - centre[0], arc.from[1] - centre[1]);
  const end = Math.hypot(arc.to[0] - centre[0], arc.to[1] - centre[1]);
  const difference = Math.abs(radius - end);
  if (radius === 0) return invalid('its centre lies on its start');
  if (difference <= 0.005 || (difference <= 0.5 && difference <= 0.001 * radius)) return null;
  return invalid(`start and end are ${difference.toFixed(3)} mm apart in radius`);
}

/** Lowest and highest place of the arc along both axes. */
export function arcExtent(arc: FlatArc, centre: Pair): readonly [Pair, Pair] {
  const radius = Math.hypot(arc.from[0] - centre[0], arc.from[1] - centre[1]);
  const start = Math.atan2(arc.from[1] - centre[1], arc.from[0] - centre[0]);
  const end = Math.atan2(arc.to[1] - centre[1], arc.to[0] - centre[0]);
  const first: number[] = [arc.from[0], arc.to[0]];
  const second: number[] = [arc.from[1], arc.to[1]];
  for (const quarter of [0, 1, 2, 3]) {
    const angle = (quarter * Math.PI) / 2;
    if (!passes(arc, start, end, angle)) continue;
    first.push(centre[0] + radius * Math.cos(angle));
    second.push(centre[1] + radius * Math.sin(angle));
  }
  return [
    [Math.min(...first), Math.max(...first)],
    [Math.min(...second), Math.max(...second)],
  ];
}

const turn = 2 * Math.PI;

/** Whether the arc goes through the direction `angle`; start and end in one place is a full circle. */
function passes(arc: FlatArc, start: number, end: number, angle: number): boolean {
  const [from, to] = arc.clockwise ? [end, start] : [start, end];
  const sweep = (((to - from) % turn) + turn) % turn;
  const reached = (((angle - from) % turn) + turn) % turn;
  return sweep < 5e-7 || turn - sweep < 5e-7 || reached <= sweep;
}

function invalid(why: string): LineProblem {
  return { code: 'arc-invalid', message: `The arc cannot be traced: ${why}.` };
}
