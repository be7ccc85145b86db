import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A disk of its own for a folder, small enough to be filled; only root may mount one. */
export class SmallDisk {
  readonly folder: string;
  readonly mounted: boolean;

  constructor(folder: string, megabytes: number) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'wit-test', folder]).status === 0;
  }

  /** Takes every byte that is left. */
  fill(): void {
    const file = openSync(this.#ballast, 'w');
    for (let size = 1_048_576; size >= 1; size = Math.floor(size / 4)) {
      const chunk = Buffer.alloc(size);
      try {
        while (writeSync(file, chunk) === size);
      } catch {
        // Full for this size; the rest is filled with smaller pieces.
      }
    }
    closeSync(file);
  }

  makeRoom(): void {
    rmSync(this.#ballast, { force: true });
  }

  remove(): void {
    if (this.mounted) spawnSync('umount', ['-l', this.folder]);
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }
}
