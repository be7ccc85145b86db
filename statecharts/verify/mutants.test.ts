import { describe, expect, test } from 'vitest';
import type { ProfileName } from '../profiles/profile.ts';
import { profileNames } from '../profiles/profile.ts';
import { type Ground, groundOf } from './ground.ts';
import { verdictOn } from './killer.ts';
import { type Mutant, mutantsOf, sampleOf } from './mutants.ts';
import { reasonOf } from './survivors.ts';
import { verifyTable } from './verify.ts';

const grounds: ReadonlyMap<ProfileName, Ground> = new Map(profileNames.map(profile => [profile, groundOf(profile)]));
const mutants = [...grounds.values()].flatMap(({ table, profile }) => mutantsOf(table, profile));

function groundUnder({ profile }: Mutant): Ground {
  const ground = grounds.get(profile);
  if (!ground) throw new Error(`There is no family ${profile}.`);
  return ground;
}

function named(id: string): Mutant {
  const mutant = mutants.find(one => one.id === id);
  if (!mutant) throw new Error(`There is no mutant ${id}.`);
  return mutant;
}

describe('a wrong change to a transition', () => {
  test('[EQ113] is found, in a fixed sample of 30', () => {
    expect(mutants.length).toBeGreaterThan(8_000);
    const sample = sampleOf(mutants, 30);
    expect(sample).toHaveLength(30);
    const missed = sample.filter(mutant => verdictOn(mutant, groundUnder(mutant)).killer === null);
    expect(missed.map(mutant => mutant.id)).toEqual([]);
  }, 120_000);

  // Each by another way: alone, near the beginning, by its whole, and never.
  test.each([
    'switch: drop maintenance.lockedOut LOCK_OUT 0',
    'switch: retarget connection link.lost 2 to disconnected',
    'switch: permit latch of execution.Aborted CLEAR 0',
    'switch: unguard safety device.chain 0',
    'switch: drop execution.Aborting device.aborted 0',
    'switch: drop stopLatch.latched RELEASE_STOP 0',
    'switch: drop execution.Clearing device.condition 0',
  ])(
    '[EQ113] %s is judged as by looking at everything anew',
    id => {
      const mutant = named(id);
      const slow = verifyTable(mutant.table, mutant.profile, { first: true }).find(finding => !finding.ok)?.id ?? null;
      expect(verdictOn(mutant, groundUnder(mutant)).killer).toBe(slow);
    },
    120_000,
  );

  test('[EQ113] that nothing finds is the right chart in other words, for a reason', () => {
    const mutant = named('switch: drop execution.Clearing device.condition 0');
    expect(verdictOn(mutant, groundUnder(mutant))).toEqual({ killer: null, unlike: null });
    expect(reasonOf(mutant.id)).toContain('leads nowhere');
    expect(reasonOf('switch: drop execution.Aborted CLEAR 0')).toBeNull();
  }, 120_000);
});

test('[EQ113] the chart itself is no mutant: nothing is found against it', () => {
  const ground = groundOf('switch');
  expect(verdictOn({ id: 'none', profile: 'switch', table: ground.table }, ground)).toEqual({ killer: null, unlike: null });
});
