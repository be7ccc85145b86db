import type { RunningProgram } from './bound-process.ts';
import type { Supervision } from './supervised.ts';

/** What is done about a program that runs and does not answer. */
export type WhenDeaf = 'restart' | 'tell';

/** Whom to listen to, until when. */
export interface Hearing {
  readonly name: string;
  readonly whenDeaf: WhenDeaf;
  /** How long it may take to end in order, ms. */
  readonly graceMs: number;
  readonly running: RunningProgram;
  readonly signal: AbortSignal;
}

const askEveryMs = 1_000;
/** In a row, each with its own time to answer: a computer that slept is not deaf. */
const missesUntilDeaf = 5;

/**
 * Asks a running program again and again whether it answers; resolves when it ended or nobody wants to know any more. A deaf program is
 * said once. What can be restarted without harm is ended or killed, and comes back as after any other end. A node is not: it may be feeding a
 * machine and only starved of processor time, and killing it would interrupt a good run; whoever can prove that it lost its machines (the
 * lease), or a person, decides.
 */
export async function watchHearing(
  { name, whenDeaf, graceMs, running, signal }: Hearing,
  world: Pick<Supervision, 'wait' | 'say'>,
): Promise<void> {
  const { answers } = running;
  if (!answers) return;
  let misses = 0;
  while (!signal.aborted) {
    await world.wait(askEveryMs, signal);
    if (signal.aborted) return;
    const heard = await answers();
    if (signal.aborted) return;
    if (heard && misses >= missesUntilDeaf) world.say(`${name} answers again.`);
    misses = heard ? 0 : misses + 1;
    if (misses !== missesUntilDeaf) continue;
    world.say(`${name} (process ${running.pid}) runs and does not answer; ${remedies[whenDeaf]}.`);
    if (whenDeaf === 'restart') return running.stop(graceMs);
  }
}

const remedies: Readonly<Record<WhenDeaf, string>> = {
  restart: 'it is killed and started again',
  tell: 'it is left alone, because it may be driving a machine: look at the machine, use the hardware stop if in doubt, and end the process yourself if it stays so',
};
