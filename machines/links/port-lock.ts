import { createHash } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A held port. `held()` is asked again after opening: two contenders may race for a stale lock. */
export interface PortLock {
  held(): boolean;
  release(): void;
}

export type PortLockResult = { readonly ok: true; readonly lock: PortLock } | { readonly ok: false; readonly sentence: string };

/** The place all processes of this computer agree on, whoever runs them. */
export const portLockDirectory = join(tmpdir(), 'wit-locks');

/**
 * Takes the lock of a port before it is opened: the serial library locks only after it has touched the port, and touching may
 * already have reset the board. `realPath` must be resolved, so that two names of one port meet at one lock. Never throws.
 */
export function takePortLock(realPath: string, directory: string = portLockDirectory): PortLockResult {
  try {
    // Sticky and open to everybody like the temporary directory itself: several users may share one machine's ports.
    mkdirSync(directory, { recursive: true });
    openToEverybody(directory);
    return take(join(directory, fileName(realPath)), realPath);
  } catch (cause) {
    return { ok: false, sentence: `The lock of ${realPath} cannot be written: ${messageOf(cause)}.` };
  }
}

function take(file: string, realPath: string): PortLockResult {
  const mine = ownMark();
  for (let attempt = 0; attempt < 3; attempt++) {
    if (linkWhole(file, mine)) return { ok: true, lock: heldLock(file, mine) };
    const theirs = readMark(file);
    if (theirs === null) continue;
    if (isAlive(theirs)) return { ok: false, sentence: `${realPath} is in use by process ${theirs.split(' ')[0]}${since(file)}.` };
    setAside(file, theirs);
  }
  return { ok: false, sentence: `${realPath} is being taken by another process.` };
}

/** When the lock was taken, by the wall clock of this computer. */
function since(file: string): string {
  try {
    return ` since ${statSync(file).mtime.toISOString()}`;
  } catch {
    // Released at this moment.
    return '';
  }
}

function heldLock(file: string, mine: string): PortLock {
  const held = () => readMark(file) === mine;
  return {
    held,
    release() {
      if (held()) rmSync(file, { force: true });
    },
  };
}

/** A link to a complete file appears whole or not at all; creating the lock itself and then writing it would show it empty. */
function linkWhole(file: string, mark: string): boolean {
  const draft = `${file}.${process.pid}.${Math.trunc(performance.now() * 1000)}`;
  writeFileSync(draft, mark, { flag: 'wx' });
  try {
    linkSync(draft, file);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw cause;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moves a dead owner's lock away; one that a faster contender has put there meanwhile is put back. */
function setAside(file: string, expected: string): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    if (readMark(aside) !== expected) linkSync(aside, file);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT' && codeOf(cause) !== 'EEXIST') throw cause;
  } finally {
    rmSync(aside, { force: true });
  }
}

function isAlive(mark: string): boolean {
  const pid = Number(mark.split(' ')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (cause) {
    return codeOf(cause) === 'EPERM';
  }
  const started = startOf(pid);
  return started === 'unknown' || mark === `${pid} ${started}`;
}

function ownMark(): string {
  return `${process.pid} ${startOf(process.pid)}`;
}

/** When a process began, so that a recycled process number is not mistaken for the owner. Linux only; elsewhere `unknown`. */
function startOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name in parentheses may hold spaces: count the fields after it (proc(5): starttime is field 22).
    return `${boot}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return 'unknown';
  }
}

function readMark(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function openToEverybody(directory: string): void {
  try {
    chmodSync(directory, 0o1777);
  } catch {
    // Another user made it; then it is open already.
  }
}

function fileName(realPath: string): string {
  const plain = realPath.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-/, '');
  return `${plain}.${createHash('sha256').update(realPath).digest('hex').slice(0, 8)}`;
}

function codeOf(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
