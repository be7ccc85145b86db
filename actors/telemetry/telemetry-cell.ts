import type { DeviceTelemetry } from '../../machines/driver.ts';
import type { Telemetry } from '../../statecharts/equipment/status.ts';
import type { Clock } from '../system/ports.ts';

/** 20 Hz at most: what comes faster is coalesced to the latest values. */
const shortestMs = 50;
/** Once a second at least while the device answers, so that silence means something. */
const longestMs = 1_000;

export interface TelemetryCellOptions {
  readonly actor: string;
  readonly epoch: number;
  readonly clock: Clock;
  /** Is the device answering, so that the last values are still true? */
  live(): boolean;
  publish(telemetry: Telemetry): void;
}

const nothing: DeviceTelemetry = {
  machine: null,
  work: null,
  system: null,
  feed: null,
  spindle: null,
  overrides: null,
  pins: [],
  program: null,
  link: { errors: 0, lines: 0 },
};

/** The latest fast numbers of one equipment; never events. */
export class TelemetryCell {
  readonly #o: TelemetryCellOptions;
  #values: DeviceTelemetry = nothing;
  #heardAt = 0;
  #n = 0;
  #publishedAt = Number.NEGATIVE_INFINITY;
  #timer: { cancel(): void } | null = null;

  constructor(options: TelemetryCellOptions) {
    this.#o = options;
    this.#arm(longestMs);
  }

  /** What the device said last. */
  get values(): DeviceTelemetry {
    return this.#values;
  }

  update(update: Partial<DeviceTelemetry>): void {
    this.#values = { ...this.#values, ...update };
    this.#heardAt = this.#o.clock.now();
    const due = this.#publishedAt + shortestMs - this.#o.clock.monotonic();
    if (due <= 0) this.#publish();
    else this.#arm(due);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #arm(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#o.clock.setTimeout(() => this.#tick(), ms);
  }

  #tick(): void {
    if (this.#o.live()) this.#publish();
    else this.#arm(longestMs);
  }

  #publish(): void {
    this.#publishedAt = this.#o.clock.monotonic();
    this.#n += 1;
    this.#o.publish({ ...this.#values, actor: this.#o.actor, epoch: this.#o.epoch, at: this.#heardAt, n: this.#n });
    this.#arm(longestMs);
  }
}
