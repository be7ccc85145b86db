import type { PermitsParams } from '../equipment/guards.ts';
import type { ProfileName } from '../profiles/profile.ts';
import { commandsOf } from '../profiles/rules.ts';
import type { ChartTable, Edge, Leaf, RegionTable } from './compile.ts';
import { verifyTable } from './verify.ts';

/** A chart with one wrong change. */
export interface Mutant {
  /** Readable and unique: `drop execution.Idle START 0`. */
  readonly id: string;
  readonly profile: ProfileName;
  readonly table: ChartTable;
}

/** What the change does to a transition; null takes it away. */
interface Change {
  readonly id: string;
  readonly edge: Edge | null;
}

/** Every mutant of the transitions that these events take: each dropped, each guard dropped, each permit's conjunct dropped, each target another. */
export function mutantsOf(table: ChartTable, profile: ProfileName): Mutant[] {
  const events: readonly string[] = commandsOf(profile);
  const edges = table.edges.filter(edge => events.includes(edge.id.split(' ')[1] ?? ''));
  return edges.flatMap(edge =>
    changesOf(edge, regionOf(table, edge)).map(change => ({
      id: `${profile}: ${change.id}`,
      profile,
      table: changed(table, edge.id, change.edge),
    })),
  );
}

function regionOf(table: ChartTable, edge: Edge): RegionTable | undefined {
  const place = edge.id.split(' ')[0] ?? '';
  return table.regions.find(region => region.name === place.split('.')[0]);
}

function changesOf(edge: Edge, region: RegionTable | undefined): Change[] {
  return [{ id: `drop ${edge.id}`, edge: null }, ...guardChanges(edge), ...retargets(edge, region)];
}

function guardChanges(edge: Edge): Change[] {
  if (edge.guard === null) return [];
  const open: Change = { id: `unguard ${edge.id}`, edge: { ...edge, guard: null } };
  if (edge.guard.type !== 'permits') return [open];
  const params = edge.guard.params as PermitsParams;
  const without = params.restrictions.map((id): Change => {
    const restrictions = params.restrictions.filter(other => other !== id);
    return { id: `permit ${id} of ${edge.id}`, edge: { ...edge, guard: { type: 'permits', params: { ...params, restrictions } } } };
  });
  return [open, ...without];
}

/** The state after the right one, in the order of the chart. */
function retargets(edge: Edge, region: RegionTable | undefined): Change[] {
  if (edge.target === null || !region) return [];
  const states = [...region.leaves.keys()];
  const target = states[(states.indexOf(edge.target) + 1) % states.length];
  return target === undefined || target === edge.target ? [] : [{ id: `retarget ${edge.id} to ${target}`, edge: { ...edge, target } }];
}

function changed(table: ChartTable, id: string, edge: Edge | null): ChartTable {
  const replace = (list: readonly Edge[]) => list.flatMap(one => (one.id === id ? (edge ? [edge] : []) : [one]));
  const leaf = (one: Leaf): Leaf => ({ ...one, edges: new Map([...one.edges].map(([event, list]) => [event, replace(list)])) });
  const regions = table.regions.map(region => ({
    ...region,
    leaves: new Map([...region.leaves].map(([name, one]) => [name, leaf(one)])),
  }));
  return { regions, edges: replace(table.edges) };
}

/** The first invariant that does not hold for the mutant; null when it survives. */
export function killerOf(mutant: Mutant): string | null {
  return verifyTable(mutant.table, mutant.profile, { first: true }).find(finding => !finding.ok)?.id ?? null;
}

/** The same `count` of them every time, spread over all. */
export function sampleOf(mutants: readonly Mutant[], count: number): Mutant[] {
  return mutants
    .filter((_, i) => Math.floor((i * count) / mutants.length) !== Math.floor(((i - 1) * count) / mutants.length))
    .slice(0, count);
}
