import { sql } from 'kysely';
import type { Finding } from '../transport/self-test.ts';
import type { Database } from './database.ts';

const oldest = { number: 140_000, name: '14' };

/** What this PostgreSQL is set to that the journal cannot be promised on. Throws when it is away. */
export async function testDatabase(db: Database): Promise<Finding[]> {
  const { rows } = await sql<{ name: string; setting: string }>`
    select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'server_version_num')`.execute(
    db,
  );
  const is = new Map(rows.map(row => [row.name, row.setting]));
  const off = (name: string, what: string): Finding[] =>
    is.get(name) === 'off' ? [{ code: `postgresql-${name.replaceAll('_', '-')}`, sentence: `PostgreSQL has ${name} off: ${what}` }] : [];
  const version = Number(is.get('server_version_num'));
  return [
    ...off('fsync', 'a power cut can destroy the journal; switch it on.'),
    ...off('full_page_writes', 'a power cut can destroy pages of the journal; switch it on.'),
    ...off('synchronous_commit', 'a power cut loses the last commands that were acknowledged; switch it on.'),
    ...(version < oldest.number
      ? [{ code: 'postgresql-version', sentence: `PostgreSQL is older than ${oldest.name}, which W.I.T. was never run on.` }]
      : []),
  ];
}
