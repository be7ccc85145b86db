import { type Cut, type Point, type Program, passes } from './program.ts';

/** A rectangle with rounded corners, mm. */
export interface Rounded {
  readonly centre: Point;
  readonly width: number;
  readonly height: number;
  readonly corner: number;
}

/** Radius of the one tool of the part, a flat end mill. */
const toolRadius = 3;

/** Once around a rounded rectangle counter-clockwise, from the middle of its lower side. */
function ring(program: Program, shape: Rounded, feed: number): void {
  const { centre, corner: r } = shape;
  const [w, h] = [shape.width / 2, shape.height / 2];
  const at = (x: number, y: number): Point => ({ x: centre.x + x, y: centre.y + y });
  const sides: readonly (readonly [Point, Point, Point])[] = [
    [at(w - r, -h), at(w, -h + r), at(w - r, -h + r)],
    [at(w, h - r), at(w - r, h), at(w - r, h - r)],
    [at(-w + r, h), at(-w, h - r), at(-w + r, h - r)],
    [at(-w, -h + r), at(-w + r, -h), at(-w + r, -h + r)],
  ];
  for (const [from, to, middle] of sides) {
    program.line(from, feed);
    program.arc({ from, to, centre: middle }, feed);
  }
  program.line(at(0, -h), feed);
}

/** The same shape smaller all around by `by`; its corners never below a tenth of a millimetre. */
function shrink(shape: Rounded, by: number): Rounded {
  return { ...shape, width: shape.width - 2 * by, height: shape.height - 2 * by, corner: Math.max(0.1, shape.corner - by) };
}

/** Clears a pocket layer by layer: a helix in, rings from the middle outwards, and a last one on size. */
export function pocket(program: Program, shape: Rounded, cut: Cut): void {
  const wall = shrink(shape, toolRadius);
  const rings = Math.ceil((Math.min(wall.width, wall.height) / 2 - 1) / (0.8 * toolRadius));
  const entry = { x: wall.centre.x + 1.5, y: wall.centre.y };
  program.approach(entry);
  let above = 0;
  for (const depth of passes(cut)) {
    program.line(entry, cut.feed);
    helix(program, { centre: wall.centre, from: entry, above, depth }, cut);
    for (let i = rings; i >= 0; i -= 1) {
      const inner = shrink(wall, 0.2 + i * 0.8 * toolRadius);
      if (inner.width > 0.4 && inner.height > 0.4) ring(program, inner, cut.feed);
    }
    ring(program, wall, cut.feed * 0.75);
    above = depth;
  }
  program.retract();
}

/** Spirals down around `centre` through `from`, half a millimetre a turn, and levels out. */
function helix(program: Program, at: { centre: Point; from: Point; above: number; depth: number }, cut: Cut): void {
  const turns = Math.max(1, Math.ceil((at.depth - at.above) / 0.5));
  const { centre, from } = at;
  for (let turn = 1; turn <= turns; turn += 1) {
    program.arc({ from, to: from, centre, depth: at.above + ((at.depth - at.above) * turn) / turns }, cut.plunge);
  }
  program.arc({ from, to: from, centre }, cut.feed);
}

/** A round bore wider than the tool, as a helix with a finishing turn. */
export function bore(program: Program, centre: Point, hole: Cut & { readonly radius: number }): void {
  const from = { x: centre.x + hole.radius - toolRadius, y: centre.y };
  program.approach(from);
  helix(program, { centre, from, above: 0, depth: hole.depth }, hole);
  program.line(centre, hole.feed);
  program.retract();
}

/** A hole of the tool's own width in pecks: down, all the way out to clear chips, back to just above the last peck. */
export function peck(program: Program, at: Point, cut: Cut): void {
  program.approach(at);
  let last = 0;
  for (const depth of passes(cut)) {
    if (last > 0) program.write(`G0 Z${(0.4 - last).toFixed(3)}`);
    program.plunge(depth, cut.plunge);
    program.write('G0 Z1.000');
    last = depth;
  }
  program.retract();
}

/** A groove along a curve, back and forth, one step deeper at each end; `points` are short chords of it. */
export function groove(program: Program, points: readonly Point[], cut: Cut): void {
  const [start] = points;
  if (start === undefined) return;
  program.approach(start);
  passes(cut).forEach((depth, i) => {
    const way = i % 2 === 0 ? points : [...points].reverse();
    program.plunge(depth, cut.plunge);
    for (const point of way.slice(1)) program.line(point, cut.feed);
  });
  program.retract();
}

/** Cuts a slot wider than the tool with overlapping circles, each `stepOver` further along. */
export function trochoid(
  program: Program,
  from: Point,
  slot: Cut & { readonly length: number; readonly radius: number; readonly stepOver: number },
): void {
  const turns = Math.floor(slot.length / slot.stepOver);
  for (const depth of passes(slot)) {
    program.approach({ x: from.x, y: from.y + slot.radius });
    program.plunge(depth, slot.plunge);
    for (let turn = 0; turn <= turns; turn += 1) {
      const centre = { x: from.x + turn * slot.stepOver, y: from.y };
      const top = { x: centre.x, y: centre.y + slot.radius };
      const low = { x: centre.x, y: centre.y - slot.radius };
      program.line(top, slot.feed);
      program.arc({ from: top, to: low, centre, clockwise: true }, slot.feed);
      program.arc({ from: low, to: top, centre, clockwise: true }, slot.feed);
    }
  }
  program.retract();
}

/** Around the part outside its outline, leaving `tab` mm of material under four tabs in the deepest passes. */
export function contour(program: Program, shape: Rounded, cut: Cut & { readonly tab: number }): void {
  const path = shrink(shape, -toolRadius);
  const start = { x: path.centre.x + path.width / 2 - path.corner, y: path.centre.y - path.height / 2 };
  program.approach({ x: start.x, y: start.y - 6 });
  for (const depth of passes(cut)) {
    program.line({ x: start.x, y: start.y - 6 }, cut.feed);
    program.plunge(depth, cut.plunge);
    program.line(start, cut.feed);
    if (depth > cut.depth - cut.tab) tabbedRing(program, path, { ...cut, depth });
    else ring(program, path, cut.feed);
    program.line(start, cut.feed);
  }
  program.retract();
}

/** A ring, from the right end of its lower side, whose long sides rise over two tabs each. */
function tabbedRing(program: Program, path: Rounded, cut: Cut & { readonly tab: number }): void {
  const lift = cut.depth - cut.tab;
  const { centre, corner: r } = path;
  const [w, h] = [path.width / 2, path.height / 2];
  const side = (y: number, direction: 1 | -1): void => {
    for (const x of [-w / 2, w / 2]) {
      const middle = centre.x + direction * x;
      program.line({ x: middle - direction * 4, y }, cut.feed);
      program.plunge(lift, cut.plunge);
      program.line({ x: middle + direction * 4, y }, cut.feed);
      program.plunge(cut.depth, cut.plunge);
    }
  };
  const corner = (from: Point, to: Point, middle: Point): void => {
    program.line(from, cut.feed);
    program.arc({ from, to, centre: middle }, cut.feed);
  };
  const at = (x: number, y: number): Point => ({ x: centre.x + x, y: centre.y + y });
  program.line(at(w - r, -h), cut.feed);
  corner(at(w - r, -h), at(w, -h + r), at(w - r, -h + r));
  corner(at(w, h - r), at(w - r, h), at(w - r, h - r));
  side(centre.y + h, -1);
  corner(at(-w + r, h), at(-w, h - r), at(-w + r, h - r));
  corner(at(-w, -h + r), at(-w + r, -h), at(-w + r, -h + r));
  side(centre.y - h, 1);
}
