import { expect, test } from 'vitest';
import type { ProfileName } from '../profiles/profile.ts';
import { components } from './components.ts';
import { temporal } from './temporal.ts';
import { verifyChart } from './verify.ts';
import { at, drop, dropPermit, mutant, type Plain, region } from './wrong-charts.ts';

/** Which rule sees what, in a chart of which family. */
type Wrong = readonly [string, string, ProfileName, (states: Plain) => void];

const wrong: readonly Wrong[] = [
  [
    'T1',
    'a latch that a cleared device lets go',
    'process',
    states => {
      region(states, 'stopLatch', 'latched')['device.cleared'] = 'released';
    },
  ],
  ['T2', 'an abort whose end is not heard', 'switch', states => drop(region(states, 'execution', 'Aborting'), 'device.aborted')],
  ['T3', 'a hold whose end is not heard', 'process', states => drop(region(states, 'execution', 'Holding'), 'device.condition')],
  [
    'T3',
    'a hold that goes on by itself as soon as it is confirmed, again and again',
    'process',
    states => {
      region(states, 'execution', 'Holding')['device.condition'] = { target: 'Unholding' };
    },
  ],
  ['T4', 'an end that never comes', 'switch', states => drop(region(states, 'execution', 'Clearing'), 'device.cleared')],
  [
    'T5',
    'a machine that is ready as soon as it was read',
    'process',
    states => {
      region(states, 'execution', 'Aborted')['device.synced'] = { target: 'Idle' };
    },
  ],
  ['T6', 'a lock that lets a run go on', 'process', states => drop(region(states, 'execution', 'Execute'), 'LOCK_OUT')],
  ['T7', 'a beam that burns on without extraction', 'laser', states => drop(region(states, 'beam', 'firing'), 'device.chain')],
  ['T8', 'a start that the owner need not own', 'process', states => dropPermit(states, 'authority')],
];

test.each(wrong)('[%s] sees %s, with the way there', (id, _, profile, change) => {
  const found = verifyChart(mutant(change, profile), profile, { only: id }).find(one => one.id === id);
  expect(found?.line).toContain('VIOLATED');
  expect(found?.path.length).toBeGreaterThan(0);
  for (const event of found?.path ?? []) expect(found?.drawing).toContain(`>${event}</text>`);
});

test('[T1] to [T8] each have a wrong chart that they see', () => {
  expect(temporal.map(({ id }) => id).filter(id => !wrong.some(([seen]) => seen === id))).toEqual([]);
});

test('[T2] what never begins is not said to come to its end', () => {
  const config = mutant(states => {
    for (const state of Object.values(at(states, 'execution', 'states'))) if (typeof state === 'object') redirect(state as Plain);
  }, 'switch');
  expect(verifyChart(config, 'switch', { only: 'T2' }).find(one => one.id === 'T2')?.line).toContain('it never begins');
});

/** Every way into Aborting leads to Aborted at once. */
function redirect(node: Plain): void {
  for (const [key, value] of Object.entries(node)) {
    if (key === 'target' && value === 'Aborting') node.target = 'Aborted';
    else if (typeof value === 'object') redirect(value as Plain);
  }
}

test('[T2] a place is in one component with all that it leads to and that leads back', () => {
  const edges: Readonly<Record<number, readonly number[]>> = { 1: [2], 2: [3, 4], 3: [1], 4: [5], 5: [4], 6: [6, 1] };
  const found = components([1, 2, 3, 4, 5, 6], place => edges[place] ?? []).map(one => one.sort().join(' '));
  expect(found.sort()).toEqual(['1 2 3', '4 5', '6']);
});
