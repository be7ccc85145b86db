import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readBlob } from '../storage/blobs.ts';
import type { Database } from '../storage/database.ts';

export type LocalBlobResult = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly code: 'missing' | 'changed' };

/**
 * A copy of a stored blob in this node's own folder, under its hash: a running job needs no database. What is there is believed
 * only after its hash was computed again. Throws when the database is away or the disk refuses.
 */
export async function ensureLocalBlob(db: Database, folder: string, hash: string): Promise<LocalBlobResult> {
  const path = join(folder, hash);
  if ((await hashOfFile(path)) === hash) return { ok: true, path };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const making = join(folder, `.${hash}-${randomUUID()}`);
  try {
    const found = await copy(db, hash, making);
    if (found !== hash) return { ok: false, code: found === null ? 'missing' : 'changed' };
    await rename(making, path);
    return { ok: true, path };
  } finally {
    await rm(making, { force: true });
  }
}

/** Copies and returns the hash of what was copied; null when there was nothing. */
async function copy(db: Database, hash: string, path: string): Promise<string | null> {
  const digest = createHash('sha256');
  let handle: FileHandle | null = null;
  try {
    for await (const chunk of readBlob(db, hash)) {
      handle ??= await open(path, 'wx', 0o600);
      digest.update(chunk);
      await handle.write(chunk);
    }
    await handle?.sync();
    return handle === null ? null : digest.digest('hex');
  } finally {
    await handle?.close();
  }
}

async function hashOfFile(path: string): Promise<string | null> {
  const digest = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) digest.update(chunk);
    return digest.digest('hex');
  } catch {
    return null;
  }
}
