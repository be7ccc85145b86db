import type { DeviceCondition } from '../../statecharts/equipment/reports.ts';
import type { Core } from './core.ts';
import type { DeviceView } from './status.ts';

/** A controller that reports rest while replies are missing for this long has lost one of them, ms. */
export const replyPatienceMs = 10_000;

/** Conditions in which a line is answered at once; in every other it may wait for a motion, a person or a reset. */
const prompt: readonly DeviceCondition[] = ['idle', 'alarm', 'check'];

/**
 * GRBL answers every line once, and nothing tells that a reply was lost on the way: its line would be waited for for ever, and each reply
 * after it be given to the line before. A dwell looks like rest and is answered when it is over.
 */
export class ReplyPatience {
  readonly #core: Pick<Core, 'channel' | 'clock'>;
  #traffic = 0;
  #since = 0;

  constructor(core: Pick<Core, 'channel' | 'clock'>) {
    this.#core = core;
  }

  /** Takes a report in; true when the oldest line will not be answered any more. */
  isOver(view: DeviceView): boolean {
    const { channel, clock } = this.#core;
    const now = clock.monotonic();
    const isDue = channel.outstanding > 0 && channel.traffic === this.#traffic && prompt.includes(view.condition);
    if (!isDue) this.#since = now;
    this.#traffic = channel.traffic;
    return isDue && now - this.#since > replyPatienceMs + channel.dwellMs;
  }
}
