import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Path of a cleaned program in a directory of such. */
export function cleanedPath(directory: string, hash: string): string {
  return join(directory, `${hash}.nc`);
}

/** A cleaned program being written; it appears under its hash only when it is whole and on the disk. */
export class CleanedFile {
  readonly #directory: string;
  readonly #folder: string;
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #pending: string[] = [];
  lines = 0;
  bytes = 0;

  private constructor(directory: string, folder: string, file: FileHandle) {
    this.#directory = directory;
    this.#folder = folder;
    this.#file = file;
  }

  static async create(directory: string): Promise<CleanedFile> {
    await mkdir(directory, { recursive: true });
    const folder = await mkdtemp(join(directory, '.check-'));
    return new CleanedFile(directory, folder, await open(join(folder, 'program.nc'), 'wx', 0o600));
  }

  add(line: string): void {
    this.#pending.push(line);
    this.lines += 1;
    this.bytes += line.length + 1;
  }

  /** Writes what was added since the last call. */
  async flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    const text = `${this.#pending.join('\n')}\n`;
    this.#pending = [];
    this.#hash.update(text, 'latin1');
    await this.#file.writeFile(text, 'latin1');
  }

  /** Puts the file in its place; the SHA-256 of its content. */
  async keep(): Promise<string> {
    await this.flush();
    const hash = this.#hash.digest('hex');
    await this.#file.sync();
    await rename(join(this.#folder, 'program.nc'), cleanedPath(this.#directory, hash));
    return hash;
  }

  /** Closes and removes what is not kept. */
  async close(): Promise<void> {
    await this.#file.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
