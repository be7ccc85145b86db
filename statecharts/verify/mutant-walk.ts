import type { EquipmentEvent } from '../equipment/events.ts';
import { isCommand, permits } from '../equipment/guards.ts';
import type { ProfileName } from '../profiles/profile.ts';
import { ruleOf } from '../profiles/rules.ts';
import { eventName } from './alphabet.ts';
import type { ChangedChoices } from './changed-choices.ts';
import type { ChartTable } from './compile.ts';
import { judgeWith, passAll, type Trial } from './explore.ts';
import { type GroundPart, violatedBy, witnessed } from './ground.ts';
import { cellOf } from './packml-cells.ts';
import { regionsOf } from './spec.ts';
import { type Configuration, type Judge, type Step, step } from './step.ts';

/** One part of a wrong chart, and where it differs from the right one's. */
export interface ChangedPart {
  readonly table: ChartTable;
  readonly choices: ChangedChoices;
  /** Commands that are judged anew wherever they are tried. */
  readonly moved: ReadonlySet<string>;
}

/** Everything that is no state speaks for a command, for real, and each restriction alone against it. */
function judgesOf(profile: ProfileName, event: EquipmentEvent): readonly Judge[] {
  const rule = isCommand(event) ? ruleOf(profile, event.type) : null;
  return [passAll, permits, ...(rule?.restrictions ?? []).map(id => judgeWith(other => other === id))];
}

/** All that a step comes to. */
function outcomeOf(after: Step | null, before: Configuration): string {
  const { value, facts } = after ?? before;
  return JSON.stringify([value, after?.effects ?? [], facts]);
}

const nothing: ReadonlySet<string> = new Set();

/**
 * Breadth first through one part of a wrong chart, as `explore` goes and in the same order, with every trial judged: but where the wrong
 * chart chooses as the right one does, the ground knows the way, and in what the right chart reaches nothing is wrong with it.
 */
export class MutantWalk {
  readonly #ground: GroundPart;
  readonly #part: ChangedPart;
  readonly #reached: number[] = [];
  readonly #seen = new Set<number>();
  readonly #taken = new Set<string>();
  readonly #cells = new Set<string>();

  constructor(ground: GroundPart, part: ChangedPart) {
    this.#ground = ground;
    this.#part = part;
  }

  /** Is anything changed in this part? */
  get isTouched(): boolean {
    return this.#part.moved.size > 0 || this.#part.choices.some(choice => choice !== null);
  }

  get regions(): readonly string[] {
    return this.#part.table.regions.map(region => region.name);
  }

  /** The first invariant that does not hold; null when all do, and everything is reached that can be. */
  run(): string | null {
    for (const place of this.#ground.beginnings) this.#add(place);
    for (let i = 0; i < this.#reached.length; i++) {
      const violated = this.#leave(this.#reached[i] ?? -1);
      if (violated !== null) return violated;
    }
    return null;
  }

  /** After `run`: is the transition taken somewhere? */
  takes(edge: string): boolean {
    return this.#taken.has(edge) || (this.#ground.edges.get(edge) ?? []).some(witness => this.#counts(witness));
  }

  /** After `run`: does the cell of the PackML table happen somewhere? */
  fills(cell: string): boolean {
    return this.#cells.has(cell) || (this.#ground.cells.get(cell) ?? []).some(witness => this.#counts(witness));
  }

  /** After `run`, of the whole: is there a place from which nothing leads to Idle? As `firstDeadEnd` says. */
  hasDeadEnd(): boolean {
    const comesFrom = new Map<number, number[]>();
    for (const place of this.#reached) {
      for (const to of this.#goodFrom(place)) {
        const known = comesFrom.get(to);
        if (known) known.push(place);
        else comesFrom.set(to, [place]);
      }
    }
    const alive = this.#reached.filter(place => regionsOf(this.#ground.configurationOf(place)).execution === 'Idle');
    const found = new Set(alive);
    for (let i = 0; i < alive.length; i++) {
      for (const before of comesFrom.get(alive[i] ?? -1) ?? []) {
        if (found.has(before)) continue;
        found.add(before);
        alive.push(before);
      }
    }
    return found.size < this.#reached.length;
  }

  /**
   * After `run`: where the wrong chart leads elsewhere, asks for something else or notes something else than the right one, in one line;
   * whatever speaks for or against a command. Null when it does so nowhere: it is the right chart in other words.
   */
  unlike(): string | null {
    for (const place of this.#reached) {
      const changed = this.#changedAt(place);
      const event = this.#ground.alphabet.find(one => changed.has(one.type) && this.#isUnlike(place, one));
      if (event) return `${eventName(event)} in ${this.#ground.configurationOf(place).value.join(', ')}`;
    }
    return null;
  }

  #isUnlike(place: number, event: EquipmentEvent): boolean {
    const before = this.#ground.configurationOf(place);
    return judgesOf(this.#ground.profile, event).some(judge => {
      const right = step(this.#ground.table, before, event, judge);
      const wrong = step(this.#part.table, before, event, judge);
      return outcomeOf(right, before) !== outcomeOf(wrong, before);
    });
  }

  #add(place: number): void {
    if (this.#seen.has(place)) return;
    this.#seen.add(place);
    this.#reached.push(place);
  }

  #leave(place: number): string | null {
    const changed = this.#changedAt(place);
    if (this.#ground.isRight(place)) return changed.size === 0 ? this.#follow(place) : this.#leaveRight(place, changed);
    return this.#leaveWrong(place, changed);
  }

  /** Nothing is chosen otherwise here. */
  #follow(place: number): null {
    for (const to of this.#ground.targetsFrom(place)) this.#addRight(to);
    return null;
  }

  #leaveRight(place: number, changed: ReadonlySet<string>): string | null {
    const ways = this.#ground.waysFrom(place);
    let next = 0;
    for (const [i, event] of this.#ground.alphabet.entries()) {
      const way = ways[next]?.event === i ? ways[next++] : undefined;
      if (changed.has(event.type)) {
        const violated = this.#try(place, i);
        if (violated !== null) return violated;
      } else if (way) this.#addRight(way.to);
    }
    return null;
  }

  /** The right chart does not come here, as far as is known: what it would do here is judged as well. */
  #leaveWrong(place: number, changed: ReadonlySet<string>): string | null {
    const ways = this.#ground.waysFrom(place);
    const flaws = this.#ground.flawsOf(place);
    let next = 0;
    for (const [i, event] of this.#ground.alphabet.entries()) {
      const way = ways[next]?.event === i ? ways[next++] : undefined;
      const again = changed.has(event.type);
      const violated = again ? this.#try(place, i) : (flaws.get(i) ?? null);
      if (violated !== null) return violated;
      if (way && !again) this.#add(way.to);
    }
    return null;
  }

  #addRight(place: number): void {
    this.#ground.markRight(place);
    this.#add(place);
  }

  /** One event tried in the wrong chart itself. */
  #try(place: number, i: number): string | null {
    const before = this.#ground.configurationOf(place);
    const event = this.#ground.alphabet[i];
    if (!event) return null;
    const after = step(this.#part.table, before, event, passAll);
    const trial: Trial = { before, event, after, index: place, profile: this.#ground.profile };
    const violated = violatedBy(trial, this.#part.table);
    if (violated !== null || after === null) return violated;
    for (const edge of after.taken) this.#taken.add(edge.id);
    const cell = cellOf(trial);
    if (cell !== null) this.#cells.add(cell);
    this.#add(this.#ground.placeOf(after));
    return null;
  }

  /** The events that the wrong chart may answer otherwise here. */
  #changedAt(place: number): ReadonlySet<string> {
    const { choices, moved } = this.#part;
    const { value } = this.#ground.configurationOf(place);
    let all = moved;
    for (let i = 0; i < choices.length; i++) {
      const here = choices[i]?.get(value[i] ?? '');
      if (here) all = all.size === 0 ? here : new Set([...all, ...here]);
    }
    return all.size === 0 ? nothing : all;
  }

  #goodFrom(place: number): number[] {
    const changed = this.#changedAt(place);
    const known = this.#ground.goodFrom(place).flatMap(({ type, to }) => (changed.has(type) ? [] : [to]));
    const before = this.#ground.configurationOf(place);
    const anew = changed.size === 0 ? [] : this.#ground.goodEvents(before).filter(event => changed.has(event.type));
    const found = anew.flatMap(event => {
      const after = step(this.#part.table, before, event, passAll);
      return after === null ? [] : [this.#ground.placeOf(after)];
    });
    return [...known, ...found].filter(to => to !== place && this.#seen.has(to));
  }

  #counts(witness: number): boolean {
    const { place, event } = witnessed(witness);
    if (!this.#seen.has(place)) return false;
    return !this.#changedAt(place).has(this.#ground.alphabet[event]?.type ?? '');
  }
}
