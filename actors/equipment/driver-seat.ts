import type { Driver, ProgramDriver } from '../../machines/driver.ts';
import { refusalReport } from '../../machines/refusal.ts';
import type { DeviceEffect } from '../../statecharts/equipment/effects.ts';
import type { Report } from '../../statecharts/equipment/reports.ts';

export interface DriverSeatOptions {
  /** Never throws. `again`: after it was disconnected, and anybody may have driven it. */
  open(report: (report: Report) => void, again: boolean): Driver;
  report(report: Report): void;
  /** The stop is latched: it is the first that is written on a link that opens. */
  owesStop(): boolean;
  log(line: string): void;
}

const disconnected = { code: 'no-link', text: 'The machine is disconnected, and its port is not ours to write to.' } as const;

/** The driver of one equipment, and nobody in its place while a person has disconnected it [EQ25]. */
export class DriverSeat implements Omit<Driver, 'program'> {
  readonly #o: DriverSeatOptions;
  #driver: Driver | null = null;
  /** The driver before, on its way out: two never have one port. */
  #leaving: Promise<void> | null = null;
  #again: boolean;
  #closed = false;
  /** Counts the drivers: what an earlier one says late is not of now. */
  #turn = 0;

  /** Opens with the first driver, or `disconnected`. */
  constructor(options: DriverSeatOptions, begin: 'open' | 'disconnected') {
    this.#o = options;
    this.#again = begin === 'disconnected';
    if (begin === 'open') this.open();
  }

  /** Opens a driver; after the port is free, when the last one still closes. Without effect when there is one. */
  open(): void {
    if (this.#driver !== null || this.#closed) return;
    this.#turn += 1;
    const turn = this.#turn;
    if (this.#leaving === null) this.#seat(turn);
    else void this.#leaving.then(() => this.#seat(turn));
  }

  /** Closes the driver and gives its port free. */
  release(): void {
    this.#turn += 1;
    const leaving = this.#driver?.close('given-free');
    this.#driver = null;
    if (leaving === undefined) return;
    this.#leaving = leaving
      .catch(cause => this.#o.log(`its driver did not end in order: ${cause instanceof Error ? cause.message : String(cause)}`))
      .finally(() => {
        this.#leaving = null;
      });
  }

  get program(): ProgramDriver | undefined {
    return this.#driver?.program;
  }

  perform(effect: DeviceEffect): void {
    if (this.#driver) this.#driver.perform(effect);
    else this.#o.report(refusalReport(effect, disconnected));
  }

  stop(): boolean {
    return this.#driver?.stop() ?? false;
  }

  grantJog(jogId: string): void {
    this.#driver?.grantJog?.(jogId);
  }

  /** The driver's last words are still heard; none is opened after it. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#driver?.close(), this.#leaving]);
  }

  #seat(turn: number): void {
    if (turn !== this.#turn || this.#driver !== null || this.#closed) return;
    const again = this.#again;
    this.#driver = this.#o.open(report => {
      if (turn !== this.#turn) return;
      this.#o.report(report);
      // Also when the same driver has its link back: what was pressed meanwhile went nowhere, or into a connection that was dead already.
      if (report.type === 'link.up') queueMicrotask(() => this.#stopAtOnce(turn));
    }, again);
    this.#again = true;
  }

  /** Its link is open, and the driver has done what an opening needs: before that there is nothing to write a stop to. */
  #stopAtOnce(turn: number): void {
    if (turn === this.#turn && !this.#closed && this.#o.owesStop()) this.stop();
  }
}
