import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { z } from 'zod';
import { sqlState } from '../../actors/storage/database.ts';
import type { addPersonRequest, setupRequest } from '../contract/auth.ts';
import type { WebRequest } from '../http/exchange.ts';
import { type Refused, refuse } from '../http/problems.ts';
import type { Answer } from '../http/route.ts';
import type { Auth } from './auth.ts';
import { refuseLimited, sessionAnswer } from './log-in.ts';
import { tokenHash } from './opaque-token.ts';
import { hashPassword } from './passwords.ts';
import { openSession, wholeWorkshop } from './session-store.ts';

const uniqueViolation = '23505';

/** GET auth/setup: true until the first administrator exists. */
export async function setupNeeded(auth: Auth): Promise<boolean> {
  const one = await auth.door.ask(db => db.selectFrom('person').select('id').limit(1).executeTakeFirst());
  return one === undefined;
}

/** POST auth/setup: the printed link's token makes the first administrator, once, in one transaction. */
export async function setUp(auth: Auth, request: WebRequest, given: z.infer<typeof setupRequest>): Promise<Answer | Refused> {
  const limited = await auth.limits.take({ login: 'set-up', address: auth.addressOf(request) });
  if (!limited.allowed) return refuseLimited(limited);
  const passwordHash = await hashPassword(given.password);
  const userAgent = request.headers['user-agent'] ?? '';
  const opened = await auth.door.ask(db =>
    db.transaction().execute(async tx => {
      // Two set-ups at once: the second waits here and then sees the first one's administrator.
      await sql`lock table person in share row exclusive mode`.execute(tx);
      if (await tx.selectFrom('person').select('id').limit(1).executeTakeFirst()) return 'done' as const;
      const token = await tx
        .updateTable('setup_token')
        .set({ used_at: sql<Date>`now()` })
        .where('hash', '=', tokenHash(given.token))
        .where('used_at', 'is', null)
        .where('expires_at', '>', sql<Date>`now()`)
        .returning('hash')
        .executeTakeFirst();
      if (!token) return 'gone' as const;
      const id = randomUUID();
      const { login, name } = given;
      await tx.insertInto('person').values({ id, login, name, password_hash: passwordHash, role: 'administrator' }).execute();
      return openSession(tx, { personId: id, userAgent });
    }),
  );
  if (opened === 'done') return refuse('set-up-done', 'This workshop has its administrator already. Log in instead.');
  if (opened === 'gone') return refuse('gone', 'This set-up link is used up or older than 15 minutes. A new one is printed at each start.');
  return sessionAnswer(auth, opened);
}

/** POST auth/people */
export async function addPerson(auth: Auth, given: z.infer<typeof addPersonRequest>): Promise<Answer | Refused> {
  const { login, name, role, password } = given;
  const row = { id: randomUUID(), login, name, role, password_hash: await hashPassword(password) };
  try {
    await auth.door.ask(db => db.insertInto('person').values(row).execute());
  } catch (error) {
    if (sqlState(error) === uniqueViolation) return refuse('conflict', `Somebody has the login ${login} already.`);
    throw error;
  }
  return { status: 201, json: { id: row.id, login, name, role, disabled: false } };
}

/** GET auth/people */
export async function listPeople(auth: Auth): Promise<Answer> {
  const items = await auth.door.ask(db =>
    db.selectFrom('person').select(['id', 'login', 'name', 'role', 'disabled']).orderBy('name').execute(),
  );
  return { json: { items } };
}

/** POST auth/presence: "I am at this machine" for 15 minutes, "I am in the workshop" for an hour; bound to the session. */
export async function statePresence(auth: Auth, sid: string, at: string | null): Promise<void> {
  const equipment = at ?? wholeWorkshop;
  const until = at === null ? sql<Date>`now() + interval '1 hour'` : sql<Date>`now() + interval '15 minutes'`;
  await auth.door.ask(db =>
    db
      .insertInto('presence')
      .values({ session_id: sid, equipment, until })
      .onConflict(conflict => conflict.columns(['session_id', 'equipment']).doUpdateSet({ until }))
      .execute(),
  );
  auth.sessions.changed(sid);
  auth.presenceChanged();
}

/** DELETE auth/presence: "I leave", of every statement of the session. */
export async function endPresence(auth: Auth, sid: string): Promise<void> {
  await auth.door.ask(db => db.deleteFrom('presence').where('session_id', '=', sid).execute());
  auth.sessions.changed(sid);
  auth.presenceChanged();
}
