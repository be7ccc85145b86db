import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { endStates } from '../../statecharts/job/status.ts';
import { type Database, sqlState } from './database.ts';
import { type BundleResult, exportSlice, verifyBundle } from './journal-bundle.ts';
import type { ChainHead } from './verify-journal.ts';

/** Where a process can die while it archives; each leaves the tables or the proven bundle whole, or both. */
export type ArchivePoint = 'written' | 'proven' | 'kept' | 'removed';

export interface ArchiveOptions {
  readonly db: Database;
  /** Bundles are kept below it, by month of the job's end. One process at a time may write there. */
  readonly folder: string;
  /** Told of each point as it is passed; for tests, which die there. */
  at?(point: ArchivePoint): void | Promise<void>;
}

export type Archived =
  | { readonly ok: true; readonly actorId: string; readonly file: string; readonly events: number }
  /** `went-on`: it is not closed any more, or its journal is not what was exported. `unsound`: what was written does not prove itself. */
  | { readonly ok: false; readonly actorId: string; readonly code: 'went-on' | 'unsound'; readonly message: string };

interface Closed {
  readonly id: string;
  readonly updated_at: Date;
}

/** Jobs that ended and of which nothing was heard since `before` (ms since 1970), the oldest first. Throws when the database is away. */
export async function closedJobs(db: Database, before: number): Promise<Closed[]> {
  return (
    db
      .selectFrom('actor')
      .select(['id', 'updated_at'])
      .where('kind', '=', 'job')
      .where(sql<string>`status->>'state'`, 'in', [...endStates])
      // Nobody has it in memory.
      .where('shard', 'is', null)
      .where('updated_at', '<', new Date(before))
      .orderBy('updated_at')
      .execute()
  );
}

/**
 * Takes the journal of one closed job out of the tables. First its bundle is on the disk, read back from there and proven; then one
 * transaction compares it with the journal once more, remembers its head and removes the rows. Whoever dies in between loses nothing, and
 * the next one begins anew. Throws when the database is away or the disk refuses.
 */
export async function archiveJob(options: ArchiveOptions, { id, updated_at }: Closed): Promise<Archived> {
  const { db, folder, at = () => undefined } = options;
  const file = join(updated_at.toISOString().slice(0, 7), `${id.replace('/', '-')}.jsonl`);
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.part`;
  await writeBundle(db, id, part);
  await at('written');
  const proof = await proven(part);
  if (!proof.ok || proof.header.actor !== id || proof.header.from !== 1) {
    const where = proof.ok ? 'it is of somebody else' : `line ${proof.line} is ${proof.reason}`;
    return { ok: false, actorId: id, code: 'unsound', message: `${part}: ${where}; the journal stays in the database.` };
  }
  await at('proven');
  await rename(part, path);
  await syncFolders(folder, dirname(path));
  await at('kept');
  const refused = await remove(db, { id, file, proof });
  if (refused !== null) {
    await rm(path);
    return { ok: false, actorId: id, code: 'went-on', message: refused };
  }
  await at('removed');
  return { ok: true, actorId: id, file, events: proof.events };
}

async function writeBundle(db: Database, actorId: string, path: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for await (const line of exportSlice(db, { actorId })) await file.write(line);
    await file.sync();
  } finally {
    await file.close();
  }
}

type Proof = BundleResult & { readonly ok: true; readonly sha256: string };

/** Reads a bundle from the disk and proves it. */
async function proven(path: string, seen?: ChainHead): Promise<Proof | (BundleResult & { ok: false })> {
  const result = await verifyBundle(createInterface({ input: createReadStream(path) }), { seen });
  return result.ok ? { ...result, sha256: await sumOf(path) } : result;
}

async function sumOf(path: string): Promise<string> {
  const sum = createHash('sha256');
  for await (const chunk of createReadStream(path)) sum.update(chunk as Buffer);
  return sum.digest('hex');
}

/** A name is on the disk when its folder is. */
async function syncFolders(...folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  }
}

/** Why the database did not remove it; null: it did. What was never answered may have been done: then this throws, and the file stays. */
async function remove(db: Database, { id, file, proof }: { id: string; file: string; proof: Proof }): Promise<string | null> {
  try {
    await sql`select archive_job(${id}, ${proof.events}, ${proof.hash}, ${file}, ${proof.sha256})`.execute(db);
    return null;
  } catch (cause) {
    // Raised by the function itself: its transaction is undone for certain.
    if (sqlState(cause) !== 'P0001') throw cause;
    return cause instanceof Error ? cause.message : String(cause);
  }
}

/** Whether a job was archived; throws when the database is away. */
export async function isArchived(db: Database, actorId: string): Promise<boolean> {
  const row = await db.selectFrom('archive').select('actor_id').where('actor_id', '=', actorId).executeTakeFirst();
  return row !== undefined;
}

/** What is wrong with a bundle that the database says was archived, in words; null: nothing. */
export interface ArchiveVerdict {
  readonly actorId: string;
  readonly file: string;
  readonly trouble: string | null;
}

/** Proves every archived bundle, against what the database remembers of it and against the heads of an earlier walk. */
export async function* verifyArchive(db: Database, folder: string, seen: ReadonlyMap<string, ChainHead>): AsyncIterable<ArchiveVerdict> {
  const rows = await db.selectFrom('archive').select(['actor_id', 'events', 'hash', 'file', 'sha256']).orderBy('actor_id').execute();
  for (const { actor_id: actorId, events, hash, file, sha256 } of rows) {
    const about = { actorId, file };
    try {
      const proof = await proven(join(folder, file), seen.get(actorId));
      const same = proof.ok && proof.events === events && proof.hash === hash && proof.sha256 === sha256 && proof.header.actor === actorId;
      const trouble = proof.ok ? (same ? null : 'not the bundle that was archived') : `line ${proof.line}: ${proof.reason}`;
      yield { ...about, trouble };
    } catch (cause) {
      yield { ...about, trouble: `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}` };
    }
  }
}
