import { randomUUID } from 'node:crypto';
import { putBlob } from '../../actors/storage/blobs.ts';
import { sqlState } from '../../actors/storage/database.ts';
import { roomForFiles } from '../../actors/supervision/storage-watch.ts';
import type { FileEntry } from '../contract/resources.ts';
import { DatabaseAway, type DatabaseDoor } from '../http/database-door.ts';
import { BodyAborted, type WebRequest } from '../http/exchange.ts';
import { type Refused, refuse } from '../http/problems.ts';

/** Left free beyond the upload itself: the journal and the write-ahead files must never starve. */
const reserveBytes = 64 * 1_048_576;
const diskFull = '53100';
const types = /^(application\/octet-stream|text\/plain)\s*(;|$)/i;

export interface UploadOptions {
  readonly door: DatabaseDoor;
  readonly limitBytes: number;
  /** Where the space is looked at before a byte is taken. */
  readonly dataDir: string;
}

export interface Upload {
  readonly request: WebRequest;
  readonly name: string;
  readonly by: string;
}

/** Stores an upload while it arrives; holds one chunk in memory. Everything that can be wrong with it is a refusal. */
export async function storeUpload(upload: Upload, options: UploadOptions): Promise<FileEntry | Refused> {
  const { request, name, by } = upload;
  if (!types.test(request.headers['content-type'] ?? '')) {
    return refuse('unsupported-media-type', 'Send the bytes as application/octet-stream or text/plain.');
  }
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > options.limitBytes) return tooLarge(options.limitBytes);
  const full = await checkSpace(options.dataDir, announced);
  if (full) return full;
  const stored = await store(request, options);
  if ('refused' in stored) return stored;
  if (stored.size === 0) return refuse('empty-file', 'The file is empty.');
  const row = { id: randomUUID(), name, hash: stored.hash, size: stored.size, created_by: by };
  const { created_at } = await options.door.ask(db => db.insertInto('file').values(row).returning('created_at').executeTakeFirstOrThrow());
  return { id: row.id, name, size: row.size, hash: row.hash, createdBy: by, createdAt: created_at.getTime() };
}

async function store(
  { body, headers }: WebRequest,
  { door, limitBytes, dataDir }: UploadOptions,
): Promise<{ hash: string; size: number } | Refused> {
  let aborted = false;
  const announced = Number(headers['content-length'] ?? 0);
  async function* watched() {
    try {
      yield* body;
    } catch (error) {
      aborted = error instanceof BodyAborted;
      throw error;
    }
  }
  try {
    // A client that goes away is told apart from a database that does.
    const put = await door.ask(db => putBlob(db, watched(), limitBytes).catch(error => (aborted ? null : Promise.reject(error))));
    if (put === null) return refuse('invalid', 'The upload ended early.');
    return put.ok ? { hash: put.hash, size: put.size } : tooLarge(limitBytes);
  } catch (error) {
    if (error instanceof DatabaseAway && sqlState(error.cause) === diskFull) return storageFull(await roomForFiles(dataDir), announced);
    throw error;
  }
}

async function checkSpace(folder: string, bytes: number): Promise<Refused | null> {
  const free = await roomForFiles(folder);
  return free < bytes + reserveBytes ? storageFull(free, bytes) : null;
}

function storageFull(free: number, bytes: number): Refused {
  const [has, needs] = [Math.floor(free / 1_048_576), Math.ceil((bytes + reserveBytes) / 1_048_576)];
  return refuse(
    'storage-full',
    `The disk of this server is full: ${has} MB are free, this upload needs ${needs} MB, of which ${reserveBytes / 1_048_576} MB stay free for what machines do. Make room, then upload again; running jobs go on.`,
  );
}

function tooLarge(limitBytes: number): Refused {
  return refuse('too-large', `A file may have at most ${Math.floor(limitBytes / 1_048_576)} MB.`);
}
