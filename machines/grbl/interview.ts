import type { Reply } from './channel.ts';
import type { Core } from './core.ts';

/** Asks the controller a list of `$` questions, one at a time. They only read, so that asking again is harmless. */
export class Interview {
  readonly #core: Core;
  #round = 0;
  #active = false;

  constructor(core: Core) {
    this.#core = core;
  }

  get active(): boolean {
    return this.#active;
  }

  /** Asks all; `done` hears whether every one was answered with `ok`. A cancelled interview says nothing. */
  start(questions: readonly string[], done: (complete: boolean) => void): void {
    this.#active = true;
    this.#round += 1;
    this.#ask(questions, { round: this.#round, retried: false, done });
  }

  cancel(): void {
    this.#active = false;
    this.#round += 1;
  }

  #ask(questions: readonly string[], turn: Turn): void {
    const [question, ...rest] = questions;
    if (question === undefined) this.#finish(turn, true);
    else if (!this.#core.channel.send(question, reply => this.#answered(questions, rest, reply, turn))) this.#finish(turn, false);
  }

  #answered(asked: readonly string[], rest: readonly string[], reply: Reply, turn: Turn): void {
    if (turn.round !== this.#round) return;
    if (reply.kind === 'ok') this.#ask(rest, turn);
    // Noise in the controller's buffer before the question makes it an unknown command, once.
    else if (reply.kind === 'error' && !turn.retried) this.#ask(asked, { ...turn, retried: true });
    else this.#finish(turn, false);
  }

  #finish(turn: Turn, complete: boolean): void {
    this.#active = false;
    turn.done(complete);
  }
}

interface Turn {
  readonly round: number;
  readonly retried: boolean;
  readonly done: (complete: boolean) => void;
}
