import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { CannotStart } from './cannot-start.ts';
import { isAlive, startTime } from './process-facts.ts';

const holderSchema = z.object({ pid: z.number(), began: z.string().nullable() });
type Holder = z.infer<typeof holderSchema>;

/** The right to be the only launcher on a data directory. */
export interface InstanceLock {
  release(): void;
}

/**
 * Takes the lock file or throws CannotStart when a living launcher holds it. A holder is named by process id and start time, so that a
 * reused id does not keep the lock of a killed launcher alive.
 */
export function takeInstanceLock(file: string, dataDirectory: string): InstanceLock {
  for (let attempt = 0; attempt < 5; attempt++) {
    if (tryTake(file)) return { release: () => rmSync(file, { force: true }) };
    const holder = readHolder(file);
    if (holder && lives(holder))
      throw new CannotStart(
        `W.I.T. already runs on ${dataDirectory} (process ${holder.pid}): end it first, or set WIT_DATA_DIR to another folder.`,
      );
    removeStale(file);
  }
  throw new CannotStart(`The lock ${file} cannot be taken: another start is under way.`);
}

/** A hard link appears whole or not at all, and never replaces. */
function tryTake(file: string): boolean {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, began: startTime(process.pid) } satisfies Holder), { mode: 0o600 });
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Two starts may find the same stale lock: what was moved aside is looked at again, and a living holder's is put back. */
function removeStale(file: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    const holder = readHolder(aside);
    if (holder && lives(holder)) linkSync(aside, file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readHolder(file: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

function lives(holder: Holder): boolean {
  return isAlive(holder.pid) && startTime(holder.pid) === holder.began;
}
