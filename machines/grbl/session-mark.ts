import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A file that exists while a driver holds the machine, and stays behind when the process dies: then the controller may still be
 * emptying what it was sent, and the next life's first byte is the hold byte.
 */
export interface SessionMark {
  /** True when the last life of this equipment did not end in order. */
  readonly orphaned: boolean;
  /** Removes the mark: the machine was left at rest. */
  clear(): void;
}

/** Sets the mark in the equipment's directory. A directory that cannot be written counts as orphaned: the cautious reading. */
export function setSessionMark(directory: string): SessionMark {
  const file = join(directory, 'in-use');
  return { orphaned: !create(directory, file), clear: () => rmSync(file, { force: true }) };
}

function create(directory: string, file: string): boolean {
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}
