import { type Alarm, type EquipmentContext, initialContext } from '../equipment/context.ts';
import type { EquipmentEvent } from '../equipment/events.ts';
import { type PermitsParams, when } from '../equipment/guards.ts';
import type { DeviceCondition } from '../equipment/reports.ts';
import { passes } from '../equipment/restrictions/registry.ts';
import type { RestrictionId } from '../equipment/restrictions/restriction.ts';
import type { ProfileName } from '../profiles/profile.ts';
import { alphabetOf, exploredInput, exploredJob, exploredSite } from './alphabet.ts';
import type { ChartTable } from './compile.ts';
import { type Configuration, initialConfiguration, type Judge, type Step, step } from './step.ts';

/**
 * Restrictions that read regions are judged as they are. All others (roles, presence, jobs, homing ...) are not state: in the
 * exploration they pass, which reaches more than life can; that each of them refuses on its own is tried separately.
 */
const regional: ReadonlySet<RestrictionId> = new Set<RestrictionId>([
  'connection',
  'disconnected',
  'not-disconnected',
  'link-spare',
  'switched-off',
  'safety',
  'safety-or-guard',
  'guard-closed',
  'chain-released',
  'reset-required',
  'locked',
  'unlocked',
  'out-of-service',
  'not-out-of-service',
  'alarm-active',
  'armed',
  'disarmed',
  'heat-known',
  'output-on',
  'output-off',
  'latch',
  'latched',
  'state',
  'mode',
  'activity',
  'mode-change',
]);

/** Judges a permit; `failing` refuse whatever the facts say. Restrictions that are no state pass. */
export function judgeWith(failing: (id: RestrictionId) => boolean): Judge {
  return (facts, event, params) =>
    argsFit(event, params) && when(facts, event, params.when ?? {}) && params.restrictions.every(id => judgeOne(id, facts, event, failing));
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
  readonly profile: ProfileName;
}

/** Regions that only restrictions read: explored alone instead of multiplied with all others. */
const alone: readonly string[] = ['authority', 'occupancy', 'maintenance', 'alarms'];
/** Explored with all others, and alone with an observed chain, which differs from an unobserved one only in its own states. */
const both: readonly string[] = ['safety'];

/** The chart in parts that are explored one by one: first all regions that guards read, then each of the others. */
export function parts(table: ChartTable): readonly ChartTable[] {
  const only = (keep: (name: string) => boolean) => ({ ...table, regions: table.regions.filter(region => keep(region.name)) });
  return [only(name => !alone.includes(name)), ...[...alone, ...both].map(region => only(name => name === region))];
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

/**
 * Where an exploration begins. The whole begins with a chain that is not observed: guards treat it like an observed one. A region that is
 * explored alone begins with each of what its guards read of the others.
 */
export function beginnings(table: ChartTable, profile: ProfileName): Configuration[] {
  const known = { job: exploredJob, site: exploredSite };
  const plain = { ...initialContext(exploredInput(profile)), ...known };
  if (table.regions.some(region => region.name === 'execution')) return [initialConfiguration(table, plain)];
  return besides.map(({ chain, connection, execution, ...heard }) => {
    const safety = table.regions.some(region => region.name === 'safety') ? ('unknown' as const) : ('notObserved' as const);
    const regions = { ...plain.regions, execution, connection, safety };
    return initialConfiguration(table, { ...plain, ...heard, input: { ...plain.input, chain }, regions });
  });
}

/** What the guards of regions that are explored alone read beside them, in every combination. */
const besides = (['none', 'observed'] as const).flatMap(chain =>
  (['online', 'stale'] as const).flatMap(connection =>
    (['Aborted', 'Holding'] as const).flatMap(execution =>
      ([null, 'door-open'] as const).flatMap(condition =>
        (connection === 'online' ? [true] : [true, false]).map(linkOpen => ({ chain, connection, execution, condition, linkOpen })),
      ),
    ),
  ),
);

/** Breadth first over everything that can happen, so that the first path found is a shortest one. `watch` sees every trial; true ends it. */
export function explore(table: ChartTable, profile: ProfileName, watch: (trial: Trial) => boolean): Exploration {
  const found: Configuration[] = [];
  const cause: { readonly parent: number; readonly event: EquipmentEvent | null }[] = [];
  const seen = new Map<string, number>();
  const alphabet = alphabetOf(profile);
  const add = (configuration: Configuration, parent: number, event: EquipmentEvent | null) => {
    const key = keyOf(configuration);
    if (seen.has(key)) return;
    seen.set(key, found.length);
    found.push(canonical(configuration));
    cause.push({ parent, event });
  };
  for (const beginning of beginnings(table, profile)) add(beginning, -1, null);
  let steps = 0;
  let ended = false;
  for (let index = 0; index < found.length && !ended; index++) {
    const before = found[index];
    if (!before) break;
    for (const event of alphabet) {
      const after = step(table, before, event, passAll);
      steps += 1;
      if (watch({ before, event, after, index, profile })) {
        ended = true;
        break;
      }
      if (after) add(after, index, event);
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

const other: Alarm = { code: 'other', text: '', at: 1, priority: 1, first: false, acknowledged: null };

/** The configuration with those facts that no guard of the exploration reads brought to one form. */
export function canonical({ value, facts }: Configuration): Configuration {
  const since = Object.fromEntries(Object.keys(facts.since).map(region => [region, 1]));
  const form = { ...facts, job: exploredJob, alarms: alarmsOf(facts), since, degraded: [], site: exploredSite, siteLoss: null };
  return { value, facts: form };
}

/** Only the hold that was not confirmed is told apart by a guard. */
function alarmsOf({ alarms }: EquipmentContext): readonly Alarm[] {
  if (alarms.length === 0) return alarms;
  const held = alarms.filter(alarm => alarm.code === 'hold-not-confirmed').slice(0, 1);
  return alarms.length > held.length ? [...held, other] : held;
}

/** Conditions that every guard treats alike share a letter. */
const conditionClass: Partial<Readonly<Record<DeviceCondition, string>>> = {
  idle: 'i',
  held: 'h',
  'door-closed': 'h',
  'door-open': 'd',
  'door-opening': 'o',
  alarm: 'a',
  check: 'a',
  asleep: 'a',
};

/** Equal for configurations that the exploration does not tell apart. */
export function keyOf({ value, facts }: Configuration): string {
  const condition = facts.condition === null ? '-' : (conditionClass[facts.condition] ?? 'x');
  const run = facts.run === null ? '-' : facts.run.result === 'running' ? 'r' : 'e';
  const flags = `${condition}${run}${facts.indeterminate === null ? 0 : 1}${facts.linkOpen ? 1 : 0}${facts.input.chain[0]}`;
  return `${value.join('|')}|${flags}|${facts.regions.execution}${facts.regions.connection}|${besideOf(facts)}`;
}

/** What the guards of regions that are explored alone read beside. */
function besideOf(facts: EquipmentContext): string {
  if (facts.alarms.length + facts.locks.length + facts.serviceDue.length === 0) return '';
  const locks = facts.locks.map(lock => lock.id).sort();
  return `${alarmsOf(facts).map(alarm => alarm.code)}|${locks}|${facts.serviceDue.length}`;
}
