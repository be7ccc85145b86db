import { equipmentChart } from '../equipment/chart.ts';
import type { EquipmentEvent } from '../equipment/events.ts';
import { isCommand } from '../equipment/guards.ts';
import { happeningsAt } from '../equipment/path-happenings.ts';
import type { ProfileName } from '../profiles/profile.ts';
import { alphabetOf, commandAlphabet } from './alphabet.ts';
import { type ChartTable, compile } from './compile.ts';
import { beginnings, canonical, keyOf, parts, passAll, type Trial } from './explore.ts';
import { invariants, invariantsOf } from './invariants.ts';
import { cellOf } from './packml-cells.ts';
import { type Configuration, step } from './step.ts';
import { type Never, temporal } from './temporal.ts';

/** One event of the alphabet tried in a configuration, and where it leads. */
export interface Way {
  readonly event: number;
  readonly to: number;
}
/** What is done in good order: a command, or what the world does when all goes well. */
export interface GoodWay {
  readonly type: string;
  readonly to: number;
}
interface Place {
  readonly configuration: Configuration;
  right: boolean;
  ways: readonly Way[] | null;
  targets: readonly number[];
  good: readonly GoodWay[] | null;
  flaws: ReadonlyMap<number, string> | null;
}

/** Where the right chart is known to take a transition or a cell of the PackML table: places and events, as one number each. */
type Witnesses = Map<string, number[]>;
const most = 256;

/** The first of what no trial may do, in the order in which it is reported: the invariants, and of the whole what may never happen over time. */
export function violatedBy(trial: Trial, table: ChartTable): string | null {
  const about = invariantsOf(table);
  const invariant = about.find(one => one.check(trial, table) !== null);
  if (invariant || about !== invariants) return invariant?.id ?? null;
  const concerns = ({ families }: Never) => families?.includes(trial.profile) ?? true;
  return nevers.find(one => concerns(one) && one.check(trial, table) !== null)?.id ?? null;
}

const nevers = temporal.filter(one => one.kind === 'never');

/**
 * One part of the right chart, explored as far as anybody asked, and remembered: what many wrong charts have in common is tried once.
 * Places are numbers. Not only what the right chart reaches is here: wrong ones lead elsewhere, and most of what can be done there is
 * the right chart's again.
 */
export class GroundPart {
  readonly table: ChartTable;
  readonly profile: ProfileName;
  readonly alphabet: readonly EquipmentEvent[];
  readonly beginnings: readonly number[];
  readonly edges: Witnesses = new Map();
  readonly cells: Witnesses = new Map();
  readonly #commands: readonly EquipmentEvent[];
  readonly #places: Place[] = [];
  readonly #index = new Map<string, number>();

  constructor(table: ChartTable, profile: ProfileName) {
    this.table = table;
    this.profile = profile;
    this.alphabet = alphabetOf(profile);
    this.#commands = commandAlphabet(profile).filter(event => event.type !== 'JOG');
    this.beginnings = beginnings(table, profile).map(one => this.placeOf(one));
    for (const place of this.beginnings) this.markRight(place);
  }

  get size(): number {
    return this.#places.length;
  }

  /** The place of a configuration, a new one if need be. */
  placeOf(configuration: Configuration): number {
    const key = keyOf(configuration);
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    this.#index.set(key, this.#places.length);
    this.#places.push({ configuration: canonical(configuration), right: false, ways: null, targets: [], good: null, flaws: null });
    return this.#places.length - 1;
  }

  /** Is it known that the right chart comes here? */
  isRight(place: number): boolean {
    return this.#at(place).right;
  }

  markRight(place: number): void {
    this.#at(place).right = true;
  }

  configurationOf(place: number): Configuration {
    return this.#at(place).configuration;
  }

  /** What the right chart does with each event of the alphabet that it handles, in the alphabet's order. */
  waysFrom(place: number): readonly Way[] {
    const here = this.#at(place);
    here.ways ??= this.#try(place, here);
    return here.ways;
  }

  /** Where these ways lead, each once, in their order. */
  targetsFrom(place: number): readonly number[] {
    const here = this.#at(place);
    here.ways ??= this.#try(place, here);
    return here.targets;
  }

  /** Where permitted commands and the world in good order lead from here. */
  goodFrom(place: number): readonly GoodWay[] {
    const here = this.#at(place);
    here.good ??= this.goodEvents(here.configuration).flatMap(event => {
      const after = step(this.table, here.configuration, event, passAll);
      return after === null ? [] : [{ type: event.type, to: this.placeOf(after) }];
    });
    return here.good;
  }

  /** Commands, but for the jog, which leads nowhere, and what the world does when all goes well. */
  goodEvents({ facts }: Configuration): readonly EquipmentEvent[] {
    const world = happeningsAt(facts, 1).flatMap(({ event }) => (event.type.startsWith('authority.') ? [] : [event]));
    return [...this.#commands, ...world.filter(event => !isCommand(event))];
  }

  /** What the right chart itself does wrong here, by event: only where wrong charts lead, the right one does nothing wrong where it comes. */
  flawsOf(place: number): ReadonlyMap<number, string> {
    const here = this.#at(place);
    here.flaws ??= this.#findFlaws(here.configuration);
    return here.flaws;
  }

  #at(place: number): Place {
    const here = this.#places[place];
    if (!here) throw new Error(`There is no place ${place}.`);
    return here;
  }

  #try(place: number, here: Place): readonly Way[] {
    const { configuration: before } = here;
    const ways: Way[] = [];
    const { profile } = this;
    this.alphabet.forEach((event, i) => {
      const after = step(this.table, before, event, passAll);
      if (after === null) return;
      ways.push({ event: i, to: this.placeOf(after) });
      for (const edge of after.taken) note(this.edges, edge.id, place * most + i);
      const cell = cellOf({ before, event, after, index: place, profile });
      if (cell !== null) note(this.cells, cell, place * most + i);
    });
    here.targets = [...new Set(ways.map(way => way.to))];
    return ways;
  }

  #findFlaws(before: Configuration): ReadonlyMap<number, string> {
    const found = new Map<number, string>();
    this.alphabet.forEach((event, i) => {
      const after = step(this.table, before, event, passAll);
      const flaw = violatedBy({ before, event, after, index: -1, profile: this.profile }, this.table);
      if (flaw !== null) found.set(i, flaw);
    });
    return found;
  }
}

/** The right chart of a family in parts, the whole first as `parts` has it. */
export interface Ground {
  readonly table: ChartTable;
  readonly profile: ProfileName;
  readonly parts: readonly GroundPart[];
}

/** Nothing is explored yet. */
export function groundOf(profile: ProfileName): Ground {
  const table = compile(equipmentChart(profile).config);
  return { table, profile, parts: parts(table).map(part => new GroundPart(part, profile)) };
}

function note(witnesses: Witnesses, name: string, witness: number): void {
  const known = witnesses.get(name);
  if (known) known.push(witness);
  else witnesses.set(name, [witness]);
}

/** Place and number of the event of a witness. */
export function witnessed(witness: number): { readonly place: number; readonly event: number } {
  return { place: Math.floor(witness / most), event: witness % most };
}
