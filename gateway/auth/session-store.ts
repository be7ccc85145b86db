import { randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../actors/storage/database.ts';
import type { Tables } from '../../actors/storage/schema.ts';
import type { Role } from '../../statecharts/caller.ts';
import type { Qualification } from '../../statecharts/site/fact.ts';
import { newOpaqueToken, tokenHash } from './opaque-token.ts';

/** A session lives at most 30 days, however often it is refreshed. */
const sessionDays = 30;

/** What a session check needs, in one row. Presence: equipment id -> ms since 1970. */
export interface SessionFacts {
  readonly id: string;
  readonly person: { readonly id: string; readonly name: string; readonly login: string; readonly role: Role };
  readonly presence: Readonly<Record<string, number>>;
  /** Until when they stated to be in the workshop, ms since 1970; null: they did not. */
  readonly inWorkshop: number | null;
  readonly qualifications: readonly Qualification[];
}

/** A statement to be in the workshop stands where one to be at a machine has its id. */
export const wholeWorkshop = '';

export type Rotation =
  | { readonly ok: true; readonly sid: string; readonly next: string }
  | { readonly ok: false; readonly ended: string | null };

type Writer = Database | Transaction<Tables>;

/** Opens a session and its first refresh token. */
export async function openSession(
  db: Writer,
  opening: { personId: string; userAgent: string },
): Promise<{ sid: string; refreshToken: string }> {
  const sid = randomUUID();
  const refreshToken = newOpaqueToken();
  await db
    .insertInto('session')
    .values({
      id: sid,
      person_id: opening.personId,
      user_agent: opening.userAgent.slice(0, 200),
      expires_at: sql<Date>`now() + make_interval(days => ${sessionDays})`,
    })
    .execute();
  await db
    .insertInto('refresh_token')
    .values({ hash: tokenHash(refreshToken), session_id: sid, used_at: null })
    .execute();
  return { sid, refreshToken };
}

/**
 * Exchanges a refresh token for its successor. A token seen twice means that somebody has a copy: the whole session ends.
 * Of two exchanges at the same time one wins; the other counts as reuse.
 */
export function rotateRefreshToken(db: Database, token: string): Promise<Rotation> {
  const hash = tokenHash(token);
  return db.transaction().execute(async tx => {
    const used = await tx
      .updateTable('refresh_token')
      .set({ used_at: sql<Date>`now()` })
      .where('hash', '=', hash)
      .where('used_at', 'is', null)
      .returning('session_id')
      .executeTakeFirst();
    if (!used) return endReused(tx, hash);
    const live = await readSession(tx, used.session_id);
    if (!live) return { ok: false, ended: null };
    const next = newOpaqueToken();
    await tx
      .insertInto('refresh_token')
      .values({ hash: tokenHash(next), session_id: live.id, used_at: null })
      .execute();
    await tx.updateTable('session').set({ last_seen_at: sql<Date>`now()` }).where('id', '=', live.id).execute();
    return { ok: true, sid: live.id, next };
  });
}

async function endReused(tx: Transaction<Tables>, hash: string): Promise<Rotation> {
  const known = await tx.selectFrom('refresh_token').select('session_id').where('hash', '=', hash).executeTakeFirst();
  if (!known) return { ok: false, ended: null };
  await endSession(tx, known.session_id);
  return { ok: false, ended: known.session_id };
}

/** Ends a session; repeatable. */
export async function endSession(db: Writer, sid: string): Promise<void> {
  await db.updateTable('session').set({ ended_at: sql<Date>`now()` }).where('id', '=', sid).where('ended_at', 'is', null).execute();
}

/** The session of a refresh token, used or not; null when unknown. */
export async function sessionOfRefreshToken(db: Database, token: string): Promise<string | null> {
  const row = await db.selectFrom('refresh_token').select('session_id').where('hash', '=', tokenHash(token)).executeTakeFirst();
  return row?.session_id ?? null;
}

/** The facts of a session that is neither ended nor expired and whose person is not disabled; otherwise null. */
export async function readSession(db: Writer, sid: string): Promise<SessionFacts | null> {
  const row = await db
    .selectFrom('session')
    .innerJoin('person', 'person.id', 'session.person_id')
    .select(['session.id as sid', 'person.id', 'person.name', 'person.login', 'person.role'])
    .where('session.id', '=', sid)
    .where('session.ended_at', 'is', null)
    .where('session.expires_at', '>', sql<Date>`now()`)
    .where('person.disabled', '=', false)
    .executeTakeFirst();
  if (!row) return null;
  const { sid: id, ...person } = row;
  const { [wholeWorkshop]: inWorkshop = null, ...presence } = await readPresence(db, sid);
  return { id, person, presence, inWorkshop, qualifications: await readQualifications(db, person.id) };
}

/** What has begun, with what has expired: whoever is refused is told so. */
async function readQualifications(db: Writer, person: string): Promise<Qualification[]> {
  const rows = await db
    .selectFrom('person_training')
    .select(['training_id', 'valid_until', 'supervised_left'])
    .where('person_id', '=', person)
    .where('revoked_at', 'is', null)
    .where('valid_from', '<=', sql<Date>`now()`)
    .orderBy('training_id')
    .execute();
  return rows.map(row => ({ training: row.training_id, until: row.valid_until?.getTime() ?? null, supervised: row.supervised_left }));
}

async function readPresence(db: Writer, sid: string): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('presence')
    .select(['equipment', 'until'])
    .where('session_id', '=', sid)
    .where('until', '>', sql<Date>`now()`)
    .execute();
  return Object.fromEntries(rows.map(row => [row.equipment, row.until.getTime()]));
}
