import type { z } from 'zod';
import type { DeviceEffect } from '../statecharts/equipment/effects.ts';
import type { Capability, Envelope, Report, WorkOffsets } from '../statecharts/equipment/reports.ts';
import type { Telemetry } from '../statecharts/equipment/status.ts';
import type { ProfileName } from '../statecharts/profiles/profile.ts';
import type { Dialect } from './gcode/dialect.ts';

/**
 * The driver contract. An equipment type says what a family of devices is and opens drivers; a driver translates: effects in,
 * reports out. It decides nothing: no retry of a physical effect, no state beyond protocol bookkeeping, no throw after `open`
 * (a fault is a report). Every byte goes through its link, which asks the fence right before the write.
 */
export interface EquipmentType<Settings = unknown> {
  /** What the row of an equipment says, `grbl`. */
  readonly type: string;
  readonly title: string;
  readonly profile: ProfileName;
  readonly settings: z.ZodType<Settings>;
  readonly capabilities: readonly Capability[];
  /** Of what runs programs; absent on a thing that runs none. */
  readonly program?: ProgramType;
  /** `realtime` bypasses the device's buffer; `queued` is shown as degraded. */
  readonly stopPath: 'realtime' | 'out-of-band' | 'queued';
  /** IEC 60204-1 stop category of the stop sequence. */
  readonly abortCategory: 0 | 1;
  /** Program file of the simulator relative to the repository root, e.g. `machines/grbl/simulator.ts`. */
  readonly simulator: string;
  /** What makes that program this device. */
  readonly simulatorArguments: readonly string[];
  /**
   * `local`: the device hangs on a wire of one computer, whose port lock is the fence; only that node can own it. `network`: any node
   * that drives the type can, and nothing but the epoch keeps two of them apart.
   */
  locality(settings: Settings): Locality;
  /** Opens the link and starts identifying; never throws, a link that cannot be opened is `link.lost` and is retried. */
  open(context: DriverContext<Settings>): Driver;
}

export interface ProgramType {
  /** What a program or a typed line may contain; the allow-list in front of the wire. */
  readonly dialect: Dialect;
  /** True when a hold byte is sent first on reconnect, because the device may still empty a line buffer that we filled. */
  readonly lineFed: boolean;
}

/** Where a device can be reached from. */
export type Locality = 'local' | 'network';

/** Everything a driver gets from the world. */
export interface DriverContext<Settings> {
  readonly settings: Settings;
  readonly fence: Fence;
  readonly clock: DriverClock;
  /**
   * True when another node, or after DISCONNECT another program, may have driven the device before, and may have left it in motion or in
   * the middle of a line: the files here know nothing of it, so the first byte is the hold byte.
   */
  readonly inherited?: boolean;
  /**
   * A run that the last owner handed over in order. Until the device was found as `from` says, nothing but questions is written, and no
   * report but of what was found is made; then `verified` is called, once, before any further report: with null, and `device.program.run`
   * with the next line is awaited; or with why it is not so, and everything begins as with `inherited`, with the hold byte.
   */
  readonly takeOver?: { readonly from: HandOver; verified(why: string | null): void };
  /** Where the port lock and the progress file of this equipment live. */
  readonly directory: string;
  /** Absolute path of a cleaned program by hash, as `machines/gcode/check.ts` wrote it. */
  programPath(hash: string): string;
  report(report: Report): void;
  telemetry(update: Partial<DeviceTelemetry>): void;
  /** Every line and realtime byte that crossed the link, for the console and the journal's diagnosis. */
  wire(line: WireLine): void;
}

export type DeviceTelemetry = Omit<Telemetry, 'actor' | 'at' | 'epoch' | 'n'>;

/** A run that another owner can go on with: every line up to `acknowledged` (1-based, of the cleaned program) was sent once and answered, no other was sent. */
export interface HandOver {
  readonly job: string;
  readonly hash: string;
  readonly acknowledged: number;
  readonly total: number;
  /** By which the device is recognised. */
  readonly identity: string;
  /** What the device's interpreter was left in by the last line, in its own words. */
  readonly modes: readonly string[];
}

/** The right to write. `valid()` is asked synchronously right before every write; false drops the write and everything queued. */
export interface Fence {
  readonly epoch: number;
  valid(): boolean;
}

/** Injected time: `monotonic()` in ms, never steps. */
export interface DriverClock {
  monotonic(): number;
  setTimeout(run: () => void, ms: number): { cancel(): void };
}

export interface WireLine {
  /** ms since 1970 */
  readonly at: number;
  readonly direction: 'sent' | 'received' | 'note';
  /** Printable; realtime bytes by name, e.g. `! (feed hold)`. */
  readonly text: string;
  /** True for status polls and answers, which consoles fold. */
  readonly poll: boolean;
}

/** A live translator. All methods return at once; outcomes are reports. */
export interface Driver {
  perform(effect: DeviceEffect): void;
  /**
   * The software stop, from the stop lane: the stop byte is handed to the operating system before this returns. Repeated calls
   * repeat the byte. Returns false when there is no open link to write to.
   */
  stop(): boolean;
  /** Of what runs programs: there when the type says `program`. */
  readonly program?: ProgramDriver;
  /** The dead-man of a held jog: motion ends at most 250 ms after the last grant. Unknown or ended jogs are ignored. Absent where nothing is jogged. */
  grantJog?(jogId: string): void;
  /**
   * Tells a device that may move or be energised to end that, since nobody will be here to stop it; then releases port and lock.
   * `given-free`: a person gives it free and nobody comes after, so no setting leaves anything on. Idempotent.
   */
  close(why?: 'given-free'): Promise<void>;
}

/** What a driver of programs does besides. */
export interface ProgramDriver {
  /** What the driver knows now, for preflight: work offsets and travel. */
  facts(): { readonly offsets: WorkOffsets; readonly envelope: Envelope | null };
  /**
   * Feeds no more. `done` is told, at most once, when every line sent is answered, so that another owner can go on; null when nothing runs
   * that could be handed over, or something came between. The device goes on with what it has, and everything else still acts.
   */
  drain(done: (handOver: HandOver | null) => void): void;
  /** After `drain`, when the run is the next owner's: releases port and lock and leaves the device as it is. */
  leave(): Promise<void>;
}

/** A byte pipe with its trouble as callbacks; wraps one library. */
export interface Link {
  /** Writes now, in order; false when the link is closed or the fence is invalid (nothing was written). */
  write(bytes: Uint8Array): boolean;
  /** Like `write`, but overtakes what the operating system has not taken yet: for single bytes a device picks out of the stream. */
  urgent(bytes: Uint8Array): boolean;
  /**
   * The far end is silent. A link that could deliver old bytes late throws the connection away with everything in it, says `lost` and
   * connects anew; any other does nothing.
   */
  giveUp(reason: string): void;
  close(): Promise<void>;
}

export interface LinkListener {
  opened(): void;
  data(bytes: Uint8Array): void;
  /** The link is gone; the link itself reopens with back-off and jitter until closed. */
  lost(reason: string): void;
}
