import { sql, type Transaction } from 'kysely';
import type { z } from 'zod';
import type { Tables } from '../../actors/storage/schema.ts';
import { personSchema } from '../contract/auth.ts';
import { accountRequest } from '../contract/site.ts';
import { isRefused, type Refused, refuse } from '../http/problems.ts';
import { type Answer, type Route, route, type SignedIn } from '../http/route.ts';
import type { SiteDesk } from './site-desk.ts';

/** What people may do here, changed while they work. */
export function accountRoutes(desk: SiteDesk): Route[] {
  return [
    route({
      method: 'PUT',
      path: '/api/v1/site/people/{id}/account',
      access: 'administrator',
      summary: 'Give somebody another role, or end their access; it counts from now on, also in sessions that are open.',
      body: accountRequest,
      answers: personSchema,
      handle: call => changeAccount(desk, call.caller, { id: call.params.id ?? '', ...call.body }),
    }),
  ];
}

interface Account extends z.infer<typeof accountRequest> {
  readonly id: string;
}

async function changeAccount(desk: SiteDesk, caller: SignedIn, account: Account): Promise<Answer | Refused> {
  const { id, role, disabled } = account;
  const done = await desk.change({ caller, type: 'person.changed', people: [id] }, async tx => {
    // Two administrators who take each other's role at once: the second waits here and then sees that it is the last.
    await sql`lock table person in share row exclusive mode`.execute(tx);
    if (await isLastAdministrator(tx, account))
      return refuse('conflict', 'This is the last administrator who may log in. Make somebody else administrator first.');
    const changed = await tx
      .updateTable('person')
      .set({ role, disabled })
      .where('id', '=', id)
      .returning(['id', 'login', 'name', 'role', 'disabled'])
      .executeTakeFirst();
    if (changed && disabled) await endSessions(tx, id);
    return changed ?? refuse('unknown-user', 'There is no such person.');
  });
  return isRefused(done) ? done : { json: done };
}

/** A workshop without an administrator could not be put right by anybody. */
async function isLastAdministrator(tx: Transaction<Tables>, { id, role, disabled }: Account): Promise<boolean> {
  if (role === 'administrator' && !disabled) return false;
  const left = await tx
    .selectFrom('person')
    .select('id')
    .where('role', '=', 'administrator')
    .where('disabled', '=', false)
    .where('id', '!=', id)
    .limit(1)
    .executeTakeFirst();
  return left === undefined;
}

/** Whoever is let in again later logs in anew. */
async function endSessions(tx: Transaction<Tables>, person: string): Promise<void> {
  await tx
    .updateTable('session')
    .set({ ended_at: sql<Date>`now()` })
    .where('person_id', '=', person)
    .where('ended_at', 'is', null)
    .execute();
}
