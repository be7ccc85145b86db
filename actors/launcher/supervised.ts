import type { RunningProgram } from './bound-process.ts';
import { type WhenDeaf, watchHearing } from './hearing.ts';
import { decideRestart, noRestarts, type RestartHistory, type RestartPace, restartPaces } from './restart-policy.ts';

/** A program that is kept alive. */
export interface SupervisedProgram {
  readonly name: string;
  /** How long it may take to end in order, ms. */
  readonly graceMs: number;
  /** Patient when absent. */
  readonly pace?: RestartPace;
  /** When it runs and does not answer; told when absent. */
  readonly whenDeaf?: WhenDeaf;
  /** Starts it and resolves when it serves; called again after each end. */
  start(): Promise<RunningProgram>;
}

/** What supervision gets from the world and tells it. None of it throws: what is supervised would be left alone. */
export interface Supervision {
  now(): number;
  random(): number;
  wait(ms: number, signal: AbortSignal): Promise<void>;
  started(name: string, pid: number): void;
  ended(name: string): void;
  say(sentence: string): void;
}

/** Keeps one program alive from `start` to `stop`. */
export class Supervised {
  readonly #program: SupervisedProgram;
  readonly #world: Supervision;
  readonly #stopping = new AbortController();
  #running: RunningProgram | null = null;
  #starting: Promise<unknown> = Promise.resolve();
  #history: RestartHistory = noRestarts;

  constructor(program: SupervisedProgram, world: Supervision) {
    this.#program = program;
    this.#world = world;
  }

  /** The first start; a program that cannot even start once is its caller's problem, the error is passed on. */
  async start(): Promise<void> {
    await this.#startOnce();
    void this.#keepAlive();
  }

  /** Ends the program in order, or kills it after its grace. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const { graceMs, name } = this.#program;
    await Promise.race([this.#starting.catch(() => undefined), this.#world.wait(graceMs, new AbortController().signal)]);
    await this.#running?.stop(graceMs);
    this.#world.ended(name);
  }

  async #startOnce(): Promise<void> {
    const starting = this.#program.start();
    this.#starting = starting;
    this.#running = await starting;
    this.#world.started(this.#program.name, this.#running.pid);
    this.#listenTo(this.#running);
  }

  #listenTo(running: RunningProgram): void {
    const ended = new AbortController();
    void running.exited.then(() => ended.abort());
    const { name, graceMs, whenDeaf = 'tell' } = this.#program;
    const signal = AbortSignal.any([ended.signal, this.#stopping.signal]);
    void watchHearing({ name, whenDeaf, graceMs, running, signal }, this.#world);
  }

  async #keepAlive(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const began = this.#world.now();
      const exit = await this.#running?.exited;
      if (this.#stopping.signal.aborted) return;
      this.#world.ended(this.#program.name);
      const words = this.#running?.lastWords?.() ?? null;
      const how = `${exit?.signal ?? `code ${exit?.code}`}${words === null ? '' : `: ${words}`}`;
      if (exit) this.#world.say(`${this.#program.name} ended (${how}); it is started again.`);
      await this.#startAgain(this.#world.now() - began);
    }
  }

  async #startAgain(ranMs: number): Promise<void> {
    const { history, delayMs, loud } = decideRestart({
      pace: this.#program.pace ?? restartPaces.patient,
      history: this.#history,
      ranMs,
      now: this.#world.now(),
      random: this.#world.random(),
    });
    this.#history = history;
    if (loud) this.#world.say(`${this.#program.name} keeps ending; it is tried again every ${Math.round(delayMs / 1_000)} s.`);
    await this.#world.wait(delayMs, this.#stopping.signal);
    if (this.#stopping.signal.aborted) return;
    this.#running = null;
    await this.#startOnce().catch(error => this.#world.say(error instanceof Error ? error.message : String(error)));
  }
}
