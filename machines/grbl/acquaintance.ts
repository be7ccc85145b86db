import type { Core, StartConditions } from './core.ts';
import type { DeviceState } from './device-state.ts';
import { identityOf, queries } from './identify.ts';
import { Interview } from './interview.ts';

/** A controller that spoils the questions this often in a row is left alone until it restarts or is connected anew. */
const attempts = 3;

export interface AcquaintanceOrder {
  /** The configured name; null takes the first controller seen for the right one. */
  readonly expected: string | null;
  readonly simulated: boolean;
  /** Called when the right controller has introduced itself, before `device.cleared`. */
  readonly known: () => void;
  /** Called when another controller has. */
  readonly strange: () => void;
}

/** Who is at the other end: asked after every connection and reset, because cables are swapped (F13). */
export class Acquaintance implements StartConditions {
  readonly #core: Core;
  readonly #state: DeviceState;
  readonly #order: AcquaintanceOrder;
  readonly #interview: Interview;
  #expected: string | null;
  #identified = false;
  #foreign = false;
  #clearing = false;
  /** Aborted: what is stale is read when the machine is cleared, which asks for everything. */
  #quiet = false;
  #modesStale = false;
  #offsetsStale = false;
  #failures = 0;

  constructor(core: Core, state: DeviceState, order: AcquaintanceOrder) {
    this.#core = core;
    this.#state = state;
    this.#order = order;
    this.#expected = order.expected;
    this.#interview = new Interview(core);
  }

  /** The right controller answered since the last connection and restart. */
  get identified(): boolean {
    return this.#identified;
  }

  /** Nothing is known any more: a new connection, or the controller restarted by itself. */
  forget(): void {
    this.#identified = false;
    this.#foreign = false;
    this.#quiet = false;
    this.#failures = 0;
    this.#giveUp('interrupted', 'The controller restarted or was lost while it was cleared.');
    this.pause();
  }

  /** Identifies anew; `device.cleared` is reported when the right controller answered. */
  identifyToClear(): void {
    this.forget();
    this.#clearing = true;
  }

  /** A stop or a reset takes over: no more questions for now. */
  pause(): void {
    this.#interview.cancel();
  }

  /** An abort: no line is written to a machine that was told to stop until somebody clears it. */
  quieten(): void {
    this.pause();
    this.#quiet = true;
  }

  touched(what: 'modes' | 'offsets'): void {
    this.#modesStale = true;
    this.#offsetsStale ||= what === 'offsets';
    // An answer that is under way may be of before.
    if (this.#identified) this.#interview.cancel();
  }

  ask(done: (changed: readonly string[] | null) => void): void {
    this.#read(done);
  }

  /** The controller reads lines and nothing else is under way: asks what is still to be asked. */
  proceed(): void {
    if (this.#interview.active || this.#foreign || this.#failures >= attempts) return;
    if (!this.#identified) this.#identify();
    else if (this.#modesStale && !this.#quiet) this.#refresh();
  }

  #identify(): void {
    this.#state.forgetFacts();
    this.#state.modesAsked();
    this.#interview.start(queries, complete => {
      if (complete) {
        this.#introduced();
        return;
      }
      this.#failures += 1;
      this.#unanswered();
    });
  }

  #unanswered(): void {
    const code = 'not-identified';
    const text = 'The controller did not answer the questions that identify it.';
    if (this.#clearing) {
      this.#giveUp(code, text);
      return;
    }
    const next = this.#failures < attempts ? 'It is asked again.' : 'It is left alone until it restarts or is connected anew.';
    this.#core.report({ type: 'effect.failed', effect: 'device.identify', code, text: `${text} ${next}` });
  }

  #introduced(): void {
    const found = identityOf(this.#state.facts);
    this.#expected ??= found;
    if (found !== this.#expected) {
      this.#foreign = true;
      this.#core.report({ type: 'device.identity.changed', expected: this.#expected, found });
      this.#giveUp('identity-changed', `Another controller answered: ${found}.`);
      this.#order.strange();
      return;
    }
    this.#identified = true;
    this.#offsetsStale = false;
    this.#modesStale = this.#state.modesChanged === null;
    this.#core.report(this.#state.identified(this.#order.simulated));
    this.#core.report(this.#state.offsets());
    this.#reportModes();
    this.#order.known();
    if (this.#clearing) this.#core.report({ type: 'device.cleared' });
    this.#clearing = false;
    // Lengths were unknown until the unit of the reports was.
    this.#core.poll();
  }

  #refresh(): void {
    this.#read(changed => {
      this.#failures = changed ? 0 : this.#failures + 1;
    });
  }

  /** `$#` is answered at rest only and takes a dozen lines, `$G` always: the first is asked only when an offset may have moved. */
  #read(done: (changed: readonly string[] | null) => void): void {
    this.#state.modesAsked();
    this.#interview.start(this.#offsetsStale ? ['$#', '$G'] : ['$G'], complete => {
      const changed = complete ? this.#state.modesChanged : null;
      const moved = this.#state.movedOffsets();
      if (changed && this.#offsetsStale) this.#core.report(this.#state.offsets());
      this.#reportModes();
      this.#modesStale = changed === null;
      this.#offsetsStale &&= changed === null;
      done(changed && [...changed, ...moved]);
    });
  }

  #reportModes(): void {
    const report = this.#state.modes();
    if (report) this.#core.report(report);
  }

  #giveUp(code: string, text: string): void {
    if (this.#clearing) this.#core.report({ type: 'effect.failed', effect: 'device.clear', code, text });
    this.#clearing = false;
  }
}
