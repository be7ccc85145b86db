import type { Activities } from './activities.ts';
import type { Channel } from './channel.ts';
import type { Connecting } from './connecting.ts';
import type { DeviceState } from './device-state.ts';
import type { Resets } from './resets.ts';
import { isAtRest } from './status.ts';

/** Where it stands whether a machine moves or turns. */
interface Parts {
  readonly state: DeviceState;
  readonly channel: Channel;
  readonly resets: Resets;
  readonly connecting: Connecting;
  readonly doing: Activities;
}

/** Whether the machine surely rests, and how it is left when nobody will be here to stop it. */
export class Rest {
  readonly #o: Parts;

  constructor(parts: Parts) {
    this.#o = parts;
  }

  /** False only when the device surely rests and nothing of ours is on its way to it. */
  mayMove(): boolean {
    const { state, channel, connecting, doing } = this.#o;
    return doing.busy || connecting.suspect || channel.outstanding > 0 || !state.view || !isAtRest(state.view.condition);
  }

  isHoming(): boolean {
    return this.#o.doing.homing.active || this.#o.state.view?.condition === 'homing';
  }

  /** The last byte of a link: what moves is halted; what turns or shines at rest, or is given free in a hold, is reset. */
  leave(why: 'given-free' | undefined): void {
    if (this.#turnsAtRest() || (why === 'given-free' && this.#isHeld())) this.#o.resets.write();
    else if (this.mayMove()) this.#halt();
  }

  /** A jog's own byte leaves no hold behind. */
  #halt(): void {
    if (this.isHoming()) this.#o.resets.write();
    else this.#o.channel.realtime(this.#isJogging() ? 'jogCancel' : 'hold');
  }

  /** A hold stops the axes alone: what turns in it need not have been told yet. */
  #isHeld(): boolean {
    return this.#o.state.view?.condition === 'held' && !this.#o.doing.busy;
  }

  #isJogging(): boolean {
    return this.#o.doing.jogger.active || this.#o.state.view?.condition === 'jogging';
  }

  /** Nothing of ours is under way: a reset costs nothing here, and nothing else ends what turns or shines. */
  #turnsAtRest(): boolean {
    const { state, doing } = this.#o;
    return state.turns && state.view !== null && isAtRest(state.view.condition) && !doing.busy;
  }
}
