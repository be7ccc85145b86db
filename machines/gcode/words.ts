/** One letter with its number, `X-1.50`. */
export interface Word {
  /** Upper case. */
  readonly letter: string;
  readonly value: number;
  /** The number as it was written, which is what goes to the wire. */
  readonly number: string;
}

/** A line that cannot be read as g-code words. Codes are those of problems in a check. */
export interface WordError {
  readonly code: 'realtime-byte' | 'control-character' | 'system-command' | 'host-command' | 'expression' | 'word-malformed';
  readonly message: string;
}

export interface ParsedLine {
  readonly words: readonly Word[];
  /** True when the line ended inside a `;` comment, so that whatever came after the kept text was comment too. */
  readonly endsInComment: boolean;
}

/**
 * Reads one line without its line end into words. Comments, white space and the marks `%` and `/` are dropped; line numbers stay as
 * N words. `text` holds one character per byte (latin1). Total: any input gives words or an error.
 */
export function parseLine(text: string): ParsedLine | WordError {
  if (/^\s*\/\//.test(text)) return hostCommand;
  const scanner: Scanner = { text, at: startOfWords(text), endsInComment: false };
  const words: Word[] = [];
  for (;;) {
    skipSpaceAndComments(scanner);
    if (scanner.at >= text.length) return { words, endsInComment: scanner.endsInComment };
    const word = readWord(scanner);
    if ('code' in word) return word;
    words.push(word);
  }
}

/** Tells an error from words. */
export function isWordError(result: ParsedLine | WordError): result is WordError {
  return 'code' in result;
}

interface Scanner {
  readonly text: string;
  at: number;
  endsInComment: boolean;
}

const hostCommand: WordError = {
  code: 'host-command',
  message: 'Lines that start with // are commands to another host program, not to a machine; remove the line.',
};

/** Behind a leading `%` (start and end mark of a program file) or `/` (block delete, which no controller here switches on). */
function startOfWords(text: string): number {
  return /^[ \t]*(?:%[ \t]*|\/\d?(?=[ \tA-Za-z]|$))?/.exec(text)?.[0].length ?? 0;
}

function skipSpaceAndComments(scanner: Scanner): void {
  const { text } = scanner;
  while (scanner.at < text.length) {
    const character = text[scanner.at];
    if (character === ' ' || character === '\t') scanner.at += 1;
    else if (character === ';') {
      scanner.at = text.length;
      scanner.endsInComment = true;
    } else if (character === '(') skipParentheses(scanner);
    else return;
  }
}

/** To the first `)`, or to the end of the line, as controllers do. */
function skipParentheses(scanner: Scanner): void {
  const end = scanner.text.indexOf(')', scanner.at);
  scanner.at = end === -1 ? scanner.text.length : end + 1;
}

function readWord(scanner: Scanner): Word | WordError {
  const code = scanner.text.charCodeAt(scanner.at);
  const upper = code & ~0x20;
  if (upper < 0x41 || upper > 0x5a || code > 0x7a) return notALetter(scanner.text, code);
  const letter = String.fromCharCode(upper);
  if (letter === 'O') return expression('O words (sub-programs, program numbers)');
  scanner.at += 1;
  while (scanner.text[scanner.at] === ' ' || scanner.text[scanner.at] === '\t') scanner.at += 1;
  const number = readNumber(scanner);
  if (number === null) return notANumber(scanner, letter);
  return { letter, number, value: Number(number) };
}

function readNumber(scanner: Scanner): string | null {
  const { text } = scanner;
  let end = scanner.at;
  if (text[end] === '+' || text[end] === '-') end += 1;
  const whole = skipDigits(text, end);
  const point = text[whole] === '.';
  const last = point ? skipDigits(text, whole + 1) : whole;
  if (last - end === (point ? 1 : 0)) return null;
  const number = text.slice(scanner.at, last);
  scanner.at = last;
  return number;
}

function skipDigits(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code >= 0x30 && code <= 0x39; code = text.charCodeAt(at)) at += 1;
  return at;
}

function notANumber(scanner: Scanner, letter: string): WordError {
  const next = scanner.text.charCodeAt(scanner.at);
  const character = scanner.text.charAt(scanner.at);
  if (character === '[' || character === '#' || character === '<') return expression(`${letter}${character}`);
  if (next > 0x7e || next < 0x20 || '!~?'.includes(character)) {
    if (character !== '') return notALetter(scanner.text, next);
  }
  return { code: 'word-malformed', message: `${letter} is not followed by a number.` };
}

function notALetter(text: string, code: number): WordError {
  const shown = `0x${code.toString(16).padStart(2, '0')}`;
  const character = String.fromCharCode(code);
  if (code === 0x18 || code >= 0x80 || '!~?'.includes(character)) {
    const name = code === 0x18 || code >= 0x80 ? shown : character;
    return { code: 'realtime-byte', message: `${name} acts at once on controllers and must not stand in a program.` };
  }
  if (code < 0x20 || code === 0x7f)
    return { code: 'control-character', message: `The control character ${shown} must not stand in a program.` };
  if (character === '$')
    return { code: 'system-command', message: 'Lines with $ change or read the controller itself; a program must not.' };
  if ('#[]<>='.includes(character)) return expression(character);
  if (character === '*' && /[NGM]/i.test(text)) return checksum;
  return { code: 'word-malformed', message: `${character} stands where a word (a letter and a number) is expected.` };
}

const checksum: WordError = {
  code: 'word-malformed',
  message: 'Lines with a checksum (*) are made for sending to a printer; export the program as a plain file.',
};

function expression(what: string): WordError {
  return { code: 'expression', message: `${what}: variables, expressions and sub-programs are not understood by this controller.` };
}
