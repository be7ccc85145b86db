import { replayBundle } from '../jobs/replay-bundle.ts';
import type { Database } from '../storage/database.ts';
import { exportSlice, readBundle } from '../storage/journal-bundle.ts';

/**
 * Exports the journal of every actor, proves each bundle and derives it anew: what a test has lived is a recording too. Yields one
 * line for each that is not what was lived.
 */
export async function replayAll(db: Database): Promise<string[]> {
  const actors = await db.selectFrom('actor').select('id').where('seq', '>', 0).orderBy('id').execute();
  const troubles: string[] = [];
  for (const { id } of actors) {
    const lines: string[] = [];
    for await (const line of exportSlice(db, { actorId: id })) lines.push(line.trimEnd());
    const proven = await readBundle(lines);
    if (!proven.ok) {
      troubles.push(`${id}: line ${proven.line} is ${proven.reason}`);
      continue;
    }
    const replayed = await replayBundle(proven.bundle);
    if (!replayed?.ok) troubles.push(`${id}: ${JSON.stringify(replayed)}`);
  }
  return troubles;
}
