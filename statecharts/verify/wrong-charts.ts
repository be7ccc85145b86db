import { equipmentChart } from '../equipment/chart.ts';
import type { ProfileName } from '../profiles/profile.ts';

/** Charts with one wrong change, for tests: what verify says of them. */
export type Plain = { [key: string]: Plain | Plain[] | string };

/** The chart with one wrong change, made on a copy of its plain configuration. */
export function mutant(change: (states: Plain) => void, profile: ProfileName = 'motion'): unknown {
  const states = structuredClone(equipmentChart(profile).config.states) as unknown as Plain;
  change(states);
  return { states };
}

/** Follows keys into the copy; throws when the chart has changed so that the mutant means nothing. */
export function at(node: Plain, ...keys: readonly string[]): Plain {
  const next = keys.reduce<Plain | Plain[] | string | undefined>((here, key) => (here as Plain)[key], node);
  if (typeof next !== 'object' || Array.isArray(next)) throw new Error(`No ${keys.join('.')} in the chart.`);
  return next;
}

/** Transitions of a state of execution by a command. */
export const command = (states: Plain, state: string, name: string) => at(states, 'execution', 'states', state, 'on', name);
/** All transitions of a state of a region. */
export const region = (states: Plain, name: string, state: string) => at(states, name, 'states', state, 'on');

/** Takes away what must be there. */
export function drop(node: Plain, key: string): void {
  if (!(key in node)) throw new Error(`No ${key} to drop.`);
  delete node[key];
}

/** START asks for everything but this. */
export function dropPermit(states: Plain, permit: string): void {
  const params = at(command(states, 'Idle', 'START'), 'guard', 'params');
  params.restrictions = (params.restrictions as unknown as string[]).filter(id => id !== permit) as unknown as Plain[];
}
