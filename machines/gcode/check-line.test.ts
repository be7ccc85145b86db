import { describe, expect, it } from 'vitest';
import { checkLine } from './check-line.ts';
import type { Dialect } from './dialect.ts';

const dialect: Dialect = { name: 'any', maxLineLength: 79, axes: ['X', 'Y', 'Z'], g: [0], m: [], words: ['L', 'P'], mdiG: [10] };

describe('a typed line', () => {
  it('is sent upper case and without comments', () => {
    expect(checkLine(' g0x1 (there)', dialect)).toEqual({ ok: true, line: 'G0 X1' });
  });

  it('may hold the codes that only people may use', () => {
    expect(checkLine('G10 L20 P1 X0', dialect)).toEqual({ ok: true, line: 'G10 L20 P1 X0' });
  });

  it.each([
    ['', 'empty'],
    ['(note)', 'empty'],
    ['G0 X1\nG0 X2', 'control-character'],
    ['$X', 'system-command'],
    ['!', 'realtime-byte'],
    ['G0 X\u0410', 'realtime-byte'],
    ['G1 X1', 'word-not-allowed'],
  ])('%j is refused as %s', (text, code) => {
    expect(checkLine(text, dialect)).toMatchObject({ ok: false, problem: { code, line: 1 } });
  });
});
