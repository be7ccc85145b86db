import type { Report } from '../../statecharts/equipment/reports.ts';
import type { DriverClock } from '../driver.ts';
import { Deadline } from '../links/deadline.ts';

export interface ClearingPorts {
  readonly clock: DriverClock;
  /** A reading is there by then, or none is coming, ms. */
  readonly withinMs: number;
  report(report: Report): void;
  read(): void;
}

/** Clearing a switch: its contact is read anew, and nothing is written. */
export class Clearing {
  readonly #ports: ClearingPorts;
  readonly #limit: Deadline;
  #active = false;

  constructor(ports: ClearingPorts) {
    this.#ports = ports;
    this.#limit = new Deadline(ports.clock);
  }

  get active(): boolean {
    return this.#active;
  }

  start(): void {
    this.#active = true;
    this.#limit.start(this.#ports.withinMs, () => this.fail('no-answer', 'The relay did not let its contact be read.'));
    this.#ports.read();
  }

  /** A reading has come that was asked for since: true when that ends a clearing. */
  seen(): boolean {
    const ends = this.#active;
    this.#end();
    return ends;
  }

  /** Something came between. */
  fail(code: string, text: string): void {
    if (!this.#active) return;
    this.#end();
    this.#ports.report({ type: 'effect.failed', effect: 'device.clear', code, text });
  }

  #end(): void {
    this.#active = false;
    this.#limit.cancel();
  }
}
