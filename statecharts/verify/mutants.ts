import type { PermitsParams, WhenParams } from '../equipment/guards.ts';
import type { ProfileName } from '../profiles/profile.ts';
import type { ChartTable, Edge, Leaf, RegionTable } from './compile.ts';

/** A chart with one wrong change. */
export interface Mutant {
  /** Readable and unique: `motion: drop execution.Idle START 0`. */
  readonly id: string;
  readonly profile: ProfileName;
  readonly table: ChartTable;
}

type Candidates = readonly Edge[];
/** What is done to every list of candidate transitions in which one of those named stands. */
interface Change {
  readonly id: string;
  readonly edit: (list: Candidates) => Candidates;
}

/**
 * Every mutant of every transition, be it of a command, a report or a timer: each dropped, each guard dropped, each conjunct of a guard
 * dropped, each target another, each two of one list that do not exclude each other in the other order.
 */
export function mutantsOf(table: ChartTable, profile: ProfileName): Mutant[] {
  return table.edges.flatMap((edge, i) =>
    changesOf(edge, table.edges[i + 1], regionOf(table, edge)).map(change => ({
      id: `${profile}: ${change.id}`,
      profile,
      table: changed(table, edge, change),
    })),
  );
}

function regionOf(table: ChartTable, edge: Edge): RegionTable | undefined {
  return table.regions.find(region => region.name === regionNameOf(edge));
}

function regionNameOf({ id }: Edge): string {
  return id.split(/[. ]/)[0] ?? '';
}

function changesOf(edge: Edge, next: Edge | undefined, region: RegionTable | undefined): Change[] {
  const drop: Change = { id: `drop ${edge.id}`, edit: list => list.filter(one => one.id !== edge.id) };
  return [drop, ...guardChanges(edge), ...retargets(edge, region), ...swaps(edge, next)];
}

/** The transition with other words in every list. */
function put(id: string, edge: Edge): Change {
  return { id, edit: list => list.map(one => (one.id === edge.id ? edge : one)) };
}

function guardChanges(edge: Edge): Change[] {
  if (edge.guard === null) return [];
  const open = put(`unguard ${edge.id}`, { ...edge, guard: null });
  if (edge.guard.type === 'when') {
    const eased = withoutEach(edge.guard.params as WhenParams);
    // Without its one clause it is the same as without its guard.
    const some = eased.length < 2 ? [] : eased;
    return [open, ...some.map(([key, params]) => put(`clause ${key} of ${edge.id}`, { ...edge, guard: { type: 'when', params } }))];
  }
  const params = edge.guard.params as PermitsParams;
  const guarded = (more: Partial<PermitsParams>): Edge => ({ ...edge, guard: { type: 'permits', params: { ...params, ...more } } });
  const permits = params.restrictions.map(id =>
    put(`permit ${id} of ${edge.id}`, guarded({ restrictions: params.restrictions.filter(other => other !== id) })),
  );
  const picks = [
    ...withoutEach(params.args ?? {}).map(([key, args]) => put(`argument ${key} of ${edge.id}`, guarded({ args }))),
    ...withoutEach(params.when ?? {}).map(([key, when]) => put(`clause ${key} of ${edge.id}`, guarded({ when }))),
  ];
  return [open, ...permits, ...picks];
}

/** The record without each of its keys. */
function withoutEach<T extends object>(record: T): (readonly [string, T])[] {
  return Object.keys(record).map(key => [key, Object.fromEntries(Object.entries(record).filter(([other]) => other !== key)) as T]);
}

/** The state after the right one, in the order of the chart. */
function retargets(edge: Edge, region: RegionTable | undefined): Change[] {
  if (edge.target === null || !region) return [];
  const states = [...region.leaves.keys()];
  const target = states[(states.indexOf(edge.target) + 1) % states.length];
  return target === undefined || target === edge.target ? [] : [put(`retarget ${edge.id} to ${target}`, { ...edge, target })];
}

/** With the next of the same state and event; of two that exclude each other the order means nothing. */
function swaps(edge: Edge, next: Edge | undefined): Change[] {
  if (next === undefined || listOf(edge) !== listOf(next) || excludes(edge, next)) return [];
  const swap = (list: Candidates): Candidates => {
    const first = list.find(one => one.id === edge.id) ?? edge;
    const second = list.find(one => one.id === next.id) ?? next;
    return list.map(one => (one.id === edge.id ? second : one.id === next.id ? first : one));
  };
  return [{ id: `swap ${edge.id} with the next`, edit: swap }];
}

/** Clauses of what the event is or says; it is one thing only. */
const ofEvent = ['condition', 'result', 'timer', 'inputs', 'siteLoss', 'due', 'on', 'mode'];

/** One clause of both asks for different things: never do both hold. */
function excludes(one: Edge, other: Edge): boolean {
  const first = clausesOf(one);
  const second = clausesOf(other);
  return ofEvent.some(name => {
    const a = [first[name]].flat();
    const b = [second[name]].flat();
    if (first[name] === undefined || second[name] === undefined) return false;
    // A lost chain is any that is not whole.
    const both = [...a, ...b];
    return both.includes('lost') ? both.includes('ok') : !a.some(value => b.includes(value));
  });
}

function clausesOf({ guard }: Edge): Readonly<Record<string, unknown>> {
  if (guard?.type === 'when') return { ...(guard.params as WhenParams) };
  const params = guard?.params as PermitsParams | undefined;
  return { ...params?.args, ...params?.when };
}

function listOf({ id }: Edge): string {
  return id.slice(0, id.lastIndexOf(' '));
}

/** What does not change is shared with the right chart. */
function changed(table: ChartTable, edge: Edge, { edit }: Change): ChartTable {
  const isIn = (list: Candidates) => list.some(one => one.id === edge.id);
  const leaf = (one: Leaf): Leaf => {
    if (![...one.edges.values()].some(isIn)) return one;
    return { ...one, edges: new Map([...one.edges].map(([event, list]) => [event, isIn(list) ? edit(list) : list])) };
  };
  const regions = table.regions.map(region =>
    region.name === regionNameOf(edge)
      ? { ...region, leaves: new Map([...region.leaves].map(([name, one]) => [name, leaf(one)])) }
      : region,
  );
  return { regions, edges: edit(table.edges) };
}

/** The same `count` of them every time, spread over all. */
export function sampleOf(mutants: readonly Mutant[], count: number): Mutant[] {
  return mutants
    .filter((_, i) => Math.floor((i * count) / mutants.length) !== Math.floor(((i - 1) * count) / mutants.length))
    .slice(0, count);
}
