import type { Dialect } from './dialect.ts';
import type { Word } from './words.ts';

/** Why a line is refused: a stable code and words for the person who made the program. */
export interface LineProblem {
  readonly code: string;
  readonly message: string;
}

/** Checks what one line contains against the allow-list, without regard to the lines before. `extraG` for typed lines. */
export function checkWords(words: readonly Word[], dialect: Dialect, extraG: readonly number[] = []): LineProblem | null {
  const groups = new Map<string, Word>();
  for (const word of words) {
    if (word.letter === 'N') continue;
    const problem = checkWord(word, dialect, extraG) ?? checkGroup(word, groups);
    if (problem !== null) return problem;
  }
  return null;
}

function checkWord(word: Word, dialect: Dialect, extraG: readonly number[]): LineProblem | null {
  const { letter, value } = word;
  if (letter === 'G') return dialect.g.includes(value) || extraG.includes(value) ? null : gNotAllowed(word, dialect);
  if (letter === 'M') return dialect.m.includes(value) ? null : mNotAllowed(word, dialect);
  if ('XYZ'.includes(letter)) return dialect.axes.some(axis => axis === letter) ? null : unknownAxis(letter, dialect);
  if (!dialect.words.includes(letter)) return 'ABCUVWE'.includes(letter) ? unknownAxis(letter, dialect) : letterNotAllowed(letter, dialect);
  if ('FSPT'.includes(letter) && value < 0) return { code: 'value-invalid', message: `${letter} must not be negative.` };
  if (letter === 'T' && !(Number.isInteger(value) && value <= 255))
    return { code: 'value-invalid', message: 'T must be a whole number up to 255.' };
  return null;
}

function unknownAxis(letter: string, dialect: Dialect): LineProblem {
  const axes = dialect.axes.join(', ');
  const kind =
    letter === 'E' ? 'E drives the extruder of a 3D printer; this program is for a printer.' : `This program needs the axis ${letter}.`;
  return { code: 'axis-unknown', message: `${kind} This machine has the axes ${axes} only.` };
}

function letterNotAllowed(letter: string, dialect: Dialect): LineProblem {
  return { code: 'word-not-allowed', message: `${dialect.name} has no use for the word ${letter}.` };
}

const gReasons: readonly { readonly codes: readonly number[]; readonly reason: string }[] = [
  { codes: [10, 28.1, 30.1], reason: 'it changes what the controller has stored, which a program must not.' },
  { codes: [28, 30], reason: 'it goes to a place stored in the controller that cannot be checked here; write the place with G53.' },
  { codes: [41, 42, 41.1, 42.1], reason: 'cutter compensation must be done by the program that makes the file.' },
  { codes: [43], reason: 'there is no tool table; use G43.1 Z or set the work offset.' },
  {
    codes: [73, 74, 76, 81, 82, 83, 84, 85, 86, 87, 88, 89, 98, 99],
    reason: 'drilling cycles must be written out by the program that makes the file.',
  },
  { codes: [38.2, 38.3, 38.4, 38.5], reason: 'probing is not allowed in a program.' },
];

function gNotAllowed(word: Word, dialect: Dialect): LineProblem {
  const reason = gReasons.find(entry => entry.codes.includes(word.value))?.reason;
  return notAllowed(word, reason ?? `${dialect.name} does not know it or it is not allowed in a program.`);
}

const heaterCodes = [82, 83, 84, 104, 105, 106, 107, 109, 116, 117, 140, 141, 190, 191];

function mNotAllowed(word: Word, dialect: Dialect): LineProblem {
  const { value } = word;
  if (value === 6) return notAllowed(word, `${dialect.name} cannot change tools; make one program per tool and take the M6 out.`);
  if (value === 112 || value === 997 || (value >= 500 && value <= 504))
    return notAllowed(word, 'it halts or changes the controller itself, which a program must not.');
  if (value === 98 || value === 99) return notAllowed(word, 'sub-programs are not understood by this controller.');
  if (heaterCodes.includes(value)) return notAllowed(word, 'it is for a 3D printer.');
  return notAllowed(word, `${dialect.name} does not know it or it is not allowed in a program.`);
}

function notAllowed(word: Word, reason: string): LineProblem {
  return { code: 'word-not-allowed', message: `${word.letter}${word.number} is refused: ${reason}` };
}

/** Codes of one modal group exclude each other; two that use the axis words of the line do too. */
const modalGroups: readonly (readonly [string, readonly number[]])[] = [
  ['motion', [0, 1, 2, 3, 38.2, 38.3, 38.4, 38.5, 80]],
  ['non-modal', [4, 10, 28, 28.1, 30, 30.1, 53, 92, 92.1]],
  ['plane', [17, 18, 19]],
  ['distance', [90, 91]],
  ['arc distance', [91.1]],
  ['feed mode', [93, 94]],
  ['units', [20, 21]],
  ['cutter', [40]],
  ['tool length', [43.1, 49]],
  ['work offset', [54, 55, 56, 57, 58, 59]],
  ['path', [61]],
];
const groupOfG = new Map(modalGroups.flatMap(([group, codes]) => codes.map(code => [code, group] as const)));
const groupOfM = new Map([
  ...[0, 1, 2, 30].map(code => [code, 'program flow'] as const),
  ...[3, 4, 5].map(code => [code, 'spindle'] as const),
  ...[7, 8, 9].map(code => [code, 'coolant'] as const),
]);
const usesAxisWords = new Set([0, 1, 2, 3, 10, 28, 30, 38.2, 38.3, 38.4, 38.5, 43.1, 49, 92]);

function checkGroup(word: Word, groups: Map<string, Word>): LineProblem | null {
  const { letter, value } = word;
  if (letter !== 'G' && letter !== 'M') return claim(groups, letter, word);
  const group = letter === 'G' ? groupOfG.get(value) : groupOfM.get(value);
  const conflict = group === undefined ? null : claim(groups, group, word);
  return conflict ?? (letter === 'G' && usesAxisWords.has(value) ? claim(groups, 'axis words', word) : null);
}

function claim(groups: Map<string, Word>, group: string, word: Word): LineProblem | null {
  const other = groups.get(group);
  groups.set(group, word);
  if (other === undefined) return null;
  if (group.length === 1) return { code: 'word-repeated', message: `${group} stands twice in the line.` };
  const codes = `${other.letter}${other.number} and ${word.letter}${word.number}`;
  return { code: 'codes-conflict', message: `${codes} exclude each other in one line (${group}).` };
}

/** The line as it is sent: upper case, one space between words, without line number; closed up when that is too long. */
export function cleanLine(words: readonly Word[], dialect: Dialect): string | LineProblem {
  const parts = words.filter(word => word.letter !== 'N').map(word => word.letter + word.number);
  const spaced = parts.join(' ');
  if (spaced.length <= dialect.maxLineLength) return spaced;
  const closed = parts.join('');
  if (closed.length <= dialect.maxLineLength) return closed;
  const message = `The line has ${closed.length} characters; ${dialect.name} reads at most ${dialect.maxLineLength}.`;
  return { code: 'line-too-long', message };
}
