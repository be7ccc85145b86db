import type { Modal } from './modal.ts';

/**
 * One line of g-code as GRBL 1.1 reads it: words, modal groups and the checks that do not depend on where the tool is. Errors are
 * the numbers of doc/csv/error_codes_en_US.csv. Nothing has been executed when one is returned.
 */
export interface Parsed {
  /** Modes after this line. `g92`, `toolLength` and position are changed by executing, not here. */
  readonly modal: Modal;
  readonly values: ReadonlyMap<string, number>;
  /** G4, G10, G28, G28.1, G30, G30.1, G53, G92, G92.1 */
  readonly nonModal: number | null;
  /** True when a G0 to G3, G38 was written in this line. */
  readonly motionWritten: boolean;
  /** G43.1 or G49 written in this line. */
  readonly toolOffset: 43.1 | 49 | null;
  /** M0, M2, M30; M1 is accepted and ignored. */
  readonly flow: number | null;
}

interface Draft {
  readonly modal: Modal;
  readonly values: Map<string, number>;
  readonly groups: Set<string>;
  nonModal: number | null;
  motionWritten: boolean;
  toolOffset: 43.1 | 49 | null;
  flow: number | null;
  axisCommand: boolean;
}

interface Code {
  readonly group: string;
  /** Uses the axis words of the line; two such codes in one line are error 24. */
  readonly axis?: true;
  readonly modal?: Partial<Modal>;
  readonly block?: Partial<Pick<Draft, 'nonModal' | 'motionWritten' | 'toolOffset' | 'flow'>>;
}

const valueLetters = 'FIJKLNPRSTXYZ';
const notNegative = 'FNPTS';

/** Reads one line (no white space, upper case). `jog` lines start after `$J=`. */
export function parseBlock(line: string, modal: Modal): Parsed | number {
  const words = readWords(line);
  if (typeof words === 'number') return words;
  const draft: Draft = {
    modal: { ...modal },
    values: new Map(),
    groups: new Set(),
    nonModal: null,
    motionWritten: false,
    toolOffset: null,
    flow: null,
    axisCommand: false,
  };
  for (const [letter, value] of words) {
    const error = letter === 'G' || letter === 'M' ? addCode(draft, letter, value) : addValue(draft, letter, value);
    if (error !== 0) return error;
  }
  for (const letter of notNegative) if ((draft.values.get(letter) ?? 0) < 0) return 4;
  if ((draft.values.get('N') ?? 0) > 9_999_999) return 27;
  return draft;
}

function readWords(line: string): [string, number][] | number {
  const words: [string, number][] = [];
  let at = 0;
  while (at < line.length) {
    const letter = line.charAt(at);
    if (letter < 'A' || letter > 'Z') return 1;
    const number = /^[+-]?(\d+\.?\d*|\.\d+)/.exec(line.slice(at + 1));
    if (number === null) return 2;
    words.push([letter, Number(number[0])]);
    at += 1 + number[0].length;
  }
  return words;
}

function addValue(draft: Draft, letter: string, value: number): number {
  if (!valueLetters.includes(letter)) return 20;
  if (draft.values.has(letter)) return 25;
  if (letter === 'T' && value > 255) return 38;
  draft.values.set(letter, value);
  return 0;
}

function addCode(draft: Draft, letter: 'G' | 'M', value: number): number {
  const code = (letter === 'G' ? gCodes : mCodes).get(value);
  if (code === undefined) return Number.isInteger(value) || oneDecimalFamily.has(Math.trunc(value)) ? 20 : 23;
  if (code.axis && draft.axisCommand) return 24;
  if (draft.groups.has(code.group)) return 21;
  draft.groups.add(code.group);
  if (code.axis) draft.axisCommand = true;
  Object.assign(draft.modal, code.modal);
  Object.assign(draft, code.block);
  return 0;
}

const oneDecimalFamily = new Set([28, 30, 38, 43, 59, 61, 90, 91, 92]);

const nonModal = (code: number, axis?: true): [number, Code] => [
  code,
  { group: 'non-modal', ...(axis ? { axis } : {}), block: { nonModal: code } },
];

const motion = (code: number): [number, Code] => [
  code,
  { group: 'motion', axis: true, modal: { motion: code }, block: { motionWritten: true } },
];

const mode = (code: number, group: string, modal: Partial<Modal> = {}): [number, Code] => [code, { group, modal }];

const toolOffset = (code: 43.1 | 49): [number, Code] => [code, { group: 'tool-length', axis: true, block: { toolOffset: code } }];

const gCodes = new Map<number, Code>([
  nonModal(4),
  nonModal(10, true),
  nonModal(28, true),
  nonModal(28.1),
  nonModal(30, true),
  nonModal(30.1),
  nonModal(53),
  nonModal(92, true),
  nonModal(92.1),
  ...[0, 1, 2, 3, 38.2, 38.3, 38.4, 38.5].map(motion),
  mode(80, 'motion', { motion: 80 }),
  mode(17, 'plane', { plane: 17 }),
  mode(18, 'plane', { plane: 18 }),
  mode(19, 'plane', { plane: 19 }),
  mode(90, 'distance', { distance: 90 }),
  mode(91, 'distance', { distance: 91 }),
  mode(91.1, 'arc-distance'),
  mode(93, 'feed-mode', { feedMode: 93 }),
  mode(94, 'feed-mode', { feedMode: 94 }),
  mode(20, 'units', { units: 20 }),
  mode(21, 'units', { units: 21 }),
  mode(40, 'cutter'),
  toolOffset(43.1),
  toolOffset(49),
  ...[54, 55, 56, 57, 58, 59].map(code => mode(code, 'system', { system: code })),
  mode(61, 'path'),
]);

const mCodes = new Map<number, Code>([
  [0, { group: 'flow', block: { flow: 0 } }],
  mode(1, 'flow'),
  [2, { group: 'flow', block: { flow: 2 } }],
  [30, { group: 'flow', block: { flow: 30 } }],
  mode(3, 'spindle', { spindle: 3 }),
  mode(4, 'spindle', { spindle: 4 }),
  mode(5, 'spindle', { spindle: 5 }),
  mode(7, 'coolant', { mist: true }),
  mode(8, 'coolant', { flood: true }),
  mode(9, 'coolant', { flood: false, mist: false }),
]);
