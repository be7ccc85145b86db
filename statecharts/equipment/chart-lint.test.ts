import { describe, expect, test } from 'vitest';
import { jobChart } from '../job/chart.ts';
import { compile } from '../verify/compile.ts';
import { equipmentChart } from './chart.ts';
import { commandRules } from './command-rules.ts';
import { commandNames } from './commands.ts';
import { executionStates, packmlTable } from './packml.ts';

/** Every value inside a configuration with the keys that lead to it. */
function* values(node: unknown, path: readonly string[] = []): Generator<{ readonly path: readonly string[]; readonly value: unknown }> {
  yield { path, value: node };
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) yield* values(value, [...path, key]);
}

const charts = [
  { name: 'equipment', states: equipmentChart.config.states },
  { name: 'job', states: jobChart.config.states },
];
const table = compile(equipmentChart.config);
const isCommand = (id: string) => commandNames.some(name => id.includes(` ${name} `));

describe('the form of the charts', () => {
  test.each(charts)('[EQ110] the $name chart is plain data', ({ states }) => {
    const functions = [...values(states)].filter(({ value }) => typeof value === 'function').map(({ path }) => path.join(' '));
    expect(functions).toEqual([]);
    expect(JSON.parse(JSON.stringify(states))).toEqual(states);
  });

  test.each(charts)('[EQ110] the $name chart has no invoke, no delay and no always', ({ states }) => {
    const forbidden = ['invoke', 'after', 'always', 'delay', 'spawn', 'output', 'onDone'];
    const found = [...values(states)]
      .filter(({ path }) => forbidden.includes(path[path.length - 1] ?? ''))
      .map(({ path }) => path.join(' '));
    expect(found).toEqual([]);
  });

  test('[EQ110] no state has a dot in its name', () => {
    const names = [...values(equipmentChart.config.states)].flatMap(({ path }) =>
      path[path.length - 2] === 'states' ? [path[path.length - 1] ?? ''] : [],
    );
    expect(names.filter(name => name.includes('.') || name.includes('*'))).toEqual([]);
  });

  test('[EQ110] every command transition is guarded by the permits of its rule and carries its meta', () => {
    const commands = table.edges.filter(edge => isCommand(edge.id));
    expect(commands.length).toBeGreaterThan(commandNames.length);
    for (const edge of commands) {
      const command = commandNames.find(name => edge.id.includes(` ${name} `)) ?? 'ABORT';
      expect(edge.guard, edge.id).toMatchObject({ type: 'permits', params: { restrictions: commandRules[command].restrictions } });
      expect(edge.meta, edge.id).toMatchObject({ command, hazard: commandRules[command].hazard, permit: commandRules[command].permit });
    }
  });

  test('[EQ110] every command has a transition, and every stop-like one its stop category', () => {
    for (const name of commandNames) {
      expect(
        table.edges.some(edge => edge.id.includes(` ${name} `)),
        name,
      ).toBe(true);
      if (commandRules[name].permit === 'A') expect(commandRules[name].stopCategory, name).toBeDefined();
    }
  });

  test('[EQ110] ABORT is handled in every state but Aborting and Aborted', () => {
    const execution = table.regions.find(region => region.name === 'execution');
    const without = executionStates.filter(state => !execution?.leaves.get(state)?.edges.has('ABORT'));
    expect(without).toEqual(['Aborting', 'Aborted']);
  });

  test('[EQ70] the table has the 17 states and 50 transitions of the standard', () => {
    expect(executionStates).toHaveLength(17);
    expect(Object.values(packmlTable).flatMap(edges => Object.keys(edges))).toHaveLength(50);
  });
});
