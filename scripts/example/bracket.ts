import { bore, contour, groove, peck, pocket, trochoid } from './operations.ts';
import { type Point, Program } from './program.ts';

/** Outline of the part, mm; work zero is its lower left corner on top of the stock. */
const width = 140;
const height = 90;
const thickness = 10;
/** A little into the board below. */
const through = thickness + 0.5;

/** Aluminium, 6 mm end mill with three flutes, 12,000 rpm. */
const roughing = { step: 1, feed: 1200, plunge: 200 };
const drilling = { step: 1.25, feed: 600, plunge: 120 };

/** The example program: a mounting bracket with two pockets, a slot, a cable groove and nine holes. The same text every time. */
export function bracketProgram(): string {
  const program = new Program();
  head(program);
  holes(program);
  pockets(program);
  slotAndGroove(program);
  program.operation('Outline with four tabs');
  const outline = { centre: { x: width / 2, y: height / 2 }, width, height, corner: 8 };
  contour(program, outline, { ...roughing, depth: through, tab: 2 });
  tail(program);
  return program.text;
}

function head(program: Program): void {
  const lines = [
    '(BRACKET 140 x 90 x 10 mm, EN AW-5754)',
    '(Made by scripts/make-example.ts; do not edit by hand)',
    '(Stock 160 x 110 x 10 on a waste board; zero: lower left corner of the part, top of the stock)',
    '(T1: flat end mill 6 mm, 3 flutes)',
    'G21 G90 G94',
    'G17 G40 G49',
    'G54',
    'T1',
    'G0 Z15.000',
    'M3 S12000',
    'G4 P2',
    'M8',
  ];
  for (const line of lines) program.write(line);
}

function tail(program: Program): void {
  program.operation('End');
  for (const line of ['M9', 'M5', 'G53 G0 Z-1.000', 'G0 X0.000 Y100.000', 'M30']) program.write(line);
}

const corners: readonly Point[] = [
  { x: 10, y: 10 },
  { x: width - 10, y: 10 },
  { x: width - 10, y: height - 10 },
  { x: 10, y: height - 10 },
];

function holes(program: Program): void {
  program.operation('Four mounting holes 6 mm');
  for (const at of corners) peck(program, at, { ...drilling, depth: through });
  program.operation('Four holes 6 mm around the bearing seat');
  for (const turn of [45, 135, 225, 315]) peck(program, onCircle({ x: 105, y: 45 }, 24, turn), { ...drilling, depth: through });
  program.operation('Bore 22 mm and bearing seat 32 mm');
  for (const radius of [5, 9, 11]) bore(program, { x: 105, y: 45 }, { ...roughing, radius, depth: through });
  for (const radius of [13, 15, 16]) bore(program, { x: 105, y: 45 }, { ...roughing, radius, depth: 5 });
}

function onCircle(centre: Point, radius: number, degrees: number): Point {
  const angle = (degrees * Math.PI) / 180;
  return { x: centre.x + radius * Math.cos(angle), y: centre.y + radius * Math.sin(angle) };
}

function pockets(program: Program): void {
  program.operation('Pocket 44 x 26 mm, 6 mm deep');
  pocket(program, { centre: { x: 42, y: 63 }, width: 44, height: 26, corner: 5 }, { ...roughing, depth: 6 });
  program.operation('Pocket 44 x 22 mm, 7 mm deep');
  pocket(program, { centre: { x: 42, y: 33 }, width: 44, height: 22, corner: 4 }, { ...roughing, depth: 7 });
}

function slotAndGroove(program: Program): void {
  program.operation('Adjusting slot 9 x 59 mm, trochoidal');
  trochoid(program, { x: 40, y: 12 }, { ...roughing, step: 3.5, depth: through, length: 50, radius: 1.5, stepOver: 0.5 });
  program.operation('Cable groove along a wave, 3 mm deep');
  const chords = Array.from({ length: 301 }, (_, i) => wave(i / 300));
  groove(program, chords, { ...roughing, step: 0.5, depth: 3 });
}

/** Three periods across the part, left to right, `t` from 0 to 1. */
function wave(t: number): Point {
  return { x: 20 + t * (width - 40), y: 82.5 + 1.5 * Math.sin(6 * Math.PI * t) };
}
