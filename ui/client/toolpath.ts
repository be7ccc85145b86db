/** One straight piece of a program's path in work coordinates of its offset plus that offset: machine coordinates, mm. */
export interface PathPiece {
  /** Line of the cleaned program, 1-based: comments and empty lines do not count. */
  readonly line: number;
  readonly rapid: boolean;
  readonly from: Point;
  readonly to: Point;
}

export type Point = readonly [x: number, y: number, z: number];
/** Work offsets by name, mm. */
type Offsets = Readonly<Record<string, { readonly x: number; readonly y: number; readonly z: number }>>;

interface Modal {
  motion: number;
  absolute: boolean;
  /** mm per unit of the program. */
  scale: number;
  system: string;
}

/** A drawing, not a check: what may move is decided elsewhere, so a word that is not understood is passed over. */
export interface Toolpath {
  readonly pieces: readonly PathPiece[];
  /** Lines of the cleaned program; differs from the check's count only when the file is not what was checked. */
  readonly lines: number;
  /** The drawing ends early because the program is too long to draw. */
  readonly cut: boolean;
}

const axes = ['X', 'Y', 'Z'] as const;
const pieceLimit = 60_000;
/** An arc is drawn as chords of at most this angle, radians. */
const chord = Math.PI / 16;

/** The path of a program of straight moves and arcs in the XY plane; other arcs are drawn as their chord. */
export function toolpathOf(text: string, offsets: Offsets): Toolpath {
  const modal: Modal = { motion: 0, absolute: true, scale: 1, system: 'G54' };
  const pieces: PathPiece[] = [];
  let at: Point | null = null;
  let lines = 0;
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const words = wordsOf(raw);
    if (words.length === 0) continue;
    lines += 1;
    if (pieces.length >= pieceLimit) continue;
    at = follow(words, { modal, at, offsets, pieces, line: lines });
  }
  return { pieces, lines, cut: pieces.length >= pieceLimit };
}

type Word = readonly [letter: string, value: number];

function wordsOf(raw: string): Word[] {
  const bare = raw.replace(/\([^)]*\)|;.*$|[\s%/]/g, '').toUpperCase();
  return [...bare.matchAll(/([A-Z])([-+]?[\d.]+)/g)].map(match => [match[1] ?? '', Number(match[2])]);
}

interface Tracing {
  readonly modal: Modal;
  readonly at: Point | null;
  readonly offsets: Offsets;
  readonly pieces: PathPiece[];
  readonly line: number;
}

/** Where the tool is after a line; null while that is not known. */
function follow(words: readonly Word[], tracing: Tracing): Point | null {
  const { modal, at } = tracing;
  const codes = words.filter(([letter]) => letter === 'G').map(([, value]) => value);
  for (const code of codes) setModal(modal, code);
  // Homing and probing end where nobody can say beforehand.
  if (codes.some(code => [28, 30, 38.2, 38.3, 38.4, 38.5].includes(code))) return null;
  if (codes.some(code => code === 10 || code === 92) || !words.some(([letter]) => axes.some(axis => axis === letter))) return at;
  const to = target(words, tracing, codes.includes(53));
  if (at && to) draw(words, tracing, at, to);
  return to;
}

function setModal(modal: Modal, code: number): void {
  if ([0, 1, 2, 3].includes(code)) modal.motion = code;
  else if (code === 90 || code === 91) modal.absolute = code === 90;
  else if (code === 20 || code === 21) modal.scale = code === 20 ? 25.4 : 1;
  else if (code >= 54 && code <= 59) modal.system = `G${code}`;
}

function target(words: readonly Word[], { modal, at, offsets }: Tracing, inMachine: boolean): Point | null {
  const offset = inMachine ? undefined : offsets[modal.system];
  const along = (index: 0 | 1 | 2): number | undefined => {
    const value = words.find(([letter]) => letter === axes[index])?.[1];
    if (value === undefined) return at?.[index];
    const shift = offset ? [offset.x, offset.y, offset.z][index] : 0;
    return modal.absolute || inMachine ? value * modal.scale + (shift ?? 0) : (at?.[index] ?? Number.NaN) + value * modal.scale;
  };
  // Before the first word of an axis nobody knows where it stands; its offset's zero is as good a place to begin drawing as any.
  const [x, y, z] = [along(0) ?? offset?.x ?? 0, along(1) ?? offset?.y ?? 0, along(2) ?? offset?.z ?? 0];
  return [x, y, z].some(Number.isNaN) ? null : [x, y, z];
}

function draw(words: readonly Word[], tracing: Tracing, from: Point, to: Point): void {
  const { modal, pieces, line } = tracing;
  const corners = modal.motion === 2 || modal.motion === 3 ? arc(words, modal, from, to) : [to];
  let last = from;
  for (const corner of corners) {
    pieces.push({ line, rapid: modal.motion === 0, from: last, to: corner });
    last = corner;
  }
}

/** Corners of an arc given by its centre (I, J); one given by its radius is drawn as its chord. */
function arc(words: readonly Word[], { motion, scale }: Modal, from: Point, to: Point): Point[] {
  const centre = (letter: string): number | undefined => words.find(word => word[0] === letter)?.[1];
  const [i, j] = [centre('I'), centre('J')];
  if (i === undefined && j === undefined) return [to];
  const [cx, cy] = [from[0] + (i ?? 0) * scale, from[1] + (j ?? 0) * scale];
  const radius = Math.hypot(from[0] - cx, from[1] - cy);
  const start = Math.atan2(from[1] - cy, from[0] - cx);
  const end = Math.atan2(to[1] - cy, to[0] - cx);
  const turn = motion === 2 ? -1 : 1;
  const raw = (end - start) * turn;
  const sweep = raw <= 1e-9 ? raw + 2 * Math.PI : raw;
  const count = Math.max(1, Math.ceil(sweep / chord));
  return Array.from({ length: count }, (_, index): Point => {
    const part = (index + 1) / count;
    if (part === 1) return to;
    const angle = start + turn * sweep * part;
    return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle), from[2] + (to[2] - from[2]) * part];
  });
}
