import type { Axes } from '../../../statecharts/equipment/reports.ts';
import type { AxisName } from '../../gcode/axes.ts';

/** The two axes of the arc and the one along a helix, right-handed. */
export interface Plane {
  readonly first: AxisName;
  readonly second: AxisName;
  readonly linear: AxisName;
}

export const planes: Readonly<Record<17 | 18 | 19, Plane>> = {
  17: { first: 'x', second: 'y', linear: 'z' },
  18: { first: 'z', second: 'x', linear: 'y' },
  19: { first: 'y', second: 'z', linear: 'x' },
};

export interface Arc {
  readonly from: Axes;
  readonly to: Axes;
  readonly plane: Plane;
  readonly clockwise: boolean;
  /** Centre relative to the start in the plane's axes, mm. */
  readonly offset: readonly [number, number];
}

/** Centre offset of an arc given by its radius (R word), or the number of GRBL's error. Negative radius: the long way round. */
export function offsetFromRadius(arc: Omit<Arc, 'offset'>, radius: number): readonly [number, number] | number {
  const dx = arc.to[arc.plane.first] - arc.from[arc.plane.first];
  const dy = arc.to[arc.plane.second] - arc.from[arc.plane.second];
  const chord = Math.hypot(dx, dy);
  if (chord === 0) return 33;
  const height = 4 * radius * radius - chord * chord;
  if (height < 0) return 34;
  const side = (arc.clockwise ? -1 : 1) * (radius < 0 ? -1 : 1) * (Math.sqrt(height) / chord);
  return [0.5 * (dx - dy * side), 0.5 * (dy + dx * side)];
}

/** Checks that both ends lie on one circle: within 0.005 mm, or 0.5 mm and 0.1 % of the radius. */
export function radiiAgree(arc: Arc): boolean {
  const [i, j] = arc.offset;
  const dx = arc.to[arc.plane.first] - arc.from[arc.plane.first] - i;
  const dy = arc.to[arc.plane.second] - arc.from[arc.plane.second] - j;
  const radius = Math.hypot(i, j);
  const difference = Math.abs(Math.hypot(dx, dy) - radius);
  return difference <= 0.005 || (difference <= 0.5 && difference <= 0.001 * radius);
}

/** The chords that stand for the arc, within `tolerance` mm of it; the last one ends exactly at its target. */
export function* chords(arc: Arc, tolerance: number): Generator<Axes> {
  const { first, second, linear } = arc.plane;
  const [i, j] = arc.offset;
  const radius = Math.hypot(i, j);
  const angle = sweep(arc);
  const depth = arc.to[linear] - arc.from[linear];
  const count = Math.max(1, Math.floor(Math.abs(0.5 * angle * radius) / Math.sqrt(Math.max(1e-9, tolerance * (2 * radius - tolerance)))));
  const start = Math.atan2(-j, -i);
  for (let n = 1; n < count; n += 1) {
    const at = start + (angle * n) / count;
    yield {
      ...arc.from,
      [first]: arc.from[first] + i + radius * Math.cos(at),
      [second]: arc.from[second] + j + radius * Math.sin(at),
      [linear]: arc.from[linear] + (depth * n) / count,
    };
  }
  yield arc.to;
}

/** Length of the path with its helix, mm. */
export function arcLength(arc: Arc): number {
  const depth = arc.to[arc.plane.linear] - arc.from[arc.plane.linear];
  return Math.hypot(sweep(arc) * Math.hypot(...arc.offset), depth);
}

/** Radians, negative for clockwise; start and end in one place is a full circle. */
function sweep(arc: Arc): number {
  const [i, j] = arc.offset;
  const dx = arc.to[arc.plane.first] - arc.from[arc.plane.first] - i;
  const dy = arc.to[arc.plane.second] - arc.from[arc.plane.second] - j;
  const angle = Math.atan2(-i * dy + j * dx, -i * dx - j * dy);
  if (arc.clockwise) return angle >= -5e-7 ? angle - 2 * Math.PI : angle;
  return angle <= 5e-7 ? angle + 2 * Math.PI : angle;
}
