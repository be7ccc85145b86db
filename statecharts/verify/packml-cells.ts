import { isCommand } from '../equipment/guards.ts';
import { packmlTable } from '../equipment/packml.ts';
import type { ProfileName } from '../profiles/profile.ts';
import { commandsOf } from '../profiles/rules.ts';
import type { ChartTable } from './compile.ts';
import type { Trial } from './explore.ts';
import { regionsOf } from './spec.ts';

/** The cell of the PackML table that happens in a trial, `Idle START`; null when none does. */
export function cellOf({ before, event, after }: Trial): string | null {
  if (!after) return null;
  const from = regionsOf(before).execution;
  const to = regionsOf(after).execution;
  const edges: Readonly<Record<string, string | undefined>> = packmlTable[from];
  if (isCommand(event)) return edges[event.type] === to ? `${from} ${event.type}` : null;
  return edges.SC === to && from !== to ? `${from} SC` : null;
}

/** The cells of the table that a family has: without programs, those of a thing at rest. */
export function cellsOf(table: ChartTable, profile: ProfileName): readonly string[] {
  const states = table.regions.find(region => region.name === 'execution')?.leaves;
  const commands: readonly string[] = ['SC', ...commandsOf(profile)];
  return Object.entries(packmlTable).flatMap(([state, edges]) =>
    states?.has(state) ? Object.keys(edges).flatMap(command => (commands.includes(command) ? [`${state} ${command}`] : [])) : [],
  );
}
