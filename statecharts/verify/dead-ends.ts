import { isCommand } from '../equipment/guards.ts';
import { happeningsAt } from '../equipment/path-happenings.ts';
import type { ProfileName } from '../profiles/profile.ts';
import { commandAlphabet } from './alphabet.ts';
import type { ChartTable } from './compile.ts';
import { type Exploration, passAll } from './explore.ts';
import { regionsOf } from './spec.ts';
import { step } from './step.ts';

/**
 * Index of the first configuration from which Idle cannot be reached by permitted commands and by what the world does when all goes
 * well; null when there is none. Faults and take-overs, which begin anew from Aborted, do not count as a way. Backward from Idle.
 */
export function firstDeadEnd(table: ChartTable, profile: ProfileName, exploration: Exploration): number | null {
  const { configurations } = exploration;
  const commands = commandAlphabet(profile);
  const comesFrom = configurations.map((): number[] => []);
  for (const [index, before] of configurations.entries()) {
    const world = happeningsAt(before.facts, 1).flatMap(({ event }) => (event.type.startsWith('authority.') ? [] : [event]));
    for (const event of [...commands, ...world]) {
      if (isCommand(event) && event.type === 'JOG') continue;
      const after = step(table, before, event, passAll);
      const there = after === null ? -1 : exploration.indexOf(after);
      if (there >= 0 && there !== index) comesFrom[there]?.push(index);
    }
  }
  const alive = configurations.map(one => regionsOf(one).execution === 'Idle');
  const queue = configurations.flatMap((_, index) => (alive[index] ? [index] : []));
  for (let i = 0; i < queue.length; i++) {
    for (const before of comesFrom[queue[i] ?? -1] ?? []) {
      if (alive[before]) continue;
      alive[before] = true;
      queue.push(before);
    }
  }
  const dead = alive.indexOf(false);
  return dead < 0 ? null : dead;
}
