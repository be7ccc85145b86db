import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { environment } from '../config.ts';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running program: `exited` settles once, `stop` asks first (its stop signal), kills after `graceMs`, and resolves when it is gone. */
export interface RunningProgram {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  stop(graceMs: number): Promise<void>;
  /** Whether it does its work, asked now; absent where that cannot be asked. Never rejects. */
  answers?(): Promise<boolean>;
  /** Why it ended, in its own words, once it has; null when it said nothing. */
  lastWords?(): string | null;
}

/** What to run. Output goes to `logFile`. */
export interface ProgramSpec {
  readonly line: CommandLine;
  readonly logFile: string;
  readonly stopSignal: NodeJS.Signals;
}

const logLimitBytes = 10 * 1_048_576;

/** Runs a foreign program; of our environment it gets only what has nothing to do with W.I.T. */
export function startProgram(spec: ProgramSpec): RunningProgram {
  const [command, ...args] = spec.line;
  const log = openLog(spec.logFile);
  const child = spawn(command, args, { env: foreignEnvironment(), stdio: ['ignore', log, log] });
  closeSync(log);
  return running(child, spec.stopSignal);
}

/** The environment for programs that are not ours: they shall not see our variables, some of which lead to secrets. */
export function foreignEnvironment(): Record<string, string | undefined> {
  const { PATH, HOME, LANG, TZ, TMPDIR } = environment();
  return { PATH, HOME, LANG, TZ, TMPDIR };
}

/**
 * The command line that binds a program's life to ours, for programs that cannot watch a channel: the kernel sends it the signal when the
 * launcher dies (Linux, setpriv). Elsewhere the next start ends what it finds.
 */
export function bound(line: CommandLine, signal: NodeJS.Signals): CommandLine {
  return hasSetpriv() ? ['setpriv', '--pdeathsig', signal.replace('SIG', ''), '--', ...line] : line;
}

/** Program and arguments. */
export type CommandLine = readonly [string, ...string[]];

let setpriv: boolean | undefined;
function hasSetpriv(): boolean {
  setpriv ??= process.platform === 'linux' && spawnSync('setpriv', ['--pdeathsig', 'keep', '--', 'true']).status === 0;
  return setpriv;
}

/** Opens a log for appending; one older generation is kept. */
export function openLog(path: string): number {
  if (existsSync(path) && statSync(path).size > logLimitBytes) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

/** The handle of a spawned child. A program that could not even be executed counts as ended with code 127. */
export function running(child: ChildProcess, stopSignal: NodeJS.Signals): RunningProgram {
  const exited = new Promise<Exit>(resolve => {
    child.once('error', () => resolve({ code: 127, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  return { pid: child.pid ?? -1, exited, stop: graceMs => stopChild(child, exited, { stopSignal, graceMs }) };
}

async function stopChild(child: ChildProcess, exited: Promise<Exit>, how: { stopSignal: NodeJS.Signals; graceMs: number }): Promise<void> {
  child.kill(how.stopSignal);
  const killer = setTimeout(() => child.kill('SIGKILL'), how.graceMs);
  await exited;
  clearTimeout(killer);
}
