import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MotionCheck } from './bounds.ts';
import type { CheckContext } from './dialect.ts';
import { isWordError, parseLine } from './words.ts';

const context: CheckContext = {
  dialect: { name: 'any', maxLineLength: 79, axes: ['X', 'Y', 'Z'], g: [], m: [], words: [], mdiG: [] },
  envelope: { min: { x: -800, y: -500, z: -120 }, max: { x: 0, y: 0, z: 0 } },
  offsets: { G54: { x: -600, y: -300, z: -80 }, G55: { x: -100, y: -100, z: -50 } },
};

function run(program: string, over: Partial<CheckContext> = {}) {
  const check = new MotionCheck({ ...context, ...over });
  const problems = program.split('\n').flatMap((text, i) => {
    const parsed = parseLine(text);
    if (isWordError(parsed)) throw new Error(`${text}: ${parsed.message}`);
    const problem = check.line(parsed.words);
    return problem === null ? [] : [`${i + 1} ${problem.code}: ${problem.message}`];
  });
  return { problems, bounds: check.bounds, offsets: check.offsets };
}

const round = (value: number) => Math.round(value * 1000) / 1000 + 0;

/** `x0..x1 y0..y1 z0..z1` in work coordinates of G54. */
function extent(program: string): string {
  const { bounds, problems } = run(program);
  expect(problems).toEqual([]);
  if (bounds === null) return 'nothing';
  const offset = { x: -600, y: -300, z: -80 };
  return (['x', 'y', 'z'] as const).map(a => `${a}${round(bounds.min[a] - offset[a])}..${round(bounds.max[a] - offset[a])}`).join(' ');
}

const zero = 'G0 X0 Y0 Z0\nF100\n';

describe('bounds', () => {
  it.each([
    ['G0 X10 Y-5 Z2', 'x0..10 y-5..0 z0..2'],
    ['G20 G0 X1', 'x0..25.4 y0..0 z0..0'],
    ['G91 G0 X10\nX10\nX-30', 'x-10..20 y0..0 z0..0'],
    ['G55 G0 X0', 'x0..500 y0..0 z0..0'],
    ['G53 G0 X-1 Z-1', 'x0..599 y0..0 z0..79'],
    ['G0 X10\nG92 X0\nX5', 'x0..15 y0..0 z0..0'],
    ['G0 X10\nG92 X0\nG92.1\nX5', 'x0..10 y0..0 z0..0'],
    ['G43.1 Z3\nG0 Z1\nG49', 'x0..0 y0..0 z0..4'],
    // quarter, half and full circles by centre
    ['G2 X10 Y-10 J-10', 'x0..10 y-10..0 z0..0'],
    ['G3 X10 Y-10 J-10', 'x-10..10 y-20..0 z0..0'],
    ['G2 X10 I5', 'x0..10 y0..5 z0..0'],
    ['G3 X10 I5', 'x0..10 y-5..0 z0..0'],
    ['G2 X0 Y0 I5', 'x0..10 y-5..5 z0..0'],
    // by radius, short and long way
    ['G2 X10 R5', 'x0..10 y0..5 z0..0'],
    ['G3 X10 Y10 R10', 'x0..10 y0..10 z0..0'],
    ['G3 X10 Y10 R-10', 'x0..20 y-10..10 z0..0'],
    // other planes and a helix
    ['G18 G2 X10 I5', 'x0..10 y0..0 z-5..0'],
    ['G18 G3 X10 I5', 'x0..10 y0..0 z0..5'],
    ['G19 G2 Y10 J5', 'x0..0 y0..10 z0..5'],
    ['G2 X0 Y0 I5 Z-3', 'x0..10 y-5..5 z-3..0'],
    ['G20 G2 X1 I0.5', 'x0..25.4 y0..12.7 z0..0'],
  ])('%j reaches %s', (program, expected) => {
    expect(extent(zero + program)).toBe(expected);
  });

  it('holds every point of any arc, as sampling it shows', () => {
    const angle = fc.double({ min: 0, max: 2 * Math.PI, noNaN: true });
    fc.assert(
      fc.property(angle, angle, fc.boolean(), (start, end, clockwise) => {
        const at = (a: number) => [20 * Math.cos(a), 20 * Math.sin(a)] as const;
        const [x0, y0] = at(start);
        const [x1, y1] = at(end);
        const write = (value: number) => value.toFixed(9);
        const program = `F1\nG0 X${write(x0)} Y${write(y0)} Z0\nG${clockwise ? 2 : 3} X${write(x1)} Y${write(y1)} I${write(-x0)} J${write(-y0)}`;
        const { bounds } = run(program);
        if (bounds === null) throw new Error('it moves');
        const full = 2 * Math.PI;
        const sweep = (((clockwise ? start - end : end - start) % full) + full) % full;
        for (let n = 0; n <= 50; n += 1) {
          const [x, y] = at(start + ((clockwise ? -1 : 1) * sweep * n) / 50);
          expect(x - 600).toBeGreaterThan(bounds.min.x - 1e-5);
          expect(x - 600).toBeLessThan(bounds.max.x + 1e-5);
          expect(y - 300).toBeGreaterThan(bounds.min.y - 1e-5);
          expect(y - 300).toBeLessThan(bounds.max.y + 1e-5);
        }
      }),
    );
  });

  it('says line, axis and by how much a move leaves the travel', () => {
    expect(run('G0 X0 Y0\nG0 X650 Y1').problems).toEqual([
      '2 outside-envelope: X would go to machine 50.000 mm, 50.000 mm beyond the travel.',
    ]);
    expect(run('G0 X0 Y0 Z-41').problems[0]).toContain('Z would go to machine -121.000 mm, 1.000 mm beyond');
  });

  it('finds an arc that leaves the travel although both its ends lie inside', () => {
    expect(run('G0 X590 Y0\nG2 X590 Y-30 J-15 F100').problems[0]).toMatch(/^2 outside-envelope: X would go to machine 5\.000/);
  });

  it('refuses relative moves and arcs before an absolute place, once per axis', () => {
    const { problems } = run('G91\nG0 X1\nG0 X1\nG0 Y1');
    expect(problems.map(text => text.slice(0, 18))).toEqual(['2 position-unknown', '4 position-unknown']);
    expect(run('G2 X1 Y1 I1 F100').problems[0]).toContain('position-unknown');
    expect(run('G92 X0\nG0 X1').problems[0]).toContain('position-unknown');
  });

  it('counts an axis that is never placed with its whole travel', () => {
    expect(run('G0 X0').bounds).toEqual({ min: { x: -600, y: -500, z: -120 }, max: { x: -600, y: 0, z: 0 } });
  });

  it('refuses to compute with a work offset nobody has read', () => {
    expect(run('G56 G0 X0').problems[0]).toContain('offset-unknown');
  });

  it('refuses no place while the travel is unknown, but a move from nowhere, whose bounds could not be held against it later', () => {
    const { problems, bounds } = run('G90 G0 X5000', { envelope: null });
    expect(problems).toEqual([]);
    expect(bounds?.max.x).toBe(4400);
    for (const program of ['G91\nG0 X-900', 'G2 X1 Y1 I1 F100', 'G92 X0\nG0 X1'])
      expect(run(program, { envelope: null, offsets: {} }).problems[0]).toContain('position-unknown');
  });

  it('tells which work offsets it used', () => {
    const nowhere = { x: 0, y: 0, z: 0 };
    expect(run('G0 X0\nG55 X0').offsets).toEqual({ G54: context.offsets.G54, G55: context.offsets.G55, G92: nowhere });
    const G92 = { x: 1, y: 2, z: 3 };
    expect(run('G0 X0', { offsets: { ...context.offsets, G92 } }).offsets).toEqual({ G54: context.offsets.G54, G92 });
  });

  it.each([
    ['G2 X10 I3', 'arc-invalid'],
    ['G2 X10 R4', 'arc-invalid'],
    ['G2 R4 X0 Y0', 'arc-invalid'],
    ['G2 X10 K3', 'word-missing'],
    ['G2 Z1 I3', 'word-missing'],
    ['G80 X1', 'codes-conflict'],
    ['G53 G2 X1 I1', 'codes-conflict'],
    ['G93 G1 X1', 'feed-missing'],
    ['G43.1 X1', 'word-missing'],
  ])('finds what the controller would refuse half-way: %s', (line, code) => {
    expect(run(zero + line).problems[0]).toContain(code);
  });
});
