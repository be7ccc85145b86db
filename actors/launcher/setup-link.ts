import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../storage/database.ts';

/**
 * A fresh single-use link for making the first administrator, good for 15 minutes; null once anybody exists. Earlier links die. The token
 * stands behind '#', which browsers send to nobody; of it only the SHA-256 is stored.
 */
export async function newSetupLink(db: Database, url: string): Promise<string | null> {
  if (await db.selectFrom('person').select('id').limit(1).executeTakeFirst()) return null;
  const token = randomBytes(32).toString('base64url');
  const hash = createHash('sha256').update(token).digest('hex');
  await db.deleteFrom('setup_token').where('used_at', 'is', null).execute();
  await db.insertInto('setup_token').values({ hash, expires_at: sql<Date>`now() + interval '15 minutes'`, used_at: null }).execute();
  return `${url}/setup#token=${token}`;
}
