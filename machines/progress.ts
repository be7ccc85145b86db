import { closeSync, fdatasync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const progressSchema = z.object({
  job: z.string(),
  hash: z.string(),
  /** Last line handed to the link, or about to be. */
  sent: z.number(),
  /** Last line the device answered. */
  acknowledged: z.number(),
  total: z.number(),
  /** How the run ended; null while it runs, and for ever when the process died in it. */
  ended: z.string().nullable(),
});

/** How far a program run came, as the driver's file says; lines are 1-based in the cleaned program. */
export type Progress = Readonly<z.infer<typeof progressSchema>>;

/** Keeps the progress of one run on disk. Writing never throws. */
export interface ProgressFile {
  write(progress: Progress): void;
  close(): void;
}

const fileName = 'progress.json';
/** One record of fixed size, written in place: no growth, so that a full disk does not end it, and no torn record when the process dies. */
const recordBytes = 512;
const syncEveryMs = 1000;

/**
 * Opens the progress file of a directory for one run. Each write is handed to the operating system before it returns (it
 * survives the death of this process) and synced to the disk at most once a second (it survives a power cut up to a second old).
 */
export function openProgress(directory: string, monotonic: () => number): ProgressFile {
  const fd = openFile(directory);
  return fd === null ? { write() {}, close() {} } : new InPlaceFile(fd, monotonic);
}

class InPlaceFile implements ProgressFile {
  readonly #fd: number;
  readonly #monotonic: () => number;
  #syncedAt: number;
  #syncing = false;
  #closed = false;

  constructor(fd: number, monotonic: () => number) {
    this.#fd = fd;
    this.#monotonic = monotonic;
    this.#syncedAt = monotonic();
  }

  write(progress: Progress): void {
    if (this.#closed) return;
    put(this.#fd, progress);
    const due = progress.ended !== null || this.#monotonic() - this.#syncedAt >= syncEveryMs;
    if (due && !this.#syncing) this.#sync();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#syncing) closeSync(this.#fd);
  }

  #sync(): void {
    this.#syncing = true;
    this.#syncedAt = this.#monotonic();
    fdatasync(this.#fd, () => {
      this.#syncing = false;
      if (this.#closed) closeSync(this.#fd);
    });
  }
}

/** Reads what the last run in a directory came to; null when there was none or the record is unreadable. Never throws. */
export function readProgress(directory: string): Progress | null {
  try {
    return progressSchema.parse(JSON.parse(readFileSync(join(directory, fileName), 'utf8')));
  } catch {
    return null;
  }
}

function openFile(directory: string): number | null {
  try {
    mkdirSync(directory, { recursive: true });
    return openSync(join(directory, fileName), 'w', 0o600);
  } catch {
    return null;
  }
}

function put(fd: number, progress: Progress): void {
  try {
    writeSync(
      fd,
      Buffer.from(
        JSON.stringify(progress)
          .padEnd(recordBytes - 1)
          .concat('\n'),
      ),
      0,
      null,
      0,
    );
  } catch {
    // A full or failing disk must not end a running job; the journal's checkpoints still say how far it came.
  }
}
