import type { Reply } from './channel.ts';
import { errorText } from './codes.ts';
import type { Activity, Core, EndCause, StartConditions } from './core.ts';

/** Homing: one line whose answer takes seconds to minutes, during which the controller says nothing at all. */
export class Homing implements Activity {
  readonly #core: Core;
  readonly #conditions: StartConditions;
  #active = false;

  constructor(core: Core, conditions: StartConditions) {
    this.#core = core;
    this.#conditions = conditions;
  }

  get active(): boolean {
    return this.#active;
  }

  start(): void {
    this.#active = this.#core.channel.send('$H', reply => this.#answered(reply));
    if (!this.#active) this.#fail('no-link', 'The line could not be written.');
  }

  status(): void {
    // Nothing to do: the end of homing is the reply.
  }

  end(cause: EndCause): void {
    if (!this.#active) return;
    this.#active = false;
    if (cause === 'reply-missing') {
      this.#conditions.touched('offsets');
      this.#fail(cause, 'The controller rests and never said whether it has homed.');
    } else if (cause !== 'closed') this.#fail('interrupted', 'Homing was interrupted.');
  }

  #answered(reply: Reply): void {
    if (!this.#active || reply.kind === 'lost') return;
    this.#active = false;
    // GRBL runs its stored start-up lines after homing.
    this.#conditions.touched('offsets');
    if (reply.kind === 'ok') this.#core.report({ type: 'device.homed' });
    else this.#fail(`error-${reply.code}`, `The controller refused to home: ${errorText(reply.code)}.`);
    this.#core.poll();
  }

  #fail(code: string, text: string): void {
    this.#core.report({ type: 'effect.failed', effect: 'device.home', code, text });
  }
}
