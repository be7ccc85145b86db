import { expect, it } from 'vitest';
import { changedModes } from './start-modes.ts';

const modes = (words: string) => changedModes(words.split(' '));

it.each([
  ['G0 G54 G17 G21 G90 G94 M5 M9 T0 F0 S0', []],
  // after M30
  ['G1 G54 G17 G21 G90 G94 M3 M8 T2 F800 S9000', []],
  ['G0 G54 G17 G21 G90 G94 G49 G98 G50 M5 M9 T0 F0 S0', []],
  ['G0 G54 G17 G20 G91 G94 M5 M9 T0 F0 S0', ['G20', 'G91']],
  ['G2 G55 G18 G21 G90 G93 M5 M9 T0 F0 S0', ['G2', 'G55', 'G18', 'G93']],
  ['G0 G54 G17 G21 G90 G94 G51', ['G51']],
  // half a line is no answer
  ['G0 G54 G17 G21', null],
  ['', null],
])('of %s tells what programs are not checked for', (words, expected) => {
  expect(modes(words)).toEqual(expected);
});
