import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Json, plainJson } from './journal-entry.ts';

/**
 * What one actor did while the database was away, on local disk. The file is preallocated, so that a full disk does not stop
 * the stop from being written down. Format: an identity line, then records of `length:8 hex, digest:16 hex, JSON`, ended by zeros.
 */
export interface WriteAheadFile {
  /** Changes with every `clear`: a copy into the journal remembers which file it copied. */
  readonly fileId: string;
  /** Records in it. */
  readonly count: number;
  /** Adds a record and waits until the disk has it; false when the file is full or the disk refuses. */
  append(record: unknown): Promise<boolean>;
  /** All whole records, oldest first; a torn last one is left out. */
  records(): Promise<readonly Json[]>;
  /** Forgets every record after so many were copied; false, and nothing is forgotten, when others were added meanwhile. */
  clear(copied: number): Promise<boolean>;
  close(): Promise<void>;
  /** For an actor that will hardly live again: closes it, and removes it when nothing waits in it. */
  discard(): Promise<void>;
}

/** Of an actor that keeps nothing locally: what cannot be written to the journal is not taken. */
export const noWriteAhead: WriteAheadFile = {
  fileId: 'none',
  count: 0,
  append: async () => false,
  records: async () => [],
  clear: async () => true,
  close: async () => undefined,
  discard: async () => undefined,
};

export const writeAheadBytes = 1_048_576;
const HEADER_BYTES = 64;
const ID_BYTES = 36;
const PREFIX_BYTES = 24;

/** Opens or makes the file; throws when the disk refuses even that. */
export async function openWriteAhead(path: string): Promise<WriteAheadFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const handle = await open(path, 'a+', 0o600).then(made => made.close().then(() => open(path, 'r+')));
  const file = new PreallocatedFile(path, handle);
  await file.load();
  return file;
}

class PreallocatedFile implements WriteAheadFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #fileId = '';
  #end = HEADER_BYTES;
  #count = 0;
  /** One write at a time: a copy into the journal ends while a stop is written down. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  get fileId(): string {
    return this.#fileId;
  }

  get count(): number {
    return this.#count;
  }

  async load(): Promise<void> {
    const bytes = await readFile(this.#path);
    if (bytes.byteLength !== writeAheadBytes) return this.#empty();
    this.#fileId = bytes.subarray(0, ID_BYTES).toString('ascii');
    const { records, end } = parse(bytes);
    [this.#count, this.#end] = [records.length, end];
  }

  append(record: unknown): Promise<boolean> {
    return this.#inTurn(() => this.#append(record));
  }

  async #append(record: unknown): Promise<boolean> {
    const body = Buffer.from(JSON.stringify(plainJson(record)));
    const bytes = Buffer.concat([Buffer.from(prefixOf(body)), body]);
    // Room for the zeros that end the list stays free.
    if (this.#end + bytes.byteLength + PREFIX_BYTES > writeAheadBytes) return false;
    try {
      await this.#handle.write(bytes, 0, bytes.byteLength, this.#end);
      await this.#handle.datasync();
    } catch {
      return false;
    }
    this.#end += bytes.byteLength;
    this.#count += 1;
    return true;
  }

  async records(): Promise<readonly Json[]> {
    return parse(await readFile(this.#path)).records;
  }

  clear(copied: number): Promise<boolean> {
    return this.#inTurn(async () => {
      if (copied !== this.#count) return false;
      if (copied > 0) await this.#empty();
      return true;
    });
  }

  async #empty(): Promise<void> {
    // The list ends before the file gets its new name: a power cut in between must not leave copied records under a name nobody knows.
    await this.#handle.write(Buffer.alloc(PREFIX_BYTES), 0, PREFIX_BYTES, HEADER_BYTES);
    await this.#handle.datasync();
    this.#fileId = randomUUID();
    const empty = Buffer.alloc(writeAheadBytes);
    empty.write(this.#fileId, 'ascii');
    await this.#handle.write(empty, 0, empty.byteLength, 0);
    await this.#handle.datasync();
    [this.#count, this.#end] = [0, HEADER_BYTES];
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async discard(): Promise<void> {
    await this.close();
    if (this.#count === 0) await rm(this.#path, { force: true });
  }
}

function prefixOf(body: Buffer): string {
  return body.byteLength.toString(16).padStart(8, '0') + createHash('sha256').update(body).digest('hex').slice(0, 16);
}

function parse(bytes: Buffer): { records: Json[]; end: number } {
  const records: Json[] = [];
  let end = HEADER_BYTES;
  while (end + PREFIX_BYTES < bytes.byteLength) {
    const prefix = bytes.subarray(end, end + PREFIX_BYTES).toString('ascii');
    const length = Number.parseInt(prefix.slice(0, 8), 16);
    if (!(length > 0)) break;
    const body = bytes.subarray(end + PREFIX_BYTES, end + PREFIX_BYTES + length);
    if (prefixOf(body) !== prefix) break;
    records.push(JSON.parse(body.toString()));
    end += PREFIX_BYTES + length;
  }
  return { records, end };
}
