import { changedChoices, movedCommands } from './changed-choices.ts';
import { parts } from './explore.ts';
import type { Ground } from './ground.ts';
import { MutantWalk } from './mutant-walk.ts';
import type { Mutant } from './mutants.ts';
import { cellsOf } from './packml-cells.ts';

/** What became of a mutant. */
export interface Verdict {
  /** The first invariant that does not hold; null when the mutant survives. */
  readonly killer: string | null;
  /** Of a survivor: where it does otherwise than the right chart, in one line; null when it does nowhere. */
  readonly unlike: string | null;
}

/**
 * Looks for an invariant that does not hold for the mutant. The same answer as `verifyTable` gives with `first`, without doing again what
 * the right chart does: the ground is one of the same family, and grows. What leads where in the end (T2 ...) is not asked: a mutant that
 * only that would find survives here, and is unlike the right chart.
 */
export function verdictOn(mutant: Mutant, ground: Ground): Verdict {
  const moved = movedCommands(ground.table, mutant.table);
  const tables = parts(mutant.table);
  const [main, ...alone] = ground.parts.map((part, i) => {
    const table = tables[i] ?? part.table;
    return new MutantWalk(part, { table, choices: changedChoices(part.table, table), moved });
  });
  if (!main) throw new Error('A chart without a part.');
  // What the right chart does as a whole is proved by `verifyTable`.
  const walks = main.isTouched ? [...alone, main] : alone;
  const killer = firstOf(walks, walk => walk.run()) ?? wholly(mutant, walks, main);
  return { killer, unlike: killer === null ? firstOf(walks, walk => walk.unlike()) : null };
}

function firstOf(walks: readonly MutantWalk[], ask: (walk: MutantWalk) => string | null): string | null {
  for (const walk of walks) {
    const found = ask(walk);
    if (found !== null) return found;
  }
  return null;
}

/** What is said of a chart as a whole, after everything that it reaches was seen. */
function wholly(mutant: Mutant, walks: readonly MutantWalk[], main: MutantWalk): string | null {
  if (main.isTouched && main.hasDeadEnd()) return 'I7';
  if (main.isTouched && cellsOf(mutant.table, mutant.profile).some(cell => !walks.some(walk => walk.fills(cell)))) return 'P1';
  const known = (id: string) => !main.isTouched && main.regions.includes(id.split(/[. ]/)[0] ?? '');
  return mutant.table.edges.some(({ id }) => !known(id) && !walks.some(walk => walk.takes(id))) ? 'P2' : null;
}
