import type { DeviceCondition, Report } from '../../statecharts/equipment/reports.ts';
import type { Clock } from '../system/ports.ts';

/** Conditions in which the device itself says that nothing moves. */
const atRest: readonly DeviceCondition[] = ['idle', 'held', 'alarm', 'door-open', 'door-closed', 'asleep'];
/** An answer that comes sooner may have been written before the stop byte was read. */
const freshAfterMs = 150;
const forgetAfterMs = 60_000;

interface Waiting {
  readonly pressedAt: number;
  /** The link broke since: whether the stop byte arrived is not known, and a rest that is read later need not be its doing. */
  readonly unheard: boolean;
  confirmed(ms: number): void;
}

/**
 * Whose word counts: what moves says a condition; a thing that is always idle to itself, whatever it powers, counts as stopped only by
 * what was read back after the stop.
 */
export type StopWord = 'condition' | 'aborted';

/**
 * Waits for the device's own word that it rests after a stop: a report, or the next fresh answer of a device at rest. Once the link broke
 * in between, only that of a stop that was carried through.
 */
export class StopWatch {
  readonly #clock: Clock;
  readonly #word: StopWord;
  #condition: DeviceCondition | null = null;
  #waiting: Waiting[] = [];

  constructor(clock: Clock, word: StopWord) {
    this.#clock = clock;
    this.#word = word;
  }

  /** Calls back once, with ms since `pressedAt` (monotonic), when the device rests; never when it does not say so. */
  wait(pressedAt: number, confirmed: (ms: number) => void): void {
    this.#waiting.push({ pressedAt, unheard: false, confirmed });
  }

  report(report: Report): void {
    if (report.type === 'device.aborted') this.#confirm(() => true);
    if (this.#word === 'aborted') return;
    if (report.type === 'link.lost') this.#lost();
    if (report.type === 'device.condition' || report.type === 'device.synced') {
      this.#condition = report.condition;
      if (atRest.includes(report.condition)) this.#confirm(waiting => !waiting.unheard);
    }
  }

  /** The device answered now; its condition is the one reported last. */
  answered(): void {
    if (this.#waiting.length === 0 || this.#condition === null || !atRest.includes(this.#condition)) return;
    const now = this.#clock.monotonic();
    this.#confirm(waiting => !waiting.unheard && now - waiting.pressedAt >= freshAfterMs);
  }

  #lost(): void {
    this.#condition = null;
    this.#waiting = this.#waiting.map(waiting => ({ ...waiting, unheard: true }));
  }

  #confirm(when: (waiting: Waiting) => boolean): void {
    const now = this.#clock.monotonic();
    const confirmed = this.#waiting.filter(when);
    this.#waiting = this.#waiting.filter(waiting => !confirmed.includes(waiting) && now - waiting.pressedAt < forgetAfterMs);
    for (const waiting of confirmed) waiting.confirmed(Math.round(now - waiting.pressedAt));
  }
}
