import { readdirSync, readFileSync } from 'node:fs';
import { until } from './until.ts';

/**
 * SIGSTOP, and resolves when every thread of the process stands still: on a busy computer some run on for a while after the signal was
 * sent, and a server still does what reaches it then.
 */
export async function suspend(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await until(`process ${pid} is stopped`, () => threadStates(pid).every(state => state === 'T'));
}

/** The state letter of each thread, proc(5). */
function threadStates(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/task`).map(thread => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    return text.charAt(text.lastIndexOf(')') + 2);
  });
}
