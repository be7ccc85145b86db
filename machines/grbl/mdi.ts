import type { Reply } from './channel.ts';
import { errorText } from './codes.ts';
import type { Activity, Core, EndCause, StartConditions } from './core.ts';
import { changesOffsets } from './encode.ts';

/** One typed line, sent alone and waited for. */
export class TypedLine implements Activity {
  readonly #core: Core;
  readonly #conditions: StartConditions;
  #line: string | null = null;

  constructor(core: Core, conditions: StartConditions) {
    this.#core = core;
    this.#conditions = conditions;
  }

  get active(): boolean {
    return this.#line !== null;
  }

  start(line: string): void {
    this.#line = line;
    if (!this.#core.channel.send(line, reply => this.#answered(line, reply))) this.#close('The line could not be written.');
  }

  status(): void {
    // Nothing to do: the end of a typed line is its reply.
  }

  end(cause: EndCause): void {
    if (cause === 'reply-missing') this.#unanswered();
    else if (cause !== 'closed') this.#close('Interrupted before the controller answered.');
  }

  /** It may have been executed all the same. */
  #unanswered(): void {
    const line = this.#line;
    if (line === null) return;
    this.#close('The controller rests and never answered this line; it may or may not have been executed.');
    this.#touched(line);
  }

  #touched(line: string): void {
    this.#conditions.touched(changesOffsets(line) ? 'offsets' : 'modes');
  }

  #answered(line: string, reply: Reply): void {
    if (this.#line !== line || reply.kind === 'lost') return;
    this.#close(reply.kind === 'error' ? errorText(reply.code) : undefined);
    this.#touched(line);
    this.#core.poll();
  }

  #close(error: string | undefined): void {
    const line = this.#line;
    this.#line = null;
    if (line !== null) this.#core.report({ type: 'mdi.answered', line, ...(error === undefined ? {} : { error }) });
  }
}
