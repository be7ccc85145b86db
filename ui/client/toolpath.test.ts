// @vitest-environment node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toolpathOf } from './toolpath.ts';

const none = {};

test('draws straight moves from point to point, rapids apart from cuts', () => {
  const { pieces } = toolpathOf('G0 X0 Y0 Z5\nG1 Z-1 F100\nX10\nG0 Z5', none);
  expect(pieces.map(({ rapid, to }) => [rapid, to])).toEqual([
    [false, [0, 0, -1]],
    [false, [10, 0, -1]],
    [true, [10, 0, 5]],
  ]);
});

test('counts lines as the check does: comments, empty lines and marks are none', () => {
  const { lines, pieces } = toolpathOf('%\n(tool 3)\n; more\nG0 X0 Y0\n\nG1 X1 (cut)\n%', none);
  expect(lines).toBe(2);
  expect(pieces[0]?.line).toBe(2);
});

test('adds the work offset, and none in machine coordinates', () => {
  const offsets = { G54: { x: -100, y: -50, z: 0 }, G55: { x: 1, y: 0, z: 0 } };
  const { pieces } = toolpathOf('G0 X0 Y0 Z0\nG1 X10\nG53 G0 X-1\nG55 G1 X0', offsets);
  expect(pieces.map(piece => piece.to[0])).toEqual([-90, -1, 1]);
});

test('knows inches and relative moves', () => {
  const { pieces } = toolpathOf('G20 G0 X1 Y0 Z0\nG91 G1 X1\nX1', none);
  expect(pieces.map(piece => piece.to[0])).toEqual([50.8, expect.closeTo(76.2)]);
});

test('draws an arc around its centre on the side of its direction', () => {
  const quarter = toolpathOf('G0 X10 Y0 Z0\nG3 X0 Y10 I-10 J0', none).pieces;
  expect(quarter.length).toBeGreaterThan(4);
  for (const { to } of quarter) {
    expect(Math.hypot(to[0], to[1])).toBeCloseTo(10);
    expect(Math.min(to[0], to[1])).toBeGreaterThanOrEqual(-1e-6);
  }
  const full = toolpathOf('G0 X10 Y0 Z0\nG2 X10 Y0 I-10 J0', none).pieces;
  expect(full.at(-1)?.to).toEqual([10, 0, 0]);
  expect(full.length).toBeGreaterThan(20);
});

test('draws nothing across a place that nobody knows', () => {
  expect(toolpathOf('G0 X0 Y0 Z0\nG28\nG1 X5\nX6', none).pieces).toHaveLength(1);
});

test('the example program is drawn whole, inside its own bounds', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/examples/bracket.nc'), 'latin1');
  const { pieces, cut } = toolpathOf(text, none);
  expect(cut).toBe(false);
  expect(pieces.length).toBeGreaterThan(3_000);
  expect(pieces.every(piece => piece.to.every(Number.isFinite))).toBe(true);
});
