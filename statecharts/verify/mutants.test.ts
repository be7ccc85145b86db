import { expect, test } from 'vitest';
import { equipmentChart } from '../equipment/chart.ts';
import { profileNames } from '../profiles/profile.ts';
import { compile } from './compile.ts';
import { killerOf, mutantsOf, sampleOf } from './mutants.ts';

test('[EQ113] a fixed sample of 30 wrong changes to the transitions of commands is found', () => {
  const mutants = profileNames.flatMap(profile => mutantsOf(compile(equipmentChart(profile).config), profile));
  expect(mutants.length).toBeGreaterThan(2_000);
  const sample = sampleOf(mutants, 30);
  expect(sample).toHaveLength(30);
  expect(sample.filter(mutant => killerOf(mutant) === null).map(mutant => mutant.id)).toEqual([]);
}, 240_000);

test('[EQ113] the chart itself is no mutant: nothing is found against it', () => {
  expect(killerOf({ id: 'none', profile: 'switch', table: compile(equipmentChart('switch').config) })).toBeNull();
}, 60_000);
