import { expect, test } from 'vitest';
import { equipmentChart } from '../equipment/chart.ts';
import { coverageOf } from './coverage.ts';

// All families by `npm run verify -- --coverage`: their charts are made of the same parts.
test('[EQ109] every state, transition, guard and restriction is met both ways, or it is said why not', () => {
  const { counts, unmet, idle } = coverageOf('process');
  expect(counts.map(({ kind }) => kind)).toEqual(['states', 'transitions', 'guards', 'restrictions']);
  expect(counts.filter(({ all }) => all < 40)).toEqual([]);
  expect(unmet.filter(({ why }) => why === null)).toEqual([]);
  expect(idle).toEqual([]);
});

test('[EQ109] a state that nothing enters, a transition that is never taken and a guard that is never true are found', () => {
  const config = JSON.parse(JSON.stringify(equipmentChart('switch').config)) as Plain;
  const output = config.states?.output?.states ?? {};
  output.glowing = {};
  const off = output.off ?? {};
  off.on = {
    ...off.on,
    'device.nothing': { target: 'on' },
    'device.output': { guard: { type: 'when', params: { failed: ['x'] } }, target: 'on' },
  };
  const names = coverageOf('switch', config)
    .unmet.filter(({ why }) => why === null)
    .map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'state output.glowing',
      'transition output.off device.nothing 0',
      'guard output.off device.output 0: failed ["x"] true',
    ]),
  );
});

interface Plain {
  states?: Record<string, Plain>;
  on?: Record<string, unknown>;
}
