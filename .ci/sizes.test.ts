import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkSizes } from './sizes.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wit-sizes-'));
  mkdirSync(join(root, 'actors'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function problems(text: string): readonly string[] {
  writeFileSync(join(root, 'actors/a.ts'), text);
  return checkSizes(root).problems;
}

describe('the size limits', () => {
  it('allow a function of 60 lines', () => {
    expect(problems(`function fits() {\n${'1;\n'.repeat(58)}}\n`)).toEqual([]);
  });

  it('refuse a function of 61 lines by its name', () => {
    expect(problems(`const long = () => {\n${'1;\n'.repeat(59)}};\n`)).toEqual(['actors/a.ts:1 long has 61 lines; the limit is 60']);
  });

  it('do not take a group of tests for a function', () => {
    expect(problems(`describe('much', () => {\n${'1;\n'.repeat(90)}});\n`)).toEqual([]);
  });

  it('refuse a file of more than 500 lines', () => {
    expect(problems('1;\n'.repeat(501))[0]).toMatch(/^actors\/a\.ts has 501 lines/);
  });
});
