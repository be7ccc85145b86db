import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OpeningBudget } from './opening-budget.ts';

let folder: string;
let now: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wit-openings-'));
  now = 1_000_000;
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, 'mill-1', 'openings');
/** Each time as a new process sees it. */
const budget = () => new OpeningBudget(file(), () => now);

it('[F35] lets processes that die at once open a port five times, and then once in five seconds', () => {
  const opened: number[] = [];
  for (const end = now + 300_000; now < end; now += 200) {
    if (!budget().allows) continue;
    budget().spend();
    opened.push(now);
  }
  const gaps = opened.slice(1).map((at, i) => at - (opened[i] ?? 0));
  expect(gaps.slice(0, 4)).toEqual([200, 200, 200, 200]);
  expect(gaps.slice(4).every(gap => gap === 5_000)).toBe(true);
  expect(opened.length).toBeLessThanOrEqual(5 + 300 / 5);
});

it('[F35] is whole again after a calm time, and after a start of the computer', () => {
  for (let i = 0; i < 5; i++) budget().spend();
  expect(budget().allows).toBe(false);
  now = 500;
  expect(budget().allows).toBe(true);
  now = 1_060_001;
  expect(budget().allows).toBe(true);
});

it('[F35] never keeps a machine from its hold byte for want of a file', () => {
  budget().spend();
  writeFileSync(file(), '[1000000, 10');
  expect(budget().allows).toBe(true);
  const nowhere = new OpeningBudget(join(file(), 'below-a-file', 'openings'), () => now);
  for (let i = 0; i < 9; i++) nowhere.spend();
  expect(nowhere.allows).toBe(true);
});
