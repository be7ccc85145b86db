import { type EquipmentContext, initialContext } from '../equipment/context.ts';
import type { EquipmentEvent } from '../equipment/events.ts';
import type { PermitsParams } from '../equipment/guards.ts';
import type { DeviceCondition } from '../equipment/reports.ts';
import { passes } from '../equipment/restrictions/registry.ts';
import type { RestrictionId } from '../equipment/restrictions/restriction.ts';
import { alphabet, exploredInput, exploredJob } from './alphabet.ts';
import type { ChartTable } from './compile.ts';
import { type Configuration, initialConfiguration, type Judge, type Step, step } from './step.ts';

/**
 * Restrictions that read regions are judged as they are. All others (roles, presence, jobs, homing ...) are not state: in the
 * exploration they pass, which reaches more than life can; that each of them refuses on its own is tried separately.
 */
const regional: ReadonlySet<RestrictionId> = new Set<RestrictionId>([
  'connection',
  'safety',
  'guard-closed',
  'latch',
  'latched',
  'state',
  'mode',
  'activity',
  'mode-change',
]);

/** Judges a permit; `failing` refuse whatever the facts say. Restrictions that are no state pass. */
export function judgeWith(failing: (id: RestrictionId) => boolean): Judge {
  return (facts, event, params) => argsFit(event, params) && params.restrictions.every(id => judgeOne(id, facts, event, failing));
}

/** Everything passes that is no state. */
export const passAll = judgeWith(() => false);

function judgeOne(id: RestrictionId, facts: EquipmentContext, event: EquipmentEvent, failing: (id: RestrictionId) => boolean): boolean {
  if (failing(id)) return false;
  return !regional.has(id) || ('commandId' in event && passes(id, facts, event));
}

function argsFit(event: EquipmentEvent, params: PermitsParams): boolean {
  if (params.args === undefined) return true;
  const args: Readonly<Record<string, unknown>> = 'args' in event ? event.args : {};
  return Object.entries(params.args).every(([name, value]) => args[name] === value);
}

/** What an observer of the exploration sees: one event tried in one configuration. */
export interface Trial {
  readonly before: Configuration;
  readonly event: EquipmentEvent;
  /** Null when nothing handles the event. */
  readonly after: Step | null;
  /** Index of `before`, for `pathTo`. */
  readonly index: number;
}

/** Regions that only restrictions read: explored alone instead of multiplied with all others. */
const alone: readonly string[] = ['authority', 'occupancy'];

/** The chart in parts that are explored one by one: first all regions that guards read, then each of the others. */
export function parts(table: ChartTable): readonly ChartTable[] {
  const only = (keep: (name: string) => boolean) => ({ ...table, regions: table.regions.filter(region => keep(region.name)) });
  return [only(name => !alone.includes(name)), ...alone.map(region => only(name => name === region))];
}

/** Every reachable configuration, and how it was first reached. */
export interface Exploration {
  readonly configurations: readonly Configuration[];
  readonly steps: number;
  /** The shortest list of events that leads to the configuration. */
  pathTo(index: number): readonly EquipmentEvent[];
  /** The configurations on that way, the first and the last included. */
  configurationsTo(index: number): readonly Configuration[];
  /** -1 for one that was not reached. */
  indexOf(configuration: Configuration): number;
}

/** Breadth first over everything that can happen, so that the first path found is a shortest one. `watch` sees every trial; true ends it. */
export function explore(table: ChartTable, watch: (trial: Trial) => boolean): Exploration {
  const found: Configuration[] = [];
  const cause: { readonly parent: number; readonly event: EquipmentEvent | null }[] = [];
  const seen = new Map<string, number>();
  const add = (configuration: Configuration, parent: number, event: EquipmentEvent | null) => {
    const key = keyOf(configuration);
    if (seen.has(key)) return;
    seen.set(key, found.length);
    found.push(configuration);
    cause.push({ parent, event });
  };
  for (const chain of ['none', 'observed'] as const) {
    const facts = { ...initialContext({ ...exploredInput, chain }), job: exploredJob };
    add(initialConfiguration(table, facts), -1, null);
  }
  let steps = 0;
  let ended = false;
  for (let index = 0; index < found.length && !ended; index++) {
    const before = found[index];
    if (!before) break;
    for (const event of alphabet) {
      const after = step(table, before, event, passAll);
      steps += 1;
      if (watch({ before, event, after, index })) {
        ended = true;
        break;
      }
      if (after) add({ value: after.value, facts: canonical(after.facts) }, index, event);
    }
  }
  return {
    configurations: found,
    steps,
    pathTo: index => chainOf(cause, index).flatMap(i => cause[i]?.event ?? []),
    configurationsTo: index => chainOf(cause, index).flatMap(i => found[i] ?? []),
    indexOf: one => seen.get(keyOf(one)) ?? -1,
  };
}

/** Indices from the beginning to this one. */
function chainOf(cause: readonly { readonly parent: number }[], index: number): number[] {
  const chain: number[] = [];
  for (let i = index; i >= 0; i = cause[i]?.parent ?? -1) chain.unshift(i);
  return chain;
}

/** Facts that no guard of the exploration reads are brought to one form. */
function canonical(facts: EquipmentContext): EquipmentContext {
  return { ...facts, job: exploredJob, alarms: [], degraded: [] };
}

/** Conditions that every guard treats alike share a letter. */
const conditionClass: Partial<Readonly<Record<DeviceCondition, string>>> = {
  idle: 'i',
  held: 'h',
  'door-closed': 'h',
  'door-open': 'd',
  'door-opening': 'o',
};

function keyOf({ value, facts }: Configuration): string {
  const condition = facts.condition === null ? '-' : (conditionClass[facts.condition] ?? 'x');
  const run = facts.run === null ? '-' : facts.run.result === 'running' ? 'r' : 'e';
  const flags = `${condition}${run}${facts.indeterminate === null ? 0 : 1}${facts.linkOpen ? 1 : 0}${facts.input.chain[0]}`;
  return `${value.join('|')}|${flags}`;
}
