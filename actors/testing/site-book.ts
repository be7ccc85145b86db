import { sql } from 'kysely';
import type { Role } from '../../statecharts/caller.ts';
import type { Database } from '../storage/database.ts';

interface RuleMore {
  readonly equipment?: readonly string[];
  readonly onLoss?: string;
  readonly active?: boolean;
}

interface TrainedMore {
  readonly until?: number;
  readonly supervised?: number;
  readonly maySupervise?: boolean;
}

interface PlanMore {
  readonly everyDays?: number;
  readonly everyHours?: number;
  readonly enforced?: boolean;
  readonly lastDoneAt?: number;
}

/** Writes into the tables of a site as a gateway would, by the hand of anna. */
export class SiteBook {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async equipment(id: string): Promise<void> {
    const row = { id, name: id, type: 'grbl', settings: '{}', simulated: true, node: 'elsewhere', removed_at: null };
    await this.#db.insertInto('equipment').values(row).execute();
  }

  async person(id: string, role: Role = 'operator'): Promise<void> {
    await this.#db
      .insertInto('person')
      .values({ id, name: id, login: `${id}@login`, password_hash: '', role })
      .execute();
  }

  async training(id: string): Promise<void> {
    await this.#db.insertInto('training').values({ id, title: id, removed_at: null }).execute();
  }

  async trained(person: string, training: string, { until, supervised = 0, maySupervise = false }: TrainedMore = {}): Promise<void> {
    const row = {
      person_id: person,
      training_id: training,
      valid_from: new Date(0),
      valid_until: until === undefined ? null : new Date(until),
      supervised_left: supervised,
      may_supervise: maySupervise,
      noted_by: 'anna',
      revoked_by: null,
      revoked_at: null,
    };
    await this.#db.insertInto('person_training').values(row).execute();
  }

  async revoke(person: string): Promise<void> {
    const revoked = { revoked_at: new Date(), revoked_by: 'anna' };
    await this.#db.updateTable('person_training').set(revoked).where('person_id', '=', person).where('revoked_at', 'is', null).execute();
  }

  /** How many uses of a person are still to be supervised. */
  async supervisedLeft(person: string): Promise<number | undefined> {
    const rows = this.#db.selectFrom('person_training').select('supervised_left').where('person_id', '=', person);
    return (await rows.where('revoked_at', 'is', null).executeTakeFirst())?.supervised_left;
  }

  /** A new version of the rule. */
  async rule(id: string, template: string, params: object, { equipment, onLoss = 'hold', active = true }: RuleMore = {}): Promise<void> {
    const newest = await this.#db
      .selectFrom('site_rule')
      .select('version')
      .where('id', '=', id)
      .orderBy('version', 'desc')
      .executeTakeFirst();
    const row = {
      id,
      version: (newest?.version ?? 0) + 1,
      template,
      params: JSON.stringify(params),
      equipment: equipment === undefined ? null : JSON.stringify(equipment),
      on_loss: onLoss,
      active,
      changed_by: 'anna',
    };
    await this.#db.insertInto('site_rule').values(row).execute();
  }

  async booking(equipment: string, person: string, from: number, until: number): Promise<void> {
    const row = { id: `${equipment}-${from}`, equipment, person_id: person, made_by: 'anna', cancelled_at: null };
    await this.#db
      .insertInto('booking')
      .values({ ...row, starts_at: new Date(from), ends_at: new Date(until) })
      .execute();
  }

  async plan(id: string, equipment: string, { everyDays, everyHours, enforced = false, lastDoneAt }: PlanMore): Promise<void> {
    const row = { id, equipment, text: id, every_days: everyDays ?? null, every_hours: everyHours ?? null, enforced, done_by: null };
    const last = lastDoneAt === undefined ? {} : { last_done_at: new Date(lastDoneAt) };
    await this.#db
      .insertInto('maintenance_plan')
      .values({ ...row, ...last, due_at: null, removed_at: null })
      .execute();
  }

  async runningMs(equipment: string): Promise<number> {
    const row = await this.#db.selectFrom('equipment_hours').select('producing_ms').where('equipment', '=', equipment).executeTakeFirst();
    return row?.producing_ms ?? 0;
  }

  /** These people state to be in the workshop, for so long by the clock of the database; when that is over, ms since 1970. */
  async present(people: readonly string[], ms: number): Promise<number> {
    for (const person of people) {
      const session = { id: `session-${person}`, person_id: person, expires_at: new Date(Date.now() + 86_400_000), ended_at: null };
      await this.#db
        .insertInto('session')
        .values(session)
        .onConflict(conflict => conflict.doNothing())
        .execute();
      const until = sql<Date>`now() + make_interval(secs => ${ms / 1_000})`;
      await this.#db
        .insertInto('presence')
        .values({ session_id: session.id, equipment: '', until })
        .onConflict(conflict => conflict.columns(['session_id', 'equipment']).doUpdateSet({ until }))
        .execute();
    }
    return Date.now() + ms;
  }

  /** Takes everything back but people, trainings and equipment; rules are put out of force, for their versions stay. */
  async empty(): Promise<void> {
    for (const table of ['person_training', 'booking', 'maintenance_plan', 'equipment_hours', 'presence'] as const)
      await this.#db.deleteFrom(table).execute();
    await sql`insert into site_rule (id, version, template, params, equipment, on_loss, active, changed_by)
      select id, version + 1, template, params, equipment, on_loss, false, changed_by
      from (select distinct on (id) * from site_rule order by id, version desc) newest where active`.execute(this.#db);
  }
}
