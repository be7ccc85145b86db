import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
  const folders = {
    root,
    run: of('run'),
    ports: of('run/ports'),
    secrets: of('secrets'),
    postgres: of('postgres'),
    nats: of('nats'),
    logs: of('logs'),
  };
  try {
    for (const path of Object.values(folders)) ensureFolder(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new CannotStart(
      `${root} cannot be used as the data directory (${code}): make it a writable folder, or set WIT_DATA_DIR to another.`,
      { cause },
    );
  }
  return folders;
}

/** A path to the data directory under which sockets can be made; `discard` when it is not used any more. */
export interface ShortPath {
  readonly path: string;
  discard(): void;
}

/** A socket's path has at most 107 bytes; the longest below the root is `run/stop-<node id>.sock`, and a node id has at most 40. */
const longestRoot = 107 - '/run/stop-.sock'.length - 40;

/** The root itself, or where its path is too long for sockets, a link to it in the folder for temporary files. */
export function shortPathTo(root: string): ShortPath {
  if (Buffer.byteLength(root) <= longestRoot) return { path: root, discard: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'wit-'));
  const path = join(folder, 'data');
  symlinkSync(root, path);
  return { path, discard: () => rmSync(folder, { recursive: true, force: true }) };
}

function ensureFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
}
