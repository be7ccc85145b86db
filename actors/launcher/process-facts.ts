import { readFileSync } from 'node:fs';

/**
 * True while a process with this id runs. A zombie counts as ended: it holds no file, port or lock, it only waits to be reaped.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return statFields(pid)?.[0] !== 'Z';
}

/**
 * When a process began, in clock ticks since boot: with the id it names one process for ever, a reused id differs. Null where /proc is
 * missing or the process is gone.
 */
export function startTime(pid: number): string | null {
  return statFields(pid)?.[19] ?? null;
}

/** The fields of /proc/PID/stat from the third (state) on; the second is a name that may hold spaces and brackets. */
function statFields(pid: number): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** Waits until a process has ended; false when it has not after `ms`. */
export async function hasEnded(pid: number, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  return true;
}
