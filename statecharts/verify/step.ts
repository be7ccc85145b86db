import { type AssignName, assigns } from '../equipment/assigns.ts';
import type { EquipmentContext } from '../equipment/context.ts';
import type { Effect } from '../equipment/effects.ts';
import type { EquipmentEvent } from '../equipment/events.ts';
import { type PermitsParams, type WhenParams, when } from '../equipment/guards.ts';
import { type EffectParams, effectOf } from '../equipment/record.ts';
import type { ChartTable, Edge, Leaf, TableAction } from './compile.ts';

/** One configuration: the state of each region in the table's order, and the facts beside. */
export interface Configuration {
  readonly value: readonly string[];
  readonly facts: EquipmentContext;
}

export interface Step extends Configuration {
  readonly effects: readonly Effect[];
  /** The transitions taken, at most one per region. */
  readonly taken: readonly Edge[];
}

/** How a permit is judged: for real, or with some restrictions held true or false. */
export type Judge = (facts: EquipmentContext, event: EquipmentEvent, params: PermitsParams) => boolean;

/** The configuration that the chart starts in. */
export function initialConfiguration(table: ChartTable, facts: EquipmentContext): Configuration {
  return { value: table.regions.map(region => region.initial), facts };
}

/** One macrostep on the tables, as XState makes it: select in every region, then exits, actions, entries. Null when nothing handles the event. */
export function step(table: ChartTable, from: Configuration, event: EquipmentEvent, judge: Judge): Step | null {
  const leaves = leavesAt(table, from.value);
  const chosen = leaves.map(leaf => choose(leaf, from.facts, event, judge));
  if (chosen.every(edge => edge === null)) return null;
  const value = chosen.map((edge, i) => edge?.target ?? from.value[i] ?? '');
  const run = new Run(from.facts, event);
  for (let i = chosen.length - 1; i >= 0; i--) if (chosen[i]?.target != null) run.perform(leaves[i]?.exit ?? []);
  for (const edge of chosen) if (edge) run.perform(edge.actions);
  for (let i = 0; i < chosen.length; i++) if (chosen[i]?.target != null) run.perform(leafOf(table, value, i)?.entry ?? []);
  return { value, facts: run.facts, effects: run.effects, taken: chosen.filter(edge => edge !== null) };
}

function choose(leaf: Leaf | undefined, facts: EquipmentContext, event: EquipmentEvent, judge: Judge): Edge | null {
  const edges = leaf?.edges.get(event.type);
  return edges?.find(edge => holds(edge, facts, event, judge)) ?? null;
}

/** Of the configuration asked last: every event is tried in one before the next. */
let last: { readonly table: ChartTable; readonly value: readonly string[]; readonly leaves: readonly (Leaf | undefined)[] } | null = null;

function leavesAt(table: ChartTable, value: readonly string[]): readonly (Leaf | undefined)[] {
  if (last?.table === table && last.value === value) return last.leaves;
  const leaves = table.regions.map((_, i) => leafOf(table, value, i));
  last = { table, value, leaves };
  return leaves;
}

function leafOf(table: ChartTable, value: readonly string[], i: number): Leaf | undefined {
  return table.regions[i]?.leaves.get(value[i] ?? '');
}

function holds(edge: Edge, facts: EquipmentContext, event: EquipmentEvent, judge: Judge): boolean {
  if (edge.guard === null) return true;
  return edge.guard.type === 'when'
    ? when(facts, event, edge.guard.params as WhenParams)
    : judge(facts, event, edge.guard.params as PermitsParams);
}

/** Performs the actions of one step on the facts, in order. */
class Run {
  /** Copied when it first changes, then changed in place: an exploration makes millions of steps. */
  facts: EquipmentContext;
  readonly #from: EquipmentContext;
  readonly effects: Effect[] = [];
  readonly #event: EquipmentEvent;

  constructor(facts: EquipmentContext, event: EquipmentEvent) {
    this.facts = facts;
    this.#from = facts;
    this.#event = event;
  }

  perform(actions: readonly TableAction[]): void {
    for (const { type, params } of actions) {
      if (type in assigns) this.#change(assigns[type as AssignName](this.facts, this.#event, params as never));
      else this.#record(type as Effect['type'], params as EffectParams);
    }
  }

  #change(change: Partial<EquipmentContext>): void {
    if (this.facts === this.#from) this.facts = { ...this.#from };
    Object.assign(this.facts, change);
  }

  #record(type: Effect['type'], params: EffectParams): void {
    const effect = effectOf(type, this.facts, this.#event, params);
    if (effect) this.effects.push(effect);
  }
}
