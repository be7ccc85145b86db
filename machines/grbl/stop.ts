import { Deadline } from '../links/deadline.ts';
import type { Core } from './core.ts';
import { type DeviceView, isAtRest } from './status.ts';

/** `abort` is the stop key or ABORT, `stop` is End job; both end in the same bytes. */
export type StopWish = 'abort' | 'stop';

/** A hold that did not come to rest by now is followed by the reset all the same, ms. */
const holdLimitMs = 500;
/** The banner follows a reset in motion after the firmware's half second of ALARM:3. */
const bannerLimitMs = 3000;
const watchMs = 100;

/** At rest in a way that `!` does not change further: reset at once. */
const settled: readonly DeviceView['condition'][] = ['held', 'door-open', 'door-closed', 'alarm', 'check', 'asleep'];

/**
 * The stop sequence: `!`, then 0x18 on Hold:0 or after 500 ms, then the banner and a status; only that is a confirmed stop.
 * Category 1: the drives decelerate under control first. While homing `!` is ignored, so 0x18 goes at once. A reset whose banner was
 * not heard may have been lost: it is written again as soon as the controller speaks or somebody presses, until one is confirmed.
 */
export class StopSequence {
  readonly #core: Core;
  readonly #limit: Deadline;
  readonly #watch: Deadline;
  #phase: 'none' | 'holding' | 'resetting' | 'confirming' = 'none';
  #wishes = new Set<StopWish>();
  /** The time to confirm has passed. */
  #overdue = false;
  /** That it has passed was told to those who wait. */
  #told = false;
  /** A stop was confirmed and nothing that could move was sent since. */
  #resting = false;

  constructor(core: Core) {
    this.#core = core;
    this.#limit = new Deadline(core.clock);
    this.#watch = new Deadline(core.clock);
  }

  get active(): boolean {
    return this.#phase !== 'none';
  }

  /** True between the 0x18 of this sequence and its banner. */
  get expectsBanner(): boolean {
    return this.#phase === 'resetting';
  }

  /** Something was sent that may move the machine. */
  disturbed(): void {
    this.#resting = false;
  }

  /** Writes the stop byte before it returns; false when it is not with the operating system. Repeats it when already stopping. */
  press(homing: boolean): boolean {
    this.#wishes.add('abort');
    this.#told = false;
    this.#resting = false;
    return this.#begin(homing);
  }

  /** The effect of ABORT or End job: joins a stop under way, or confirms one that has just ended. It is always answered by a report. */
  join(wish: StopWish, homing: boolean): void {
    if (this.#phase === 'none' && this.#resting) {
      this.#core.report({ type: wish === 'abort' ? 'device.aborted' : 'device.stopped' });
      return;
    }
    this.#wishes.add(wish);
    this.#told = false;
    if (this.#phase === 'none') this.#begin(homing);
    else if (this.#overdue) this.#reset();
  }

  status(view: DeviceView): void {
    if (this.#phase === 'holding' && settled.includes(view.condition)) this.#reset();
    else if (this.#phase === 'resetting' && this.#overdue) this.#reset();
    else if (this.#phase === 'confirming' && isAtRest(view.condition)) this.#confirm();
  }

  /** The controller restarted. */
  banner(): void {
    if (this.#phase !== 'holding' && this.#phase !== 'resetting') return;
    this.#phase = 'confirming';
    this.#core.poll();
  }

  /** A locked-up controller takes a reset only from now on; one sent before was thrown away (protocol.c, critical event). */
  resetWanted(): void {
    if (this.#phase === 'resetting') this.#core.resets.writeAnew();
  }

  /** The link is gone: the stop cannot be confirmed any more. */
  linkLost(): void {
    if (this.active) this.#fail('no-link', 'The link broke before the controller confirmed the stop.');
    this.#resting = false;
  }

  /** The driver closes: nobody waits for the standstill any more, so a stop under way is finished at once. */
  close(): void {
    if (this.#phase === 'holding') this.#core.resets.write();
    this.#cancel();
  }

  #cancel(): void {
    this.#phase = 'none';
    this.#overdue = false;
    this.#told = false;
    this.#wishes.clear();
    this.#limit.cancel();
    this.#watch.cancel();
  }

  #begin(homing: boolean): boolean {
    if (homing || this.#phase === 'resetting') return this.#reset();
    const written = this.#core.channel.realtime('hold');
    if (!written) {
      if (this.#phase === 'none') this.#fail('no-link', 'There is no link to write the stop to.');
      return false;
    }
    if (this.#phase !== 'none') return true;
    this.#phase = 'holding';
    this.#core.poll();
    this.#limit.start(holdLimitMs, () => this.#reset());
    this.#watch.start(watchMs, () => this.#look());
    return true;
  }

  #reset(): boolean {
    this.#phase = 'resetting';
    this.#overdue = false;
    const written = this.#core.resets.write();
    this.#limit.start(bannerLimitMs, () => this.#unconfirmed());
    return written;
  }

  #confirm(): void {
    const wishes = [...this.#wishes];
    this.#cancel();
    this.#resting = true;
    if (wishes.includes('stop')) this.#core.report({ type: 'device.stopped' });
    if (wishes.includes('abort')) this.#core.report({ type: 'device.aborted' });
  }

  /** Keeps the sequence open: a banner that comes late still confirms. Whether a reset came in motion is not known. */
  #unconfirmed(): void {
    this.#overdue = true;
    if (this.#told) return;
    this.#told = true;
    this.#core.report({ type: 'device.position.lost', reason: 'The controller was reset and has not answered.' });
    this.#tell('no-answer', 'The controller has not confirmed the stop.');
  }

  #fail(code: string, text: string): void {
    this.#tell(code, text);
    this.#cancel();
  }

  #tell(code: string, text: string): void {
    for (const wish of this.#wishes) this.#core.report({ type: 'effect.failed', effect: `device.${wish}`, code, text });
  }

  /** Looks twice as often as usual, so that the reset follows the standstill closely. */
  #look(): void {
    if (this.#phase !== 'holding') return;
    this.#core.poll();
    this.#watch.start(watchMs, () => this.#look());
  }
}
