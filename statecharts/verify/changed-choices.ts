import type { ChartTable, Leaf, RegionTable } from './compile.ts';

/** Where two charts may choose otherwise: per region, in the table's order, the states, and of each the names of the events. */
export type ChangedChoices = readonly (ReadonlyMap<string, ReadonlySet<string>> | null)[];

/**
 * The states and events for which the candidate transitions of two parts of charts differ. They have the same regions and states, and the
 * same entries and exits: only transitions are changed.
 */
export function changedChoices(right: ChartTable, wrong: ChartTable): ChangedChoices {
  return right.regions.map((region, i) => {
    const other = wrong.regions[i];
    if (other === undefined || other.name !== region.name) throw new Error('Charts of different regions cannot be compared.');
    return other === region ? null : changedStates(region, other);
  });
}

function changedStates(right: RegionTable, wrong: RegionTable): ReadonlyMap<string, ReadonlySet<string>> | null {
  const states = [...right.leaves].flatMap(([state, leaf]): (readonly [string, ReadonlySet<string>])[] => {
    const events = changedEvents(leaf, wrong.leaves.get(state));
    return events.size > 0 ? [[state, events]] : [];
  });
  return states.length > 0 ? new Map(states) : null;
}

function changedEvents(right: Leaf, wrong: Leaf | undefined): ReadonlySet<string> {
  if (wrong === undefined || wrong.entry !== right.entry || wrong.exit !== right.exit) throw new Error('Only transitions may differ.');
  const events = new Set([...right.edges.keys(), ...wrong.edges.keys()]);
  return new Set([...events].filter(event => !isSame(right.edges.get(event) ?? [], wrong.edges.get(event) ?? [])));
}

function isSame<T>(one: readonly T[], other: readonly T[]): boolean {
  return one === other || (one.length === other.length && one.every((item, i) => item === other[i]));
}

/** The commands that fewer or more regions take than before: what a part of the chart can say of them depends on that. */
export function movedCommands(right: ChartTable, wrong: ChartTable): ReadonlySet<string> {
  const before = takersOf(right);
  const after = takersOf(wrong);
  const events = [...new Set([...before.keys(), ...after.keys()])];
  return new Set(events.filter(event => before.get(event)?.size !== after.get(event)?.size));
}

function takersOf({ edges }: ChartTable): ReadonlyMap<string, ReadonlySet<string>> {
  const takers = new Map<string, Set<string>>();
  for (const { id } of edges) {
    const [place = '', event = ''] = id.split(' ');
    const known = takers.get(event) ?? new Set();
    takers.set(event, known.add(place.split('.')[0] ?? ''));
  }
  return takers;
}
