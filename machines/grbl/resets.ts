import type { DriverClock } from '../driver.ts';
import type { Channel } from './channel.ts';

/** The banner of a reset may come this late: half a second of ALARM:3, a slow line, a controller that was busy, ms. */
const echoMs = 5000;

/**
 * Every reset written here, so that its banner is known as ours whoever waits for it then. A restart that nobody asked for looks the
 * same on the wire, but it ends the position.
 */
export class Resets {
  readonly #channel: Channel;
  readonly #clock: DriverClock;
  #unanswered = 0;
  #writtenAt = 0;

  constructor(channel: Channel, clock: DriverClock) {
    this.#channel = channel;
    this.#clock = clock;
  }

  /** Writes 0x18; false when it is not with the operating system. */
  write(): boolean {
    if (!this.#channel.realtime('reset')) return false;
    this.#unanswered += 1;
    this.#writtenAt = this.#clock.monotonic();
    return true;
  }

  /** Writes it because a locked-up controller threw away those before. */
  writeAnew(): boolean {
    this.#unanswered = 0;
    return this.write();
  }

  /** A banner came: true when it answers a reset of ours. `awaited` when a sequence waits for it, however late. */
  answered(awaited: boolean): boolean {
    const asked = awaited || (this.#unanswered > 0 && this.#clock.monotonic() - this.#writtenAt < echoMs);
    this.#unanswered = asked ? Math.max(0, this.#unanswered - 1) : 0;
    return asked;
  }

  /** The link is gone: a banner on the next one answers nothing. */
  forget(): void {
    this.#unanswered = 0;
  }
}
