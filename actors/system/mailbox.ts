import type { Message } from './message.ts';

/**
 * `safety`: stop presses and stop-like commands, never dropped, overtake everything. `report`: what the device, timers and other
 * actors say, never dropped, in order among themselves (an alarm that overtook the report before it would tell a false story),
 * before any command. `command`: bounded.
 */
export type Lane = 'safety' | 'report' | 'command';

/** So many commands wait at most, here and before their signature was checked; the next one is answered `busy`. */
export const commandLimit = 64;

/** The queue in front of one actor. */
export class Mailbox {
  readonly #lanes: Readonly<Record<Lane, Message[]>> = { safety: [], report: [], command: [] };

  /** False when the lane is full: the sender is told BUSY. */
  put(lane: Lane, message: Message): boolean {
    if (lane === 'command' && this.#lanes.command.length >= commandLimit) return false;
    this.#lanes[lane].push(message);
    return true;
  }

  /** So many of the lane `safety` wait; `take` answers them first. */
  get urgent(): number {
    return this.#lanes.safety.length;
  }

  take(): Message | undefined {
    return this.#lanes.safety.shift() ?? this.#lanes.report.shift() ?? this.#lanes.command.shift();
  }

  /** Everything still waiting, for an orderly end. */
  drain(): Message[] {
    return [...this.#lanes.safety.splice(0), ...this.#lanes.report.splice(0), ...this.#lanes.command.splice(0)];
  }
}
