import type { DeviceCondition } from '../../statecharts/equipment/reports.ts';
import type { DriverContext } from '../driver.ts';
import { Deadline } from '../links/deadline.ts';
import type { Core } from './core.ts';

/** The controller must have spoken by now, ms, and at rest have said who it is: until then a refused connection is tried again. */
const patienceMs = 2_000;
/** While the last lines run out the machine is looked at so often, ms: it rests until we have seen that it does. */
const lookMs = 20;

/**
 * The machine is to be as its last owner left it: feeding nothing, running out what it has. GRBL says who it is at rest only (`$I` is refused
 * in a cycle, system.c), so the rest is waited for. Nothing but questions is written meanwhile.
 */
export class TakeOver {
  readonly #core: Core;
  readonly #order: NonNullable<DriverContext<unknown>['takeOver']>;
  readonly #look: Deadline;
  readonly #patience: Deadline;
  readonly #late: () => void;
  #heard = false;
  #rests = false;
  #over = false;

  constructor(core: Core, order: NonNullable<DriverContext<unknown>['takeOver']>, late: () => void) {
    this.#core = core;
    this.#order = order;
    this.#late = late;
    this.#look = new Deadline(core.clock);
    this.#patience = new Deadline(core.clock);
    this.#patience.start(patienceMs, late);
  }

  /** Not decided yet. */
  get pending(): boolean {
    return !this.#over;
  }

  get identity(): string {
    return this.#order.from.identity;
  }

  /** The controller has spoken since we are connected. */
  get heard(): boolean {
    return this.#heard;
  }

  /** Why this status is not that of a machine that was handed over; null when it may be. */
  read(condition: DeviceCondition): string | null {
    if (condition === 'idle') {
      if (!this.#rests) this.#patience.start(patienceMs, this.#late);
      this.#heard = this.#rests = true;
      return null;
    }
    this.#heard = true;
    this.#rests = false;
    this.#patience.cancel();
    if (condition !== 'running') return `the machine says ${condition}`;
    this.#look.start(lookMs, () => this.#core.poll());
    return null;
  }

  /** The right controller answered at rest, with these modes: null when they are those after the last line. */
  objectionTo(modes: readonly string[]): string | null {
    const { from } = this.#order;
    return modes.join(' ') === from.modes.join(' ') ? null : 'the controller is not in the modes that the last line left it in';
  }

  /** Decides, once: null that the machine is as it was left, else why it is not. */
  end(why: string | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#look.cancel();
    this.#patience.cancel();
    this.#order.verified(why);
  }
}
