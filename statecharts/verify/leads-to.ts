import type { EquipmentEvent } from '../equipment/events.ts';
import type { ProfileName } from '../profiles/profile.ts';
import { alphabetOf, eventName } from './alphabet.ts';
import type { ChartTable } from './compile.ts';
import { components } from './components.ts';
import { type Exploration, passAll } from './explore.ts';
import { step } from './step.ts';
import type { LeadsTo } from './temporal.ts';

/** A way to a place where a machine can stay for ever without coming to the goal, although every fair event happens. */
export interface Avoidance {
  readonly events: readonly EquipmentEvent[];
  /** Indices of the configurations on the way, the first and the last included. */
  readonly trail: readonly number[];
}

/** What is reachable from the beginnings without the goal. */
interface Graph {
  /** Per index of a configuration, how it was reached here; null: it is a beginning. */
  readonly cause: ReadonlyMap<number, { readonly from: number; readonly event: EquipmentEvent } | null>;
  readonly next: ReadonlyMap<number, ReadonlySet<number>>;
  /** Per index and fair event, where it leads. */
  readonly fair: ReadonlyMap<number, ReadonlyMap<string, number>>;
}

/**
 * Looks for a way that never comes to the goal. Nothing need ever happen but fair events, so a single place in which none of them can happen is one;
 * so is a set of places among which one can go round, when each fair event that can happen in it can happen without leaving it.
 */
export function avoidance(
  table: ChartTable,
  exploration: Exploration,
  { property, beginnings, profile }: { readonly property: LeadsTo; readonly beginnings: readonly number[]; readonly profile: ProfileName },
): Avoidance | null {
  const graph = graphOf(table, exploration, { property, beginnings, alphabet: alphabetOf(profile) });
  const trap = trapIn(graph, [...graph.cause.keys()]);
  const end = trap === null ? undefined : [...graph.cause.keys()].find(index => trap.has(index));
  return end === undefined ? null : wayTo(graph, exploration, end);
}

function graphOf(
  table: ChartTable,
  { configurations, indexOf }: Exploration,
  asked: { readonly property: LeadsTo; readonly beginnings: readonly number[]; readonly alphabet: readonly EquipmentEvent[] },
): Graph {
  const { goal, fair: fairNames } = asked.property;
  const events = asked.alphabet.map(event => ({ event, name: eventName(event) }));
  const away = (index: number) => configurations[index] !== undefined && !goal(configurations[index]);
  const cause = new Map<number, { readonly from: number; readonly event: EquipmentEvent } | null>();
  for (const index of asked.beginnings) if (away(index)) cause.set(index, null);
  const [next, fair] = [new Map<number, Set<number>>(), new Map<number, Map<string, number>>()];
  for (const index of cause.keys()) {
    const here = configurations[index];
    const [out, happen] = [new Set<number>(), new Map<string, number>()];
    next.set(index, out);
    fair.set(index, happen);
    for (const { event, name } of here ? events : []) {
      const after = here && step(table, here, event, passAll);
      const there = after ? indexOf(after) : -1;
      if (there < 0) continue;
      if (fairNames.includes(name)) happen.set(name, there);
      if (!away(there)) continue;
      out.add(there);
      if (!cause.has(there)) cause.set(there, { from: index, event });
    }
  }
  return { cause, next, fair };
}

/** A set of places that can be stayed in although all that is fair happens; null: there is none. */
function trapIn(graph: Graph, among: readonly number[]): ReadonlySet<number> | null {
  const inside = new Set(among);
  const out = (index: number) => [...(graph.next.get(index) ?? [])].filter(there => inside.has(there));
  for (const found of components(among, out)) {
    const component = new Set(found);
    const leaving = leavingOf(graph, component);
    if (leaving.size === 0) return component;
    const rest = found.filter(index => [...(graph.fair.get(index)?.keys() ?? [])].every(name => !leaving.has(name)));
    const trap = rest.length > 0 ? trapIn(graph, rest) : null;
    if (trap) return trap;
  }
  return null;
}

/** The fair events that can happen here, and never without leaving. */
function leavingOf({ fair }: Graph, component: ReadonlySet<number>): ReadonlySet<string> {
  const happen = [...component].flatMap(index => [...(fair.get(index) ?? [])]);
  const staying = new Set(happen.flatMap(([name, there]) => (component.has(there) ? [name] : [])));
  return new Set(happen.flatMap(([name]) => (staying.has(name) ? [] : [name])));
}

function wayTo({ cause }: Graph, exploration: Exploration, end: number): Avoidance {
  const events: EquipmentEvent[] = [];
  const trail: number[] = [];
  let index = end;
  for (let how = cause.get(index); how; how = cause.get(index)) {
    events.unshift(how.event);
    trail.unshift(index);
    index = how.from;
  }
  const before = exploration.configurationsTo(index).map(one => exploration.indexOf(one));
  return { events: [...exploration.pathTo(index), ...events], trail: [...before, ...trail] };
}
