import { rulesAt } from '../../statecharts/site/check.ts';
import { type FactNeed, type FactValue, keyOf, type Qualification, type SiteFact } from '../../statecharts/site/fact.ts';
import { needsOf, type SiteRule } from '../../statecharts/site/rule.ts';
import type { EquipmentView } from './equipment-view.ts';
import type { NotedTraining, Plan, SitePerson, SiteRows } from './site-rows.ts';
import type { WindowNow } from './windows.ts';

/** What facts are made of at one moment; `now` in ms since 1970. */
export interface Sources {
  readonly rows: SiteRows;
  readonly now: number;
  view(equipment: string): EquipmentView;
  window(need: FactNeed & { readonly kind: 'window' }): WindowNow;
}

/** The rules in force at an equipment, as its chart has them. */
export function rulesInForce({ rules }: SiteRows, equipment: string): SiteRule[] {
  return rulesAt(rules, equipment).map(({ equipment: _, ...rule }) => rule);
}

/** Whom a fact is looked up for. */
export interface Subject {
  readonly equipment: string;
  /** Who is in control. */
  readonly holder: string | null;
}

type Found = { readonly known: true; readonly value: FactValue } | { readonly known: false; readonly why: string };

/** Every fact that the rules ask for. One that is as before keeps its time. */
export function factsFor(rules: readonly SiteRule[], subject: Subject, sources: Sources, before: Readonly<Record<string, SiteFact>>) {
  const facts: Record<string, SiteFact> = {};
  for (const need of needsOf(rules)) {
    const key = keyOf(need);
    facts[key] ??= dated(find(need, subject, sources), before[key], sources.now);
  }
  return facts;
}

function dated(found: Found, before: SiteFact | undefined, now: number): SiteFact {
  if (before === undefined) return { ...found, at: now };
  const { at, ...same } = before;
  return JSON.stringify(sorted(same)) === JSON.stringify(sorted(found)) ? before : { ...found, at: now };
}

/** A state that was stored comes back with its keys in another order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => [key, sorted(field)]),
  );
}

function find(need: FactNeed, subject: Subject, sources: Sources): Found {
  const { rows } = sources;
  switch (need.kind) {
    case 'equipment':
      return equipmentFact(need.id, sources);
    case 'window':
      return known({ kind: 'window', ...sources.window(need) });
    // As it stood when the database was last asked: while it is away nobody can say that they are still here, and nobody is taken away.
    case 'people':
      return known({ kind: 'people', present: rows.present.map(named) });
    case 'supervisors':
      return known({ kind: 'supervisors', present: rows.present.filter(one => supervises(one, need.training, sources.now)).map(named) });
    case 'booking':
      return known(bookingFact(subject.equipment, sources));
    case 'holder':
      return holderFact(subject, sources);
  }
}

function known(value: FactValue): Found {
  return { known: true, value };
}

function equipmentFact(id: string, { rows, view }: Sources): Found {
  if (!rows.equipment.has(id)) return { known: false, why: `there is no equipment ${id}` };
  const seen = view(id);
  if (!seen.known) return seen;
  const { name, producing, output } = seen;
  return known({ kind: 'equipment', name, producing, output });
}

function named({ id, name }: SitePerson): { readonly id: string; readonly name: string } {
  return { id, name };
}

function supervises({ trainings }: SitePerson, training: string, now: number): boolean {
  return trainings.some(one => one.training === training && one.maySupervise && one.from <= now && (one.until === null || one.until > now));
}

function bookingFact(equipment: string, { rows, now }: Sources): FactValue {
  const own = rows.bookings.get(equipment) ?? [];
  const current = own.find(one => one.from <= now && now < one.until);
  const next = own.find(one => one.from > now);
  const who = (id: string) => ({ id, name: rows.people.get(id)?.name ?? 'somebody' });
  return {
    kind: 'booking',
    current: current ? { ...who(current.person), until: current.until } : null,
    next: next ? { ...who(next.person), from: next.from } : null,
  };
}

function holderFact({ holder }: Subject, { rows, now }: Sources): Found {
  if (holder === null) return { known: false, why: 'nobody is in control' };
  return known({ kind: 'holder', id: holder, qualifications: [...qualificationsOf(rows, holder, now)] });
}

/** What a person is trained for, with what has expired; what begins later is not in it. Somebody unknown is trained for nothing. */
export function qualificationsOf({ people }: SiteRows, person: string, now: number): readonly Qualification[] {
  const begun = (people.get(person)?.trainings ?? []).filter(({ from }) => from <= now);
  return begun.map(({ training, until, supervised }) => ({ training, until, supervised }));
}

/** The nearest time after now at which something in the rows changes by itself. */
export function nextInRows({ people, bookings, plans }: SiteRows, now: number): number | null {
  const trainings = [...people.values()].flatMap(one => one.trainings.flatMap(boundaries));
  const booked = [...bookings.values()].flat().flatMap(({ from, until }) => [from, until]);
  const due = [...plans.values()].flat().flatMap(plan => dueByDays(plan) ?? []);
  const times = [...trainings, ...booked, ...due];
  return nearest(times, now);
}

function boundaries({ from, until }: NotedTraining): number[] {
  return until === null ? [from] : [from, until];
}

function nearest(times: readonly number[], now: number): number | null {
  return times.reduce<number | null>((least, time) => (time > now && (least === null || time < least) ? time : least), null);
}

const dayMs = 86_400_000;

/** When a plan by days is due, ms since 1970. */
export function dueByDays({ everyDays, lastDoneAt }: Plan): number | null {
  return everyDays === null ? null : lastDoneAt + everyDays * dayMs;
}
