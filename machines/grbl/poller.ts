import type { DriverClock } from '../driver.ts';
import { Deadline } from '../links/deadline.ts';

/** 5 Hz, as the firmware's authors ask for (interface.md); twice that while a jog is under way. */
const pollMs = 200;
const fastPollMs = 100;

export interface PollerPorts {
  readonly clock: DriverClock;
  readonly silentAfterMs: number;
  /** Writes `?`. */
  ask(): void;
  /** True while position matters more than quiet: a jog. */
  hurried(): boolean;
  /** How long silence is no news now, ms; homing and critical alarms answer nothing. */
  patience(): number;
  silent(ms: number): void;
  answering(): void;
}

/** Asks for status at a steady pace and notices when nothing answers. */
export class Poller {
  readonly #ports: PollerPorts;
  readonly #next: Deadline;
  #heardAt = 0;
  #silent = false;

  constructor(ports: PollerPorts) {
    this.#ports = ports;
    this.#next = new Deadline(ports.clock);
  }

  get isSilent(): boolean {
    return this.#silent;
  }

  start(): void {
    this.#heardAt = this.#ports.clock.monotonic();
    this.#silent = false;
    this.#arm();
  }

  stop(): void {
    this.#next.cancel();
  }

  /** A line of the protocol arrived. */
  heard(): void {
    this.#heardAt = this.#ports.clock.monotonic();
    if (!this.#silent) return;
    this.#silent = false;
    this.#ports.answering();
  }

  #arm(): void {
    this.#next.start(this.#ports.hurried() ? fastPollMs : pollMs, () => {
      this.#arm();
      this.#ports.ask();
      this.#check();
    });
  }

  #check(): void {
    const ms = this.#ports.clock.monotonic() - this.#heardAt;
    if (this.#silent || ms < Math.max(this.#ports.silentAfterMs, this.#ports.patience())) return;
    this.#silent = true;
    this.#ports.silent(Math.round(ms));
  }
}
