import type { DeviceCondition } from '../../statecharts/equipment/reports.ts';
import type { Locality } from '../driver.ts';
import type { Core } from './core.ts';
import type { DeviceView } from './status.ts';

/** Reports a hold is given to show itself: GRBL answers `?` before it acts on a `!` that came with it (protocol.c). */
const reportsForHold = 5;

const moving: readonly DeviceCondition[] = ['running', 'jogging', 'resuming'];

/** What the first reading after opening came to. */
export type Reading = 'not-yet' | 'ready-to-identify' | 'leave-alone';

/**
 * The first seconds of a link. When the controller may still be emptying a buffer that an earlier life filled, the very first byte
 * is `!` (recovery.hold), and no newline is sent before a reset: it could complete half a line (F7).
 */
export class Connecting {
  readonly #core: Core;
  #suspect = false;
  #held = false;
  #reports = 0;
  #greeting = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /** True when half a line of ours may sit in the controller; ended by a restart. */
  get suspect(): boolean {
    return this.#suspect;
  }

  /** The link is up. A `network` controller greets whoever connects. */
  opened(suspect: boolean, locality: Locality): void {
    this.#suspect = suspect;
    this.#greeting = locality === 'network';
    this.#held = false;
    this.#reports = 0;
    if (suspect) this.#hold();
    this.#core.poll();
  }

  /** The controller restarted: planner and line buffer are empty. */
  banner(): void {
    this.#suspect = false;
    this.#held = false;
  }

  /**
   * True once for the welcome line with which a network controller greets its new client: grblHAL (stream.c, report_init_message when
   * a telnet stream is added) and FluidNC send the text of a restart, but planner and line buffer are as they were.
   */
  greeted(): boolean {
    const greeted = this.#greeting;
    this.#greeting = false;
    return greeted;
  }

  /** True when the machine rests in a hold that we caused. */
  heldByUs(view: DeviceView): boolean {
    return this.#held && (view.condition === 'held' || view.condition === 'holding');
  }

  read(view: DeviceView): Reading {
    this.#reports += 1;
    this.#greeting = false;
    if (!this.#held && moving.includes(view.condition)) {
      // Nobody of ours set it in motion in this life: an earlier life did, or somebody else.
      this.#suspect = true;
      this.#reports = 0;
      this.#hold();
      return 'not-yet';
    }
    const mayStillHold = this.#held && (view.condition === 'idle' || moving.includes(view.condition));
    if (mayStillHold && this.#reports < reportsForHold) {
      this.#core.poll();
      return 'not-yet';
    }
    const open = view.condition === 'idle' || view.condition === 'alarm';
    return open && !this.#suspect ? 'ready-to-identify' : 'leave-alone';
  }

  #hold(): void {
    this.#held = this.#core.channel.realtime('hold');
    this.#core.poll();
  }
}
