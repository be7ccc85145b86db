import { type ChildProcess, spawn } from 'node:child_process';

/** Keeps every core busy with `count` endless loops until the returned function is called. */
export function startHogs(count: number): () => void {
  const hogs: ChildProcess[] = Array.from({ length: count }, () => spawn(process.execPath, ['-e', 'for(;;);'], { stdio: 'ignore' }));
  return () => {
    for (const hog of hogs) hog.kill('SIGKILL');
  };
}
