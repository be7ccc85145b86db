import type { PermitsParams } from '../equipment/guards.ts';
import { type ChartTable, compile, type Edge } from './compile.ts';

/** What one version of a chart lets happen that another does not. */
export interface ChartDifference {
  /** Transitions that are new, or lead elsewhere, each in one line. */
  readonly possible: readonly string[];
  /** Transitions that are gone. */
  readonly impossible: readonly string[];
  /** Commands that ask for more (`+`) or for less (`-`) where both versions take them. */
  readonly permits: readonly string[];
}

/** Compares two chart configurations, by what leads where from each state on each event. Throws on what the tables do not carry. */
export function differenceOf(before: unknown, after: unknown): ChartDifference {
  const old = transitionsOf(compile(before));
  const now = transitionsOf(compile(after));
  return {
    possible: [...now.keys()].filter(key => !old.has(key)).sort(),
    impossible: [...old.keys()].filter(key => !now.has(key)).sort(),
    permits: [...now].flatMap(([key, edge]) => permitChanges(key, old.get(key), edge)).sort(),
  };
}

/** By `region.state EVENT -> target`; of several that lead to one place the first, which is tried first. */
function transitionsOf(table: ChartTable): ReadonlyMap<string, Edge> {
  const found = new Map<string, Edge>();
  for (const region of table.regions) {
    for (const [state, leaf] of region.leaves) {
      for (const [event, edges] of leaf.edges) {
        for (const edge of edges) {
          const key = `${region.name}.${state} ${event} -> ${edge.target ?? state}`;
          if (!found.has(key)) found.set(key, edge);
        }
      }
    }
  }
  return found;
}

function permitChanges(key: string, before: Edge | undefined, after: Edge): string[] {
  if (before === undefined) return [];
  const old = restrictionsOf(before);
  const now = restrictionsOf(after);
  const more = now.filter(id => !old.includes(id)).map(id => `+${id}`);
  const less = old.filter(id => !now.includes(id)).map(id => `-${id}`);
  return more.length + less.length === 0 ? [] : [`${key}: ${[...less, ...more].join(' ')}`];
}

function restrictionsOf({ guard }: Edge): readonly string[] {
  return guard?.type === 'permits' ? (guard.params as PermitsParams).restrictions : [];
}
