import { sql } from 'kysely';
import type { Database } from '../../actors/storage/database.ts';
import type { Role } from '../../statecharts/caller.ts';
import type { Qualification } from '../../statecharts/site/fact.ts';

/** A person as the table has them; the role is that of now, whatever time is asked about: no other one is kept. */
export interface KnownPerson {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  readonly disabled: boolean;
}

/** Somebody by id or login; an id goes before a login that reads the same. */
export async function findPerson(db: Database, idOrLogin: string): Promise<KnownPerson | null> {
  const rows = await db
    .selectFrom('person')
    .select(['id', 'login', 'name', 'role', 'disabled'])
    .where(is => is.or([is('id', '=', idOrLogin), is('login', '=', idOrLogin.toLowerCase())]))
    .execute();
  return rows.find(one => one.id === idOrLogin) ?? rows[0] ?? null;
}

/** What a person was trained for at a time (ms since 1970), from the notes that stood then and the uses that were not counted yet. */
export async function trainingsAt(db: Database, person: string, at: number): Promise<Qualification[]> {
  const then = new Date(at);
  const later = sql<number>`(select count(*)::int from supervised_use as used where used.person_id = note.person_id
    and used.training_id = note.training_id and used.at > ${then} and used.at <= coalesce(note.revoked_at, 'infinity'))`;
  const rows = await db
    .selectFrom('person_training as note')
    .select(['training_id', 'valid_until', 'supervised_left', later.as('later')])
    .where('person_id', '=', person)
    .where('noted_at', '<=', then)
    .where('valid_from', '<=', then)
    .where(is => is.or([is('revoked_at', 'is', null), is('revoked_at', '>', then)]))
    .orderBy('training_id')
    .execute();
  return rows.map(row => ({
    training: row.training_id,
    until: row.valid_until?.getTime() ?? null,
    supervised: row.supervised_left + row.later,
  }));
}

/** Until when a person states to be at an equipment, in whichever of their sessions (ms since 1970); null: in none. */
export async function presentUntil(db: Database, person: string, equipment: string): Promise<number | null> {
  const row = await db
    .selectFrom('presence')
    .innerJoin('session', 'session.id', 'presence.session_id')
    .select('until')
    .where('session.person_id', '=', person)
    .where('session.ended_at', 'is', null)
    .where('session.expires_at', '>', sql<Date>`now()`)
    .where('equipment', '=', equipment)
    .where('until', '>', sql<Date>`now()`)
    .orderBy('until', 'desc')
    .executeTakeFirst();
  return row?.until.getTime() ?? null;
}
