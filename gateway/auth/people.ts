import { randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { z } from 'zod';
import { sqlState } from '../../actors/storage/database.ts';
import type { Tables } from '../../actors/storage/schema.ts';
import type { addPersonRequest, personSchema, setupRequest } from '../contract/auth.ts';
import type { WebRequest } from '../http/exchange.ts';
import { isRefused, type Refused, refuse } from '../http/problems.ts';
import type { Answer, SignedIn } from '../http/route.ts';
import type { Auth } from './auth.ts';
import { refuseLimited, sessionAnswer } from './log-in.ts';
import { tokenHash } from './opaque-token.ts';
import { hashPassword } from './passwords.ts';
import { openSession, wholeWorkshop } from './session-store.ts';

const uniqueViolation = '23505';

type Tx = Transaction<Tables>;
type Account = Omit<z.infer<typeof personSchema>, 'disabled'>;

/** GET auth/setup: true until the first administrator exists. */
export async function setupNeeded(auth: Auth): Promise<boolean> {
  const one = await auth.door.ask(db => db.selectFrom('person').select('id').limit(1).executeTakeFirst());
  return one === undefined;
}

/** POST auth/setup: the printed link's token makes the first administrator, once. */
export async function setUp(auth: Auth, request: WebRequest, given: z.infer<typeof setupRequest>): Promise<Answer | Refused> {
  const limited = await auth.limits.take({ login: 'set-up', address: auth.addressOf(request) });
  if (!limited.allowed) return refuseLimited(limited);
  const { login, name, token } = given;
  const account: Account = { id: randomUUID(), login, name, role: 'administrator' };
  const passwordHash = await hashPassword(given.password);
  const added = await auth.desk.change({ caller: 'set-up-link', type: 'person.added', people: [account.id] }, async tx => {
    // Two set-ups at once: the second waits here and then sees the first one's administrator.
    await sql`lock table person in share row exclusive mode`.execute(tx);
    if (await tx.selectFrom('person').select('id').limit(1).executeTakeFirst())
      return refuse('set-up-done', 'This workshop has its administrator already. Log in instead.');
    if (!(await useToken(tx, token)))
      return refuse('gone', 'This set-up link is used up or older than 15 minutes. A new one is printed at each start.');
    return insertPerson(tx, account, passwordHash);
  });
  if (isRefused(added)) return added;
  const userAgent = request.headers['user-agent'] ?? '';
  return sessionAnswer(auth, await auth.door.ask(db => openSession(db, { personId: account.id, userAgent })));
}

/** True when the link is good; from then on it is not any more. */
async function useToken(tx: Tx, token: string): Promise<boolean> {
  const used = await tx
    .updateTable('setup_token')
    .set({ used_at: sql<Date>`now()` })
    .where('hash', '=', tokenHash(token))
    .where('used_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .returning('hash')
    .executeTakeFirst();
  return used !== undefined;
}

/** POST auth/people */
export async function addPerson(auth: Auth, caller: SignedIn, given: z.infer<typeof addPersonRequest>): Promise<Answer | Refused> {
  const { password, ...rest } = given;
  const account: Account = { id: randomUUID(), ...rest };
  const passwordHash = await hashPassword(password);
  try {
    const naming = { caller, type: 'person.added', people: [account.id] };
    const added = await auth.desk.change(naming, tx => insertPerson(tx, account, passwordHash));
    return isRefused(added) ? added : { status: 201, json: added };
  } catch (error) {
    if (sqlState(error) === uniqueViolation) return refuse('conflict', `Somebody has the login ${account.login} already.`);
    throw error;
  }
}

/** What it returns is written down and told: everything but the hash. */
async function insertPerson(tx: Tx, account: Account, passwordHash: string): Promise<z.infer<typeof personSchema>> {
  await tx
    .insertInto('person')
    .values({ ...account, password_hash: passwordHash })
    .execute();
  return { ...account, disabled: false };
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
