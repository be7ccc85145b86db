import { type ChildProcess, fork } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setPriority } from 'node:os';
import { foreignEnvironment, openLog, type RunningProgram, running } from './bound-process.ts';
import { CannotStart } from './cannot-start.ts';

/** A program of ours: it says `{ready: true, ...facts}` over its channel, and ends in order when the channel closes or on SIGTERM. */
export interface ChildProgram {
  readonly name: string;
  /** Bundle to run. */
  readonly file: string;
  readonly args: readonly string[];
  /** The WIT_* variables it gets, and nothing else of ours. */
  readonly variables: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly readyWithinMs: number;
  /** Scheduling priority as in nice(1): below 0 goes before others, where this user may say so; elsewhere it is as ours. */
  readonly niceness: number;
  /** It calls `answerPings`. */
  readonly answersPings: boolean;
}

/** A child that serves, with what it said about itself. */
export interface RunningChild extends RunningProgram {
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Starts a child and waits until it serves. Throws CannotStart when it ends or stays silent. */
export async function startChild(program: ChildProgram): Promise<RunningChild> {
  const log = openLog(program.logFile);
  const child = fork(program.file, [...program.args], {
    env: { ...foreignEnvironment(), ...program.variables },
    execArgv: ['--enable-source-maps'],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  hurry(child.pid, program.niceness);
  const handle = running(child, 'SIGTERM');
  const ready = new Promise<Readonly<Record<string, unknown>>>(resolve => {
    child.on('message', message => {
      if (isReady(message)) resolve(message);
    });
  });
  const facts = await firstOf(ready, handle, program);
  return { ...handle, facts, ...(program.answersPings ? { answers: () => ping(child) } : {}) };
}

const answerWithinMs = 1_000;
let pings = 0;

/** True when its event loop turns. */
function ping(child: ChildProcess): Promise<boolean> {
  pings += 1;
  const mine = pings;
  return new Promise(resolve => {
    const answer = (yes: boolean) => {
      clearTimeout(timer);
      child.off('message', take);
      resolve(yes);
    };
    const take = (message: unknown) => {
      if (typeof message === 'object' && message !== null && 'pong' in message && message.pong === mine) answer(true);
    };
    const timer = setTimeout(() => answer(false), answerWithinMs);
    child.on('message', take);
    child.send({ ping: mine }, failed => {
      if (failed) answer(false);
    });
  });
}

/** Linux keeps a priority per thread: set before the child makes others, which then inherit it. */
function hurry(pid: number | undefined, niceness: number): void {
  if (pid === undefined || niceness === 0) return;
  try {
    setPriority(pid, niceness);
  } catch {
    // Only root may go before others: without it everything works, and a stop waits its turn on a machine that is overloaded.
  }
}

function isReady(message: unknown): message is Readonly<Record<string, unknown>> {
  return typeof message === 'object' && message !== null && 'ready' in message && message.ready === true;
}

async function firstOf<T>(ready: Promise<T>, handle: RunningProgram, program: ChildProgram): Promise<T> {
  const ended = handle.exited.then(({ code, signal }) => {
    throw new CannotStart(
      `${program.name} ended before it served (${signal ?? `code ${code}`}); its last words stand in ${program.logFile}.`,
    );
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const sentence = `${program.name} did not serve within ${program.readyWithinMs / 1_000} s; see ${program.logFile}.`;
    timer = setTimeout(() => reject(new CannotStart(sentence)), program.readyWithinMs);
  });
  try {
    return await Promise.race([ready, ended, late]);
  } catch (error) {
    await handle.stop(1_000);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
