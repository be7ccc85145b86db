import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './wait.ts';

/** Watches system calls of running processes, or breaks them: strace(1). What it saw is the proof that the fault was there. */
export class Strace {
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  /** Resolves when every one of the processes is watched. */
  static async attach(pids: readonly number[], options: readonly string[]): Promise<Strace> {
    const folder = mkdtempSync(join(tmpdir(), 'wit-strace-'));
    const child = spawn('strace', ['-f', '-o', join(folder, 'calls'), ...options, ...pids.flatMap(pid => ['-p', String(pid)])], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', text => {
      said += text;
    });
    await until('strace watches', () => {
      if (child.exitCode !== null) throw new Error(said);
      return pids.every(pid => said.includes(`Process ${pid} attached`));
    });
    return new Strace(child, folder);
  }

  /** The calls so far, one a line. */
  get calls(): string[] {
    return readFileSync(join(this.#folder, 'calls'), 'utf8').split('\n');
  }

  /** Lets the processes go on unwatched. */
  async end(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGINT');
      await exited;
    }
    rmSync(this.#folder, { recursive: true });
  }
}
