import { expect, test } from 'vitest';
import { equipmentChart } from '../equipment/chart.ts';
import { differenceOf } from './difference.ts';

interface Plain {
  [key: string]: Plain;
}

function changed(change: (execution: Plain) => void): unknown {
  const copy = JSON.parse(JSON.stringify({ states: equipmentChart('motion').config.states })) as { states: Plain };
  change(copy.states.execution?.states as Plain);
  return copy;
}
const present = changed(() => undefined);

test('[EQ113] two forms of one chart differ in nothing', () => {
  expect(differenceOf(present, present)).toEqual({ possible: [], impossible: [], permits: [] });
});

test('[EQ113] a transition that is gone is impossible one way and possible the other', () => {
  const without = changed(states => delete states.Held?.on?.UNHOLD);
  expect(differenceOf(present, without).impossible).toEqual(['execution.Held UNHOLD -> Unholding']);
  expect(differenceOf(without, present).possible).toEqual(['execution.Held UNHOLD -> Unholding']);
});

test('[EQ113] a transition that leads elsewhere is both', () => {
  const other = changed(states => Object.assign(states.Execute?.on?.HOLD ?? {}, { target: 'Suspending' }));
  expect(differenceOf(present, other)).toMatchObject({
    possible: ['execution.Execute HOLD -> Suspending'],
    impossible: ['execution.Execute HOLD -> Holding'],
  });
});

test('[EQ113] a permit that is dropped is named, at its command', () => {
  const eased = changed(states => {
    const params = states.Idle?.on?.START?.guard?.params as unknown as { restrictions: string[] };
    params.restrictions = params.restrictions.filter(id => id !== 'homed');
  });
  expect(differenceOf(present, eased).permits).toEqual(['execution.Idle START -> Starting: -homed']);
});
