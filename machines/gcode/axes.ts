import type { Axes } from '../../statecharts/equipment/reports.ts';

/** The three linear axes in the order controllers report them. */
export const axisNames = ['x', 'y', 'z'] as const;
export type AxisName = (typeof axisNames)[number];

/** Machine zero, or "no offset". */
export const origin: Axes = { x: 0, y: 0, z: 0 };

/** A new triple, axis by axis. */
export function mapAxes(make: (axis: AxisName) => number): Axes {
  return { x: make('x'), y: make('y'), z: make('z') };
}

/** a + b, mm. */
export function addAxes(a: Axes, b: Axes): Axes {
  return mapAxes(axis => a[axis] + b[axis]);
}

/** a - b, mm. */
export function subtractAxes(a: Axes, b: Axes): Axes {
  return mapAxes(axis => a[axis] - b[axis]);
}

/** Euclidean length, mm. */
export function lengthOf(a: Axes): number {
  return Math.hypot(a.x, a.y, a.z);
}
