import type { Database } from './database.ts';

/** The newest version of every rule of the site, by id, in force or not. */
export function newestRules(db: Pick<Database, 'selectFrom'>) {
  return db.selectFrom('site_rule').distinctOn('id').selectAll().orderBy('id').orderBy('version', 'desc');
}
