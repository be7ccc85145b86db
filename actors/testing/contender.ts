import { openDatabase } from '../storage/database.ts';
import { acquire, readHead } from '../storage/journal.ts';

/** A program that looks at an actor, says so, waits for the word of its parent, and tries to own it from the epoch that it saw. */
async function main([url = '', actorId = '', owner = '']: readonly string[]): Promise<void> {
  const db = openDatabase({ url, name: owner, poolSize: 1, timeoutMs: 30_000 });
  const expectedEpoch = (await readHead(db, actorId))?.epoch ?? 0;
  const go = new Promise(resolve => process.once('message', resolve));
  process.send?.({ looked: expectedEpoch });
  await go;
  const chart = { id: 'lamp', version: '1.0.0', hash: 'h' };
  const epoch = await acquire(db, { actorId, kind: 'equipment', chart, owner, nonce: `${owner}-${process.pid}`, expectedEpoch });
  await db.destroy();
  process.send?.({ epoch });
  process.disconnect?.();
}

await main(process.argv.slice(2));
