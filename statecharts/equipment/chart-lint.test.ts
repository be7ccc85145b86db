import { describe, expect, test } from 'vitest';
import { jobChart } from '../job/chart.ts';
import { profileNames } from '../profiles/profile.ts';
import { commandsOf, ruleOf } from '../profiles/rules.ts';
import { compile } from '../verify/compile.ts';
import { equipmentChart } from './chart.ts';
import { commandNames } from './commands.ts';
import { executionStates, packmlTable } from './packml.ts';

/** Every value inside a configuration with the keys that lead to it. */
function* values(node: unknown, path: readonly string[] = []): Generator<{ readonly path: readonly string[]; readonly value: unknown }> {
  yield { path, value: node };
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) yield* values(value, [...path, key]);
}

const charts = [
  ...profileNames.map(name => ({ name, states: equipmentChart(name).config.states })),
  { name: 'job', states: jobChart.config.states },
];
const tables = profileNames.map(profile => ({ profile, table: compile(equipmentChart(profile).config) }));
const commandIn = (id: string) => commandNames.find(name => id.includes(` ${name} `));

describe('the form of the charts', () => {
  test.each(charts)('[EQ110] the $name chart is plain data', ({ states }) => {
    const functions = [...values(states)].filter(({ value }) => typeof value === 'function').map(({ path }) => path.join(' '));
    expect(functions).toEqual([]);
    expect(JSON.parse(JSON.stringify(states))).toEqual(states);
  });

  test.each(charts)('[EQ110] the $name chart has no invoke, no delay and no always', ({ states }) => {
    const forbidden = ['invoke', 'after', 'always', 'delay', 'spawn', 'output', 'onDone'];
    const found = [...values(states)]
      .filter(({ path }) => path.length > 1 && forbidden.includes(path[path.length - 1] ?? ''))
      .map(({ path }) => path.join(' '));
    expect(found).toEqual([]);
  });

  test.each(charts)('[EQ110] no state of the $name chart has a dot in its name', ({ states }) => {
    const names = [...values(states)].flatMap(({ path }) => (path[path.length - 2] === 'states' ? [path[path.length - 1] ?? ''] : []));
    expect(names.filter(name => name.includes('.') || name.includes('*'))).toEqual([]);
  });

  test.each(tables)(
    '[EQ110] every command transition of $profile is guarded by the permits of its rule and carries its meta',
    ({ profile, table }) => {
      const commands = table.edges.filter(edge => commandIn(edge.id));
      expect(commands.length).toBeGreaterThan(commandsOf(profile).length);
      for (const edge of commands) {
        const command = commandIn(edge.id) ?? 'ABORT';
        const rule = ruleOf(profile, command);
        expect(edge.guard, edge.id).toMatchObject({ type: 'permits', params: { restrictions: rule?.restrictions } });
        expect(edge.meta, edge.id).toMatchObject({ command, hazard: rule?.hazard, permit: rule?.permit });
      }
    },
  );

  test.each(tables)(
    '[EQ110] every command of $profile has a transition, no other has, and every stop-like one its stop category',
    ({ profile, table }) => {
      for (const name of commandNames) {
        const rule = ruleOf(profile, name);
        const taken = table.edges.some(edge => edge.id.includes(` ${name} `));
        expect(taken, name).toBe(rule !== null);
        if (rule?.permit === 'A') expect(rule.stopCategory, name).toBeDefined();
      }
    },
  );

  test.each(tables)('[EQ110] ABORT is handled in every state of $profile but Aborting and Aborted', ({ table }) => {
    const leaves = table.regions.find(region => region.name === 'execution')?.leaves;
    const without = executionStates.filter(state => leaves?.has(state) && !leaves.get(state)?.edges.has('ABORT'));
    expect(without).toEqual(['Aborting', 'Aborted']);
  });

  test('[EQ70] the table has the 17 states and 50 transitions of the standard', () => {
    expect(executionStates).toHaveLength(17);
    expect(Object.values(packmlTable).flatMap(edges => Object.keys(edges))).toHaveLength(50);
  });
});
