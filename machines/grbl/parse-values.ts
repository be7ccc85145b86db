import type { Axes } from '../../statecharts/equipment/reports.ts';

/** A plain decimal as GRBL prints it; null for anything else, `nan` included. */
function parseNumber(text: string): number | null {
  return /^-?[0-9]{1,9}(\.[0-9]{1,6})?$/.test(text) ? Number(text) : null;
}

/** Comma-separated plain decimals; null when one is not. */
export function parseNumbers(text: string): readonly number[] | null {
  const numbers = text.split(',').map(parseNumber);
  return numbers.every(value => value !== null) ? numbers : null;
}

/** At least three numbers; axes beyond Z (grblHAL builds) are not ours. */
export function parseAxes(text: string): Axes | null {
  const numbers = parseNumbers(text);
  const [x, y, z] = numbers ?? [];
  return x === undefined || y === undefined || z === undefined || (numbers?.length ?? 0) > 6 ? null : { x, y, z };
}
