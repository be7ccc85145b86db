import { sql, type UpdateObject } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../actors/storage/database.ts';
import type { Tables } from '../../actors/storage/schema.ts';
import { type PlanEntry, planList, planRequest, planSchema } from '../contract/site.ts';
import { isRefused, type Refused, refuse } from '../http/problems.ts';
import { type Answer, type Route, route, type SignedIn } from '../http/route.ts';
import { badId, siteId } from './ids.ts';
import type { SiteDesk } from './site-desk.ts';

const base = '/api/v1/site/maintenance';
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** `/api/v1/site/maintenance/...` */
export function maintenanceRoutes(desk: SiteDesk): Route[] {
  return [
    route({
      method: 'GET',
      path: base,
      access: 'viewer',
      summary: 'The maintenance plans, with the hours of work since each was last done.',
      query: z.strictObject({ equipment: z.string().max(40).optional() }),
      answers: planList,
      handle: async call => {
        const plans = await desk.door.ask(db => readPlans(db, desk.now()));
        return { json: { items: plans.filter(plan => call.query.equipment === undefined || plan.equipment === call.query.equipment) } };
      },
    }),
    route({
      method: 'PUT',
      path: `${base}/{id}`,
      access: 'maintainer',
      summary: 'Make or change a plan. A new one counts from now.',
      body: planRequest,
      answers: planSchema,
      handle: call => putPlan(desk, call.caller, { id: call.params.id ?? '', ...call.body }),
    }),
    route({
      method: 'POST',
      path: `${base}/{id}/done`,
      access: 'maintainer',
      summary: 'Note that it was done now, by the caller.',
      answers: planSchema,
      handle: call => notePlanDone(desk, call.caller, call.params.id ?? ''),
    }),
    route({
      method: 'DELETE',
      path: `${base}/{id}`,
      access: 'maintainer',
      summary: 'Remove a plan.',
      handle: async call => {
        const done = await desk.change({ caller: call.caller, type: 'plan.removed' }, tx =>
          changed(tx, call.params.id ?? '', { removed_at: sql<Date>`now()` }),
        );
        return isRefused(done) ? done : { status: 204 };
      },
    }),
  ];
}

/** Hours of work of an equipment so far, ms; for a statement about its plans. */
const workedMs = sql<number>`coalesce((select producing_ms from equipment_hours where equipment = maintenance_plan.equipment), 0)`;
/** When its hours are over, now that they are looked at; a plan is not due again before it was done. */
const dueByHours = sql<Date | null>`case when every_hours is not null
  and ${workedMs} >= last_done_ms + every_hours * ${sql.lit(hourMs)}::bigint then coalesce(due_at, now()) end`;

type Wanted = z.infer<typeof planRequest> & { readonly id: string };

async function putPlan(desk: SiteDesk, caller: SignedIn, wanted: Wanted): Promise<Answer | Refused> {
  const { id, equipment, text, everyDays, everyHours, enforced } = wanted;
  if (!siteId.test(id)) return badId();
  const done = await desk.change({ caller, type: 'plan.changed' }, async tx => {
    const machine = await tx.selectFrom('equipment').select('removed_at').where('id', '=', equipment).executeTakeFirst();
    if (machine?.removed_at !== null) return refuse('unknown-equipment', `There is no equipment ${equipment}.`);
    const standing = await tx.selectFrom('maintenance_plan').select(['equipment', 'removed_at']).where('id', '=', id).executeTakeFirst();
    if (standing && standing.removed_at === null && standing.equipment !== equipment)
      return refuse('conflict', `The plan ${id} is for ${standing.equipment}: choose another id.`);
    const settings = { text, every_days: everyDays, every_hours: everyHours, enforced };
    if (standing?.removed_at === null) await tx.updateTable('maintenance_plan').set(settings).where('id', '=', id).execute();
    else {
      await tx.deleteFrom('maintenance_plan').where('id', '=', id).execute();
      const fresh = { id, equipment, ...settings, done_by: null, due_at: null, removed_at: null };
      await tx.insertInto('maintenance_plan').values(fresh).execute();
      await tx.updateTable('maintenance_plan').set({ last_done_ms: workedMs }).where('id', '=', id).execute();
    }
    await tx.updateTable('maintenance_plan').set({ due_at: dueByHours }).where('id', '=', id).execute();
    return wanted;
  });
  return isRefused(done) ? done : answer(desk, id);
}

async function notePlanDone(desk: SiteDesk, caller: SignedIn, id: string): Promise<Answer | Refused> {
  const done = await desk.change({ caller, type: 'plan.done' }, tx =>
    changed(tx, id, { last_done_at: sql<Date>`now()`, last_done_ms: workedMs, done_by: caller.id, due_at: null }),
  );
  return isRefused(done) ? done : answer(desk, id);
}

type Changes = UpdateObject<Tables, 'maintenance_plan'>;

async function changed(
  db: Pick<Database, 'updateTable'>,
  id: string,
  changes: Changes,
): Promise<{ id: string; equipment: string } | Refused> {
  const row = await db
    .updateTable('maintenance_plan')
    .set(changes)
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .returning(['id', 'equipment'])
    .executeTakeFirst();
  return row ?? refuse('not-found', 'There is no such plan.');
}

async function answer(desk: SiteDesk, id: string): Promise<Answer> {
  const plans = await desk.door.ask(db => readPlans(db, desk.now()));
  return { json: plans.find(plan => plan.id === id) };
}

async function readPlans(db: Database, now: number): Promise<PlanEntry[]> {
  const rows = await db
    .selectFrom('maintenance_plan')
    .leftJoin('person', 'person.id', 'maintenance_plan.done_by')
    .selectAll('maintenance_plan')
    .select(['person.name as doer', workedMs.as('worked')])
    .where('removed_at', 'is', null)
    .orderBy('maintenance_plan.id')
    .execute();
  return rows.map(row => ({
    id: row.id,
    equipment: row.equipment,
    text: row.text,
    everyDays: row.every_days,
    everyHours: row.every_hours,
    enforced: row.enforced,
    lastDoneAt: row.last_done_at.getTime(),
    doneBy: row.done_by === null ? null : { id: row.done_by, name: row.doer ?? '' },
    hoursSince: Math.round(((row.worked - row.last_done_ms) * 100) / hourMs) / 100,
    due: row.due_at !== null || (row.every_days !== null && row.last_done_at.getTime() + row.every_days * dayMs <= now),
  }));
}
