import { Deadline } from '../links/deadline.ts';
import type { Reply } from './channel.ts';
import { errorText } from './codes.ts';
import type { Core } from './core.ts';
import type { DeviceView } from './status.ts';

const bannerLimitMs = 3000;
/** Longer than a stop that is answered takes: half a second to the standstill, three to the banner, and the status after it. */
const stopLimitMs = 4000;

/**
 * Leaves an alarm or a held planner without motion: always 0x18 (it empties planner and line buffer, half a line included; `~` would
 * run them), the banner, and `$X` when the controller is locked. What follows after, the identification, is the caller's.
 */
export class Clearing {
  readonly #core: Core;
  readonly #limit: Deadline;
  readonly #done: () => void;
  #phase: 'none' | 'waiting' | 'resetting' | 'looking' | 'unlocking' = 'none';

  /** `done` is called when the controller is unlocked; clearing has not been reported then. */
  constructor(core: Core, done: () => void) {
    this.#core = core;
    this.#done = done;
    this.#limit = new Deadline(core.clock);
  }

  get active(): boolean {
    return this.#phase !== 'none';
  }

  get expectsBanner(): boolean {
    return this.#phase === 'resetting';
  }

  /** A stop that is still under way comes to its end first: its reset is confirmed by a banner that must not be taken for ours. */
  start(stopping: boolean): void {
    if (!stopping) {
      this.#begin();
      return;
    }
    this.#phase = 'waiting';
    this.#limit.start(stopLimitMs, () => this.fail('stopping', 'The stop is not confirmed yet.'));
  }

  /** No stop is under way. */
  stopped(): void {
    if (this.#phase === 'waiting') this.#begin();
  }

  banner(): void {
    if (this.#phase !== 'resetting') return;
    this.#phase = 'looking';
    this.#core.poll();
  }

  /** A locked-up controller takes a reset only from now on; one sent before was thrown away (protocol.c, critical event). */
  resetWanted(): void {
    if (this.#phase === 'resetting') this.#core.resets.writeAnew();
  }

  status(view: DeviceView): void {
    if (this.#phase !== 'looking') return;
    if (view.condition === 'alarm') this.#unlock();
    else this.#finish();
  }

  /** Gives up with a reason; nothing more of it is done. */
  fail(code: string, text: string): void {
    if (!this.active) return;
    this.cancel();
    this.#core.report({ type: 'effect.failed', effect: 'device.clear', code, text });
  }

  cancel(): void {
    this.#phase = 'none';
    this.#limit.cancel();
  }

  #begin(): void {
    this.#phase = 'resetting';
    if (!this.#core.resets.write()) {
      this.fail('no-link', 'There is no link to write to.');
      return;
    }
    this.#limit.start(bannerLimitMs, () =>
      this.fail('no-answer', `The controller did not ${this.expectsBanner ? 'restart' : 'answer after its restart'}.`),
    );
  }

  #unlock(): void {
    this.#phase = 'unlocking';
    // An unlocked controller believes a position that nobody has checked.
    this.#core.report({ type: 'device.position.lost', reason: 'The controller was locked and is unlocked without homing.' });
    if (!this.#core.channel.send('$X', reply => this.#unlocked(reply))) this.fail('no-link', 'There is no link to write to.');
  }

  #unlocked(reply: Reply): void {
    if (this.#phase !== 'unlocking') return;
    if (reply.kind === 'ok') this.#finish();
    else if (reply.kind === 'error') this.fail(`error-${reply.code}`, `The controller stays locked: ${errorText(reply.code)}.`);
    else this.fail('interrupted', 'The controller restarted while it was unlocked.');
  }

  #finish(): void {
    this.cancel();
    this.#done();
  }
}
