import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import { type Database, sqlState } from '../../actors/storage/database.ts';
import { hasRole } from '../../statecharts/caller.ts';
import { bookingList, bookingRequest, bookingSchema } from '../contract/site.ts';
import { isRefused, type Refused, refuse } from '../http/problems.ts';
import { type Answer, type Route, route, type SignedIn } from '../http/route.ts';
import type { SiteDesk } from './site-desk.ts';

const base = '/api/v1/site/bookings';
const longestMs = 14 * 86_400_000;
const foreignKeyViolation = '23503';

/** `/api/v1/site/bookings/...` */
export function bookingRoutes(desk: SiteDesk): Route[] {
  return [
    route({
      method: 'GET',
      path: base,
      access: 'viewer',
      summary: 'Booked times that are not over, the earliest first.',
      query: z.strictObject({ equipment: z.string().max(40).optional() }),
      answers: bookingList,
      handle: async call => ({ json: { items: await desk.door.ask(db => readBookings(db, call.query.equipment)) } }),
    }),
    route({
      method: 'POST',
      path: base,
      access: 'operator',
      summary: 'Book an equipment for yourself; a maintainer also for others.',
      body: bookingRequest,
      answers: bookingSchema,
      handle: call => book(desk, call.caller, call.body),
    }),
    route({
      method: 'DELETE',
      path: `${base}/{id}`,
      access: 'operator',
      summary: 'Cancel a booking: your own, or as a maintainer.',
      handle: call => cancel(desk, call.caller, call.params.id ?? ''),
    }),
  ];
}

async function book(desk: SiteDesk, caller: SignedIn, wanted: z.infer<typeof bookingRequest>): Promise<Answer | Refused> {
  const { equipment, from, until, person = caller.id } = wanted;
  if (person !== caller.id && !hasRole(caller, 'maintainer')) return refuse('forbidden', 'Only a maintainer books for somebody else.');
  if (until <= from || until <= desk.now()) return refuse('invalid', 'A booking ends after it begins, and after now.');
  if (until - from > longestMs) return refuse('invalid', 'A booking has at most 14 days.');
  const id = randomUUID();
  const done = await desk
    .change({ caller, type: 'booking.made', people: [person] }, async tx => {
      // Two at once for the same machine: the second waits here and then sees the first.
      const row = await tx.selectFrom('equipment').select('removed_at').where('id', '=', equipment).forUpdate().executeTakeFirst();
      if (row?.removed_at !== null) return refuse('unknown-equipment', `There is no equipment ${equipment}.`);
      const other = await overlapping(tx, { equipment, from, until });
      if (other) return refuse('conflict', `${other.name} has booked it then. Choose another time.`);
      const times = { starts_at: new Date(from), ends_at: new Date(until), cancelled_at: null };
      await tx
        .insertInto('booking')
        .values({ id, equipment, person_id: person, made_by: caller.id, ...times })
        .execute();
      return { id, equipment, person, from, until };
    })
    .catch(error => {
      if (sqlState(error) === foreignKeyViolation) return refuse('not-found', 'There is no such person.');
      throw error;
    });
  if (isRefused(done)) return done;
  const items = await desk.door.ask(db => readBookings(db, equipment));
  return { status: 201, json: items.find(one => one.id === id) };
}

function overlapping(db: Pick<Database, 'selectFrom'>, wanted: { equipment: string; from: number; until: number }) {
  return db
    .selectFrom('booking')
    .innerJoin('person', 'person.id', 'booking.person_id')
    .select('person.name')
    .where('equipment', '=', wanted.equipment)
    .where('cancelled_at', 'is', null)
    .where('starts_at', '<', new Date(wanted.until))
    .where('ends_at', '>', new Date(wanted.from))
    .executeTakeFirst();
}

async function cancel(desk: SiteDesk, caller: SignedIn, id: string): Promise<Answer | Refused> {
  const done = await desk.change({ caller, type: 'booking.cancelled' }, async tx => {
    const open = tx.selectFrom('booking').select(['id', 'equipment', 'person_id']).where('id', '=', id).where('cancelled_at', 'is', null);
    const row = await open.forUpdate().executeTakeFirst();
    if (!row) return refuse('not-found', 'There is no such booking.');
    if (row.person_id !== caller.id && !hasRole(caller, 'maintainer'))
      return refuse('forbidden', 'This is the booking of somebody else: they or a maintainer cancel it.');
    await tx.updateTable('booking').set({ cancelled_at: sql<Date>`now()` }).where('id', '=', id).execute();
    return { id, equipment: row.equipment, person: row.person_id };
  });
  return isRefused(done) ? done : { status: 204 };
}

async function readBookings(db: Database, equipment: string | undefined): Promise<z.infer<typeof bookingList>['items']> {
  const standing = db
    .selectFrom('booking')
    .innerJoin('person', 'person.id', 'booking.person_id')
    .select(['booking.id', 'equipment', 'person_id', 'person.name', 'starts_at', 'ends_at'])
    .where('cancelled_at', 'is', null)
    .where('ends_at', '>', sql<Date>`now()`)
    .orderBy('starts_at')
    .limit(1_000);
  const rows = await (equipment === undefined ? standing : standing.where('equipment', '=', equipment)).execute();
  return rows.map(row => ({
    id: row.id,
    equipment: row.equipment,
    person: { id: row.person_id, name: row.name },
    from: row.starts_at.getTime(),
    until: row.ends_at.getTime(),
  }));
}
