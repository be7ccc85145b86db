import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnyMachineSnapshot, createActor, getInitialSnapshot, transition } from 'xstate';
import { equipmentChart } from '../equipment/chart.ts';
import type { EquipmentContext } from '../equipment/context.ts';
import type { Effect } from '../equipment/effects.ts';
import type { EquipmentEvent } from '../equipment/events.ts';
import { permits } from '../equipment/guards.ts';
import { recorders } from '../equipment/record.ts';
import { type ProfileName, profileNames } from '../profiles/profile.ts';
import { alphabetOf, exploredInput } from './alphabet.ts';
import { type ChartTable, compile } from './compile.ts';
import { explore, parts } from './explore.ts';
import { type Configuration, initialConfiguration, type Step, step } from './step.ts';
import { beginningsOf } from './walk.ts';

const tableOf = (profile: ProfileName) => compile(equipmentChart(profile).config);

/** The state value that a configuration of the tables stands for. */
function stateValue(tables: ChartTable, { value }: Configuration): Record<string, string | Record<string, string>> {
  const one = (path: string) => {
    const [head = '', child] = path.split('.');
    return child === undefined ? head : { [head]: child };
  };
  return Object.fromEntries(tables.regions.map((region, i) => [region.name, one(value[i] ?? '')]));
}

/** A configuration of all regions, from facts that name every state. */
function whole(table: ChartTable, facts: EquipmentContext): Configuration {
  const said: Readonly<Record<string, string>> = { ...facts.regions };
  return { value: table.regions.map(region => said[region.name] ?? ''), facts };
}

function effectTypes(actions: readonly { readonly type: string }[]): string[] {
  return actions.map(action => action.type).filter(type => type.startsWith('device.') || type.startsWith('timer.'));
}

function agree(table: ChartTable, after: Step | null, snapshot: AnyMachineSnapshot, before: Configuration): void {
  const there: Configuration = after ?? before;
  expect(snapshot.value).toEqual(stateValue(table, there));
  expect(snapshot.context).toEqual(there.facts);
}

describe('the tables that verify explores', () => {
  test.each(profileNames)(
    '[EQ112] step as XState does on every transition of the chart of %s',
    profile => {
      const table = tableOf(profile);
      const chart = equipmentChart(profile);
      const witnesses = new Map<string, { readonly before: Configuration; readonly event: EquipmentEvent }>();
      for (const part of parts(table)) {
        explore(part, profile, ({ before, event, after }) => {
          for (const edge of after?.taken ?? [])
            if (!witnesses.has(edge.id)) witnesses.set(edge.id, { before: whole(table, before.facts), event });
          return false;
        });
      }
      expect(table.edges.filter(edge => !witnesses.has(edge.id)).map(edge => edge.id)).toEqual([]);
      for (const { before, event } of witnesses.values()) {
        const snapshot = chart.resolveState({ value: stateValue(table, before), context: before.facts } as never);
        const [next, actions] = transition(chart, snapshot, event);
        const after = step(table, before, event, permits);
        agree(table, after, next, before);
        expect(effectTypes(actions)).toEqual(effectTypes(after?.effects ?? []));
      }
    },
    90_000,
  );

  test.each(profileNames)(
    '[EQ112] step as XState does on random walks of %s, effects and facts included',
    profile => {
      const table = tableOf(profile);
      const start = getInitialSnapshot(equipmentChart(profile), exploredInput(profile));
      const walk = fc.tuple(
        fc.constantFrom(...beginningsOf(profile)),
        fc.array(fc.constantFrom(...alphabetOf(profile)), { minLength: 10, maxLength: 40 }),
      );
      fc.assert(
        fc.property(walk, ([beginning, events]) => {
          const recorded: Effect[] = [];
          const recording = equipmentChart(profile).provide({ actions: recorders(effect => recorded.push(effect)) });
          const actor = createActor(recording, { input: exploredInput(profile) }).start();
          const expected: Effect[] = [];
          let here = initialConfiguration(table, start.context);
          for (const event of [...beginning, ...events]) {
            const after = step(table, here, event, permits);
            actor.send(event);
            agree(table, after, actor.getSnapshot(), here);
            expected.push(...(after?.effects ?? []));
            here = after ?? here;
          }
          expect(recorded).toEqual(expected);
        }),
        { numRuns: 60, seed: 20_261_123 },
      );
    },
    90_000,
  );

  test('[EQ111] a configuration that the tables cannot carry is refused', () => {
    expect(() => compile({ states: { one: { initial: 'a', states: { a: { always: 'b' }, b: {} } } } })).toThrow('always');
    expect(() => compile({ states: { one: { initial: 'a', states: { a: { on: { GO: { guard: () => true } } } } } } })).toThrow(
      'plain data',
    );
  });
});
