import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** 1 MiB: small enough for one statement within its timeout, large enough to be few. */
const CHUNK_BYTES = 1_048_576;

export type PutBlobResult =
  | { readonly ok: true; readonly hash: string; readonly size: number }
  | { readonly ok: false; readonly code: 'too-large'; readonly limitBytes: number };

/**
 * Stores bytes under their SHA-256 (hex) while they arrive; holds at most one chunk in memory. Equal bytes are stored once.
 * Throws what the source throws (nothing is left behind then) and when the database is away.
 */
export async function putBlob(db: Database, source: AsyncIterable<Uint8Array>, limitBytes: number): Promise<PutBlobResult> {
  const upload = `upload-${randomUUID()}`;
  await db.insertInto('blob').values({ hash: upload, size: 0 }).execute();
  try {
    const stored = await storeChunks(db, upload, limited(source, limitBytes));
    if (stored === null) return { ok: false, code: 'too-large', limitBytes };
    await adopt(db, upload, stored);
    return { ok: true, ...stored };
  } finally {
    // Its chunks go with it. A crash in between leaves a row named upload-*, which the next upload a day later sweeps.
    await db.deleteFrom('blob').where('hash', '=', upload).execute();
    await sql`delete from blob where hash like 'upload-%' and created_at < now() - interval '1 day'`.execute(db);
  }
}

/** The source, ended by null as soon as it holds more than the limit. */
async function* limited(source: AsyncIterable<Uint8Array>, limitBytes: number): AsyncIterable<Uint8Array | null> {
  let seen = 0;
  for await (const bytes of source) {
    seen += bytes.byteLength;
    if (seen > limitBytes) {
      yield null;
      return;
    }
    yield bytes;
  }
}

async function storeChunks(db: Database, upload: string, source: AsyncIterable<Uint8Array | null>) {
  const digest = createHash('sha256');
  let pending: Buffer[] = [];
  let [pendingBytes, size, i] = [0, 0, 0];
  const flush = async () => {
    if (pendingBytes === 0) return;
    await db
      .insertInto('blob_chunk')
      .values({ hash: upload, i, data: Buffer.concat(pending) })
      .execute();
    [pending, pendingBytes, i] = [[], 0, i + 1];
  };
  for await (const bytes of source) {
    if (bytes === null) return null;
    digest.update(bytes);
    size += bytes.byteLength;
    for (let at = 0; at < bytes.byteLength; ) {
      const part = bytes.subarray(at, at + CHUNK_BYTES - pendingBytes);
      pending.push(Buffer.from(part));
      [pendingBytes, at] = [pendingBytes + part.byteLength, at + part.byteLength];
      if (pendingBytes >= CHUNK_BYTES) await flush();
    }
  }
  await flush();
  return { hash: digest.digest('hex'), size };
}

/** Renames the upload's chunks to the real hash, unless somebody stored the same bytes before. */
async function adopt(db: Database, upload: string, { hash, size }: { hash: string; size: number }): Promise<void> {
  await db.transaction().execute(async tx => {
    const fresh = await tx
      .insertInto('blob')
      .values({ hash, size, complete: true })
      .onConflict(conflict => conflict.doNothing())
      .returning('hash')
      .executeTakeFirst();
    if (fresh) await tx.updateTable('blob_chunk').set({ hash }).where('hash', '=', upload).execute();
  });
}

/** The bytes in order, one chunk at a time; ends early when a chunk is missing, so check the hash. */
export async function* readBlob(db: Database, hash: string): AsyncIterable<Buffer> {
  for (let i = 0; ; i += 1) {
    const row = await db.selectFrom('blob_chunk').select('data').where('hash', '=', hash).where('i', '=', i).executeTakeFirst();
    if (!row) return;
    yield row.data;
  }
}
