import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesOffsets, dwellSeconds, encodeLine, jogLine, writesEeprom } from './encode.ts';

describe('encodeLine', () => {
  it('ends a line with one newline', () => {
    expect(Buffer.from(encodeLine('G1 X1') ?? []).toString('latin1')).toBe('G1 X1\n');
  });

  it('lets no realtime byte, control character or byte above 7F through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), line => {
        const bytes = encodeLine(line);
        return (
          bytes === null || bytes.subarray(0, -1).every(byte => byte >= 0x20 && byte < 0x7f && !'!?~'.includes(String.fromCharCode(byte)))
        );
      }),
    );
  });
});

describe('lines that need care', () => {
  it.each(['$130=200', '$H', '$I=x', '$N0=G54', '$RST=*', 'G10 L2 P1 X0', 'g10p1l20x0', 'G28.1', 'G30.1'])('sends %s alone', line => {
    expect(writesEeprom(line)).toBe(true);
  });

  it.each(['G1 X10 L2', 'G100 L20', 'G28', 'G1X1', '$J=G91X1F100'])('sends %s among others', line => {
    expect(writesEeprom(line)).toBe(false);
  });

  it.each(['G92 X0', 'G10L20P1X0', 'G55', 'G92.1'])('reads the offsets again after %s', line => {
    expect(changesOffsets(line)).toBe(true);
  });

  it('knows how long a line dwells', () => {
    expect([dwellSeconds('G4 P1.5'), dwellSeconds('P2 G04'), dwellSeconds('G40'), dwellSeconds('G1 X4')]).toEqual([1.5, 2, 0, 0]);
  });
});

describe('jogLine', () => {
  it('names only the axes that move, without exponents', () => {
    expect(jogLine({ x: 0.00001, y: 0, z: -2.5 }, 600)).toBe('$J=G91G21X0Z-2.5F600');
  });
});
