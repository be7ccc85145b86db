import { sql, type Transaction } from 'kysely';
import type { Database } from '../../actors/storage/database.ts';
import type { Tables } from '../../actors/storage/schema.ts';
import { newestRules } from '../../actors/storage/site-rules.ts';
import { type CheckedSite, checkRules, type PlacedRule, type RuleCheck } from '../../statecharts/site/check.ts';

type Reader = Database | Transaction<Tables>;

/** What is wrong with this rule in force together with all others that are. */
export async function checkWith(db: Reader, rule: PlacedRule): Promise<RuleCheck> {
  const others = (await readPlacedRules(db)).filter(other => other.id !== rule.id);
  return checkRules([...others, rule], await readCheckedSite(db));
}

async function readPlacedRules(db: Reader): Promise<PlacedRule[]> {
  const rows = await db.selectFrom(newestRules(db).as('rule')).selectAll().where('active', '=', true).execute();
  // Settings that do not fit are for the check to find.
  return rows.map(
    ({ id, version, template, params, on_loss: onLoss, equipment }) => ({ id, version, template, params, onLoss, equipment }) as PlacedRule,
  );
}

/** Trainings that have run out count for nothing; those that begin later count. */
async function readCheckedSite(db: Reader): Promise<CheckedSite> {
  const equipment = await db.selectFrom('equipment').select('id').where('removed_at', 'is', null).orderBy('id').execute();
  const trainings = await db.selectFrom('training').select('id').where('removed_at', 'is', null).execute();
  const people = await db.selectFrom('person').select('id').where('disabled', '=', false).execute();
  const noted = await db
    .selectFrom('person_training')
    .select(['person_id', 'training_id', 'supervised_left', 'may_supervise'])
    .where('revoked_at', 'is', null)
    .where(eb => eb.or([eb('valid_until', 'is', null), eb('valid_until', '>', sql<Date>`now()`)]))
    .execute();
  const trainingsOf = (person: string) =>
    noted
      .filter(row => row.person_id === person)
      .map(row => ({ training: row.training_id, supervised: row.supervised_left, maySupervise: row.may_supervise }));
  return {
    equipment: equipment.map(({ id }) => id),
    trainings: trainings.map(({ id }) => id),
    people: people.map(({ id }) => ({ id, trainings: trainingsOf(id) })),
  };
}
