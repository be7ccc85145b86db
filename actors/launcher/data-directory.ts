import { accessSync, chmodSync, constants, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from './cannot-start.ts';

/** The folders of an installation; everything W.I.T. remembers lies in them. */
export interface DataDirectory {
  readonly root: string;
  /** Sockets, lock, endpoints.json, ports of simulated devices; worthless after the run. */
  readonly run: string;
  readonly ports: string;
  readonly secrets: string;
  readonly postgres: string;
  readonly nats: string;
  readonly logs: string;
}

/** Makes the folders, all for their owner alone. Throws CannotStart when the place cannot be used. */
export function prepareDataDirectory(root: string): DataDirectory {
  const of = (name: string) => join(root, name);
  const directory = {
    root,
    run: of('run'),
    ports: of('run/ports'),
    secrets: of('secrets'),
    postgres: of('postgres'),
    nats: of('nats'),
    logs: of('logs'),
  };
  try {
    for (const path of Object.values(directory)) ensureFolder(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new CannotStart(
      `${root} cannot be used as the data directory (${code}): make it a writable folder, or set WIT_DATA_DIR to another.`,
      { cause },
    );
  }
  return directory;
}

function ensureFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
}
