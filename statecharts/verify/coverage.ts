import { equipmentChart } from '../equipment/chart.ts';
import type { EquipmentContext } from '../equipment/context.ts';
import type { EquipmentEvent } from '../equipment/events.ts';
import { type PermitsParams, type WhenParams, when } from '../equipment/guards.ts';
import { passes } from '../equipment/restrictions/registry.ts';
import type { Question } from '../equipment/restrictions/restriction.ts';
import type { ProfileName } from '../profiles/profile.ts';
import { commandsOf, ruleOf } from '../profiles/rules.ts';
import { circumstancesOf, questionsOf } from './circumstances.ts';
import { type ChartTable, compile, type Edge } from './compile.ts';
import { explain, type Unmet } from './coverage-reasons.ts';
import { explore, parts, type Trial } from './explore.ts';
import type { Configuration } from './step.ts';

/** How much of one kind of thing was met. Guards count once for each clause and value, restrictions once for each command, rule and verdict. */
interface Count {
  readonly kind: 'states' | 'transitions' | 'guards' | 'restrictions';
  readonly met: number;
  readonly all: number;
}

/** What an exploration met of a family's chart. */
export interface Coverage {
  readonly profile: ProfileName;
  readonly counts: readonly Count[];
  readonly unmet: readonly Unmet[];
  /** Explanations of what was met after all, or is no more. */
  readonly idle: readonly string[];
}

/**
 * Explores a family as `npm run verify` does and notes which states were entered, which transitions were taken, and which clauses of guards and
 * restrictions of commands were seen both to let pass and to refuse, each where it was really asked. Restrictions that are no state are asked in
 * the circumstances of `circumstances.ts`. Pure; some seconds.
 */
export function coverageOf(profile: ProfileName, config: unknown = equipmentChart(profile).config): Coverage {
  const table = compile(config);
  const states = new Open(table.regions.flatMap(region => [...region.leaves.keys()].map(leaf => `state ${region.name}.${leaf}`)));
  const transitions = new Open(table.edges.map(edge => `transition ${edge.id}`));
  const guards = new Guards(table.edges);
  const restrictions = new Restrictions(profile);
  for (const part of parts(table)) {
    const { configurations } = explore(part, profile, trial => {
      for (const edge of trial.after?.taken ?? []) transitions.meet(`transition ${edge.id}`);
      guards.see(trial, part);
      return false;
    });
    for (const { value } of configurations) part.regions.forEach((region, i) => void states.meet(`state ${region.name}.${value[i]}`));
    for (const { facts } of configurations) restrictions.see(facts);
  }
  for (const facts of circumstancesOf(profile)) restrictions.see(facts);
  const kinds = { states, transitions, guards: guards.open, restrictions: restrictions.open };
  const left = explain(
    profile,
    Object.values(kinds).flatMap(open => open.left),
  );
  const counts = Object.entries(kinds).map(([kind, open]) => ({
    kind: kind as Count['kind'],
    met: open.all - open.left.length,
    all: open.all,
  }));
  return { profile, counts, ...left };
}

/** What has not been met yet. */
class Open {
  readonly all: number;
  readonly #left: Set<string>;

  constructor(names: readonly string[]) {
    this.#left = new Set(names);
    this.all = this.#left.size;
  }

  get left(): readonly string[] {
    return [...this.#left];
  }

  has(name: string): boolean {
    return this.#left.has(name);
  }

  meet(name: string): void {
    this.#left.delete(name);
  }
}

/** A part of a guard that can be true or false by itself. */
interface Clause {
  readonly name: string;
  holds(facts: EquipmentContext, event: EquipmentEvent): boolean;
}

function clausesOf(edge: Edge): Clause[] {
  const { guard } = edge;
  if (guard === null) return [];
  const { args = {}, when: also = {} } = guard.type === 'permits' ? (guard.params as PermitsParams) : {};
  const plain = guard.type === 'when' ? (guard.params as WhenParams) : also;
  const ofWhen = Object.entries(plain).map(([key, value]): Clause => {
    const clause = { [key]: value } as WhenParams;
    return { name: `${edge.id}: ${key} ${JSON.stringify(value)}`, holds: (facts, event) => when(facts, event, clause) };
  });
  const ofArgs = Object.entries(args).map(([key, value]): Clause => {
    const given = (event: EquipmentEvent): Readonly<Record<string, unknown>> => ('args' in event ? event.args : {});
    return { name: `${edge.id}: args.${key} ${JSON.stringify(value)}`, holds: (_, event) => given(event)[key] === value };
  });
  return [...ofWhen, ...ofArgs];
}

const both = [true, false];

/** The clauses of guards, each where no transition before it in the list was taken. */
class Guards {
  readonly open: Open;
  /** Of each transition, those that are not both ways yet. */
  readonly #waiting: Map<string, Clause[]>;

  constructor(edges: readonly Edge[]) {
    this.#waiting = new Map(edges.map(edge => [edge.id, clausesOf(edge)]));
    this.open = new Open([...this.#waiting.values()].flat().flatMap(({ name }) => both.map(value => `guard ${name} ${value}`)));
  }

  see({ before, event, after }: Trial, part: ChartTable): void {
    for (const [i, region] of part.regions.entries()) {
      const edges = region.leaves.get(before.value[i] ?? '')?.edges.get(event.type) ?? [];
      for (const edge of edges) {
        if (edge.guard !== null) this.#ask(edge, before, event);
        if (after?.taken.includes(edge)) break;
      }
    }
  }

  #ask(edge: Edge, { facts }: Configuration, event: EquipmentEvent): void {
    const waiting = this.#waiting.get(edge.id) ?? [];
    if (waiting.length === 0) return;
    for (const { name, holds } of waiting) this.open.meet(`guard ${name} ${holds(facts, event)}`);
    const isOpen = ({ name }: Clause) => both.some(value => this.open.has(`guard ${name} ${value}`));
    this.#waiting.set(edge.id, waiting.filter(isOpen));
  }
}

/** The restrictions of every command, each for itself. */
class Restrictions {
  readonly open: Open;
  readonly #profile: ProfileName;
  #waiting: readonly Question[];

  constructor(profile: ProfileName) {
    this.#profile = profile;
    this.#waiting = questionsOf(profile);
    const pairs = commandsOf(profile).flatMap(command => this.#names(command).flatMap(name => both.map(value => `${name} ${value}`)));
    this.open = new Open(pairs);
  }

  see(facts: EquipmentContext): void {
    for (const question of this.#waiting)
      for (const id of ruleOf(this.#profile, question.type)?.restrictions ?? [])
        this.open.meet(`restriction ${question.type} ${id} ${passes(id, facts, question)}`);
    this.#waiting = this.#waiting.filter(({ type }) =>
      this.#names(type).some(name => both.some(value => this.open.has(`${name} ${value}`))),
    );
  }

  #names(command: Question['type']): readonly string[] {
    return (ruleOf(this.#profile, command)?.restrictions ?? []).map(id => `restriction ${command} ${id}`);
  }
}
