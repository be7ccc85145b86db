import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWordError, parseLine } from './words.ts';

function read(text: string): string {
  const result = parseLine(text);
  return isWordError(result) ? result.code : result.words.map(word => word.letter + word.number).join(' ');
}

describe('words of a line', () => {
  it.each([
    ['g1x1.5y-2', 'G1 X1.5 Y-2'],
    ['G 1 X +.5\tY 2.', 'G1 X+.5 Y2.'],
    ['N10 G0 (rapid) X1 (there) ; end', 'N10 G0 X1'],
    ['(unclosed comment ! ~ G0 X1', ''],
    ['; $RST=* \x18 ?', ''],
    ['%', ''],
    ['% (program)', ''],
    ['/G0 X1', 'G0 X1'],
    ['', ''],
    ['G0 X1!', 'realtime-byte'],
    ['X~1', 'realtime-byte'],
    ['?', 'realtime-byte'],
    ['G0\x18', 'realtime-byte'],
    ['G0 X\x85', 'realtime-byte'],
    ['G0\x00', 'control-character'],
    ['$RST=*', 'system-command'],
    ['// action:pause', 'host-command'],
    ['O100 SUB', 'expression'],
    ['#1=5', 'expression'],
    ['G0 Z[#<z>*10.]', 'expression'],
    ['S#<rpm> M3', 'expression'],
    ['X1 0', 'word-malformed'],
    ['X', 'word-malformed'],
    ['X-', 'word-malformed'],
    ['X.', 'word-malformed'],
    ['X1.2.3', 'word-malformed'],
    ['10 G0', 'word-malformed'],
    ['N3 G0 X1*57', 'word-malformed'],
    ['hello world', 'word-malformed'],
  ])('reads %j as %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it('never throws and never lets a byte through that is not a letter, a digit or part of a number', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map(array => Buffer.from(array).toString('latin1'));
    const codeLike = fc.string({ unit: fc.constantFrom(...'GMXYZ0123456789.+- ();%/N$!#\x18\x84') });
    fc.assert(
      fc.property(fc.oneof(bytes, codeLike), text => {
        const result = parseLine(text);
        if (isWordError(result)) return result.message.length > 0;
        return result.words.every(word => /^[A-Z]$/.test(word.letter) && /^[+-]?(\d+\.?\d*|\.\d+)$/.test(word.number));
      }),
    );
  });

  it('reads back what it wrote', () => {
    const number = fc.tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: 0, max: 3 })).map(([n, d]) => n.toFixed(d));
    const word = fc.tuple(fc.constantFrom(...'GMXYZFSIJKRPTN'), number).map(([letter, value]) => letter + value);
    fc.assert(fc.property(fc.array(word), words => read(words.join(' ')) === words.join(' ') && read(words.join('')) === words.join(' ')));
  });
});
