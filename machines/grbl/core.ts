import type { Report } from '../../statecharts/equipment/reports.ts';
import type { DriverClock } from '../driver.ts';
import type { Channel } from './channel.ts';
import type { Resets } from './resets.ts';
import type { DeviceView } from './status.ts';

/** What the parts of the driver share. */
export interface Core {
  readonly channel: Channel;
  readonly resets: Resets;
  readonly clock: DriverClock;
  report(report: Report): void;
  /** Asks for a status report now, beside the regular polling. */
  poll(): void;
  /** The latest status, null before the first. */
  view(): DeviceView | null;
}

/** Why something under way can no longer go on. */
export type EndCause = 'restart' | 'link' | 'abort' | 'stop' | 'alarm' | 'closed' | 'reply-missing';

/** What a program depends on besides its lines: the modes it starts in and the work offsets. */
export interface StartConditions {
  /** They may have changed: they are read again once the device rests. */
  touched(what: 'modes' | 'offsets'): void;
  /**
   * Reads them now and tells what is not as programs are checked for: modes, and offsets that moved unnoticed. Null when the controller
   * did not say. Not called when a stop or a restart comes between.
   */
  ask(done: (changed: readonly string[] | null) => void): void;
}

/** Something under way at the device: a program, a jog, homing. */
export interface Activity {
  readonly active: boolean;
  status(view: DeviceView): void;
  end(cause: EndCause): void;
}

/**
 * Tells when motion has truly ended. `ok` means queued, not executed, and a report right after the last `ok` may still say idle
 * because GRBL reports before it starts the cycle (protocol.c). Two idle reports in a row, the second asked for after the first, do.
 */
export class RestWatch {
  readonly #core: Core;
  #seen = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Something was sent or answered: begin again. */
  restart(): void {
    this.#seen = 0;
  }

  /** True once the device rests. */
  observe(view: DeviceView): boolean {
    this.#seen = view.condition === 'idle' || view.condition === 'check' ? this.#seen + 1 : 0;
    if (this.#seen === 1) this.#core.poll();
    return this.#seen >= 2;
  }
}
