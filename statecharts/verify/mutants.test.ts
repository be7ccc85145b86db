import { expect, test } from 'vitest';
import { equipmentChart } from '../equipment/chart.ts';
import { commandNames } from '../equipment/commands.ts';
import { compile } from './compile.ts';
import { killerOf, mutantsOf, sampleOf } from './mutants.ts';

test('[EQ113] a fixed sample of 30 wrong changes to the transitions of commands is found', () => {
  const mutants = mutantsOf(compile(equipmentChart.config), commandNames);
  expect(mutants.length).toBeGreaterThan(400);
  const sample = sampleOf(mutants, 30);
  expect(sample).toHaveLength(30);
  expect(sample.filter(mutant => killerOf(mutant) === null).map(mutant => mutant.id)).toEqual([]);
}, 180_000);

test('[EQ113] the chart itself is no mutant: nothing is found against it', () => {
  expect(killerOf({ id: 'none', table: compile(equipmentChart.config) })).toBeNull();
}, 60_000);
