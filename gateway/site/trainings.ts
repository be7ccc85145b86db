import { sql } from 'kysely';
import type { z } from 'zod';
import { type Database, sqlState } from '../../actors/storage/database.ts';
import { newestRules } from '../../actors/storage/site-rules.ts';
import { noteTrainingRequest, trainedPeopleList, trainingList, trainingRequest, trainingSchema } from '../contract/site.ts';
import { isRefused, type Refused, refuse } from '../http/problems.ts';
import { type Answer, type Route, route, type SignedIn } from '../http/route.ts';
import { badId, siteId } from './ids.ts';
import type { SiteDesk } from './site-desk.ts';

const base = '/api/v1/site';

/** `/api/v1/site/trainings/...` and the trainings of people. */
export function trainingRoutes(desk: SiteDesk): Route[] {
  return [...kindRoutes(desk), ...peopleRoutes(desk)];
}

function kindRoutes(desk: SiteDesk): Route[] {
  return [
    route({
      method: 'GET',
      path: `${base}/trainings`,
      access: 'viewer',
      summary: 'The trainings that this workshop knows.',
      answers: trainingList,
      handle: async () => {
        const items = await desk.door.ask(db =>
          db.selectFrom('training').select(['id', 'title']).where('removed_at', 'is', null).orderBy('id').execute(),
        );
        return { json: { items } };
      },
    }),
    route({
      method: 'PUT',
      path: `${base}/trainings/{id}`,
      access: 'maintainer',
      summary: 'Add a training, or give it another title.',
      body: trainingRequest,
      answers: trainingSchema,
      handle: call => putTraining(desk, call.caller, { id: call.params.id ?? '', title: call.body.title }),
    }),
    route({
      method: 'DELETE',
      path: `${base}/trainings/{id}`,
      access: 'maintainer',
      summary: 'Remove a training that no rule in force asks for. What was noted of it stays in the history.',
      handle: call => removeTraining(desk, call.caller, call.params.id ?? ''),
    }),
  ];
}

function peopleRoutes(desk: SiteDesk): Route[] {
  return [
    route({
      method: 'GET',
      path: `${base}/people`,
      access: 'maintainer',
      summary: 'Everybody who may log in, with the trainings that are noted for them.',
      answers: trainedPeopleList,
      handle: async () => ({ json: { items: await desk.door.ask(readTrainedPeople) } }),
    }),
    route({
      method: 'POST',
      path: `${base}/people/{id}/trainings`,
      access: 'maintainer',
      summary: 'Note a training of a person; replaces an earlier note of it.',
      body: noteTrainingRequest,
      answers: trainedPeopleList.shape.items.element,
      handle: call => noteTraining(desk, call.caller, { person: call.params.id ?? '', ...call.body }),
    }),
    route({
      method: 'DELETE',
      path: `${base}/people/{id}/trainings/{training}`,
      access: 'maintainer',
      summary: 'Revoke a training of a person; it counts no more from now on, also for a job that runs.',
      handle: call => revokeTraining(desk, call.caller, { person: call.params.id ?? '', training: call.params.training ?? '' }),
    }),
  ];
}

async function putTraining(desk: SiteDesk, caller: SignedIn, row: { id: string; title: string }): Promise<Answer | Refused> {
  if (!siteId.test(row.id)) return badId();
  const done = await desk.change({ caller, type: 'training.changed' }, async tx => {
    await tx
      .insertInto('training')
      .values({ ...row, removed_at: null })
      .onConflict(conflict => conflict.column('id').doUpdateSet({ title: row.title, removed_at: null }))
      .execute();
    return row;
  });
  return isRefused(done) ? done : { json: done };
}

async function removeTraining(desk: SiteDesk, caller: SignedIn, id: string): Promise<Answer | Refused> {
  const done = await desk.change({ caller, type: 'training.removed' }, async tx => {
    const rules = await tx.selectFrom(newestRules(tx).as('rule')).select(['id', 'params']).where('active', '=', true).execute();
    const asking = rules.find(rule => (rule.params as { training?: unknown }).training === id);
    if (asking) return refuse('conflict', `The rule ${asking.id} asks for this training: put it out of force first.`);
    const removed = await tx
      .updateTable('training')
      .set({ removed_at: sql<Date>`now()` })
      .where('id', '=', id)
      .where('removed_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    return removed ?? refuse('not-found', 'There is no such training.');
  });
  return isRefused(done) ? done : { status: 204 };
}

interface Note extends z.infer<typeof noteTrainingRequest> {
  readonly person: string;
}

const foreignKeyViolation = '23503';

async function noteTraining(desk: SiteDesk, caller: SignedIn, note: Note): Promise<Answer | Refused> {
  const { person, training, from, until, supervised, maySupervise } = note;
  if (until !== null && until <= (from ?? desk.now())) return refuse('invalid', 'The training would end before it begins.');
  const done = await desk
    .change({ caller, type: 'training.noted', people: [person] }, async tx => {
      const known = await tx
        .selectFrom('training')
        .select('id')
        .where('id', '=', training)
        .where('removed_at', 'is', null)
        .executeTakeFirst();
      if (!known) return refuse('not-found', `There is no training ${training}.`);
      await revokeStanding(tx, { person, training, by: caller.id });
      const times = { ...(from === undefined ? {} : { valid_from: new Date(from) }), valid_until: until === null ? null : new Date(until) };
      const noted = { noted_by: caller.id, revoked_by: null, revoked_at: null };
      const row = { person_id: person, training_id: training, supervised_left: supervised, may_supervise: maySupervise };
      await tx
        .insertInto('person_training')
        .values({ ...row, ...times, ...noted })
        .execute();
      return { person, training, until, supervised, maySupervise };
    })
    .catch(error => {
      if (sqlState(error) === foreignKeyViolation) return refuse('not-found', 'There is no such person.');
      throw error;
    });
  if (isRefused(done)) return done;
  const people = await desk.door.ask(readTrainedPeople);
  return { status: 201, json: people.find(one => one.id === person) };
}

async function revokeTraining(
  desk: SiteDesk,
  caller: SignedIn,
  { person, training }: { person: string; training: string },
): Promise<Answer | Refused> {
  const done = await desk.change({ caller, type: 'training.revoked', people: [person] }, async tx => {
    const revoked = await revokeStanding(tx, { person, training, by: caller.id });
    return revoked ? { person, training } : refuse('not-found', 'This training is not noted for this person.');
  });
  return isRefused(done) ? done : { status: 204 };
}

async function revokeStanding(db: Pick<Database, 'updateTable'>, at: { person: string; training: string; by: string }): Promise<boolean> {
  const revoked = await db
    .updateTable('person_training')
    .set({ revoked_at: sql<Date>`now()`, revoked_by: at.by })
    .where('person_id', '=', at.person)
    .where('training_id', '=', at.training)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute();
  return revoked.length > 0;
}

async function readTrainedPeople(db: Database): Promise<z.infer<typeof trainedPeopleList>['items']> {
  const people = await db.selectFrom('person').select(['id', 'name']).where('disabled', '=', false).orderBy('name').execute();
  const rows = await db
    .selectFrom('person_training')
    .innerJoin('person as noter', 'noter.id', 'person_training.noted_by')
    .selectAll('person_training')
    .select('noter.name as noter')
    .where('revoked_at', 'is', null)
    .orderBy('training_id')
    .execute();
  return people.map(person => ({
    ...person,
    trainings: rows
      .filter(row => row.person_id === person.id)
      .map(row => ({
        training: row.training_id,
        from: row.valid_from.getTime(),
        until: row.valid_until?.getTime() ?? null,
        supervised: row.supervised_left,
        maySupervise: row.may_supervise,
        notedBy: { id: row.noted_by, name: row.noter },
      })),
  }));
}
