import { sql } from 'kysely';
import type { Role } from '../../statecharts/caller.ts';
import type { PlacedRule } from '../../statecharts/site/check.ts';
import { type SiteRule, siteRuleSchema } from '../../statecharts/site/rule.ts';
import type { Database } from '../storage/database.ts';
import { newestRules } from '../storage/site-rules.ts';

/** A training as it is noted for a person; times are ms since 1970. */
export interface NotedTraining {
  readonly training: string;
  readonly from: number;
  readonly until: number | null;
  readonly supervised: number;
  readonly maySupervise: boolean;
}

export interface SitePerson {
  readonly id: string;
  readonly name: string;
  readonly login: string;
  readonly role: Role;
  readonly trainings: readonly NotedTraining[];
  /** When the last statement of theirs to be in the workshop ends; null: there is none. */
  readonly presentUntil: number | null;
}

export interface Booking {
  readonly equipment: string;
  readonly person: string;
  readonly from: number;
  readonly until: number;
}

export interface Plan {
  readonly id: string;
  readonly equipment: string;
  readonly text: string;
  readonly enforced: boolean;
  readonly everyDays: number | null;
  readonly lastDoneAt: number;
  /** When its hours of work were over; null while they are not. */
  readonly hoursOverAt: number | null;
}

/** What the database says of a workshop, read at one time. */
export interface SiteRows {
  /** ms since 1970, this computer's clock. */
  readonly at: number;
  readonly rules: readonly PlacedRule[];
  readonly people: ReadonlyMap<string, SitePerson>;
  /** Who has stated to be in the workshop, in the order of their ids. */
  readonly present: readonly SitePerson[];
  /** By equipment, the earliest first. */
  readonly bookings: ReadonlyMap<string, readonly Booking[]>;
  /** By equipment. */
  readonly plans: ReadonlyMap<string, readonly Plan[]>;
  readonly equipment: ReadonlySet<string>;
}

/** Reads everything anew. Throws when the database is away. */
export async function readSite(db: Database, at: number): Promise<SiteRows> {
  const [rules, people, bookings, plans, equipment] = await Promise.all([
    readActiveRules(db),
    readPeople(db),
    readBookings(db, at),
    readPlans(db),
    db.selectFrom('equipment').select('id').where('removed_at', 'is', null).execute(),
  ]);
  return {
    at,
    rules,
    people,
    present: [...people.values()].filter(one => one.presentUntil !== null),
    bookings: grouped(bookings, one => one.equipment),
    plans: grouped(plans, one => one.equipment),
    equipment: new Set(equipment.map(({ id }) => id)),
  };
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

async function readActiveRules(db: Database): Promise<PlacedRule[]> {
  const rows = await db.selectFrom(newestRules(db).as('rule')).selectAll().where('active', '=', true).orderBy('id').execute();
  return rows.map(({ id, version, template, params, on_loss: onLoss, equipment }) => {
    const rule = siteRuleSchema.safeParse({ id, version, template, params, onLoss });
    return { ...(rule.success ? rule.data : unreadable(id, version)), equipment: equipment as readonly string[] | null };
  });
}

/** A rule of a newer release cannot be judged here: it stands, with settings that fit nothing, and what cannot be judged refuses. */
function unreadable(id: string, version: number): SiteRule {
  return { id, version, template: 'quiet-hours', params: {}, onLoss: 'finish' };
}

async function readPeople(db: Database): Promise<ReadonlyMap<string, SitePerson>> {
  const [rows, trainings, presence] = await Promise.all([
    db.selectFrom('person').select(['id', 'name', 'login', 'role']).where('disabled', '=', false).orderBy('id').execute(),
    db.selectFrom('person_training').selectAll().where('revoked_at', 'is', null).orderBy('id').execute(),
    readPresence(db),
  ]);
  const trained = grouped(trainings, row => row.person_id);
  const present = new Map(presence.map(row => [row.person_id, row.until.getTime()]));
  return new Map(
    rows.map(row => [row.id, { ...row, trainings: (trained.get(row.id) ?? []).map(noted), presentUntil: present.get(row.id) ?? null }]),
  );
}

/** By the clock of the database, which wrote them: a statement counts while its session does. */
function readPresence(db: Database) {
  return db
    .selectFrom('presence')
    .innerJoin('session', 'session.id', 'presence.session_id')
    .select(['session.person_id', eb => eb.fn.max('presence.until').as('until')])
    .where('presence.until', '>', sql<Date>`now()`)
    .where('session.ended_at', 'is', null)
    .where('session.expires_at', '>', sql<Date>`now()`)
    .groupBy('session.person_id')
    .execute();
}

interface TrainingRow {
  readonly training_id: string;
  readonly valid_from: Date;
  readonly valid_until: Date | null;
  readonly supervised_left: number;
  readonly may_supervise: boolean;
}

function noted(row: TrainingRow): NotedTraining {
  return {
    training: row.training_id,
    from: row.valid_from.getTime(),
    until: row.valid_until?.getTime() ?? null,
    supervised: row.supervised_left,
    maySupervise: row.may_supervise,
  };
}

const dayMs = 86_400_000;

/** Those of the next days are enough: what is further away is read again before it comes. */
async function readBookings(db: Database, at: number): Promise<Booking[]> {
  const rows = await db
    .selectFrom('booking')
    .select(['equipment', 'person_id', 'starts_at', 'ends_at'])
    .where('cancelled_at', 'is', null)
    .where('ends_at', '>', new Date(at - dayMs))
    .where('starts_at', '<', new Date(at + 8 * dayMs))
    .orderBy('starts_at')
    .execute();
  return rows.map(row => ({
    equipment: row.equipment,
    person: row.person_id,
    from: row.starts_at.getTime(),
    until: row.ends_at.getTime(),
  }));
}

async function readPlans(db: Database): Promise<Plan[]> {
  const rows = await db.selectFrom('maintenance_plan').selectAll().where('removed_at', 'is', null).orderBy('id').execute();
  return rows.map(row => ({
    id: row.id,
    equipment: row.equipment,
    text: row.text,
    enforced: row.enforced,
    everyDays: row.every_days,
    lastDoneAt: row.last_done_at.getTime(),
    hoursOverAt: row.due_at?.getTime() ?? null,
  }));
}
