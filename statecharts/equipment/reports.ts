/**
 * What a driver says of its device, in words that no protocol owns. Reports are events of the equipment chart; fast numbers
 * (positions, feeds) are telemetry and never come here. Distances mm, times ms, `at` ms since 1970.
 */

/** Position or length per axis, mm. */
export interface Axes {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Travel limits in machine coordinates, mm. */
export interface Envelope {
  readonly min: Axes;
  readonly max: Axes;
}

/** Work coordinate offsets by name (G54 ... G59, G92), mm, as the device reported them. */
export type WorkOffsets = Readonly<Record<string, Axes>>;

/** What the device itself says it is doing. `held` means at rest in a hold, `holding` still slowing down. */
export type DeviceCondition =
  | 'idle'
  | 'running'
  | 'holding'
  | 'held'
  | 'jogging'
  | 'homing'
  | 'alarm'
  /** The door is open and the machine still slowing down or parking; then `door-open`, at rest. */
  | 'door-opening'
  | 'door-open'
  | 'door-closed'
  | 'resuming'
  | 'check'
  | 'asleep';

/** A thing the type can or cannot do; an absent one carries the reason. */
export interface Capability {
  readonly name:
    | 'program'
    | 'hold'
    | 'home'
    | 'jog'
    /** A slow jog with the guard open, spindle and beam off, as the controller itself allows it. */
    | 'jog-guarded'
    | 'mdi'
    | 'override'
    | 'door'
    | 'laser'
    | 'temperature'
    | 'register'
    | 'switch';
  readonly absent?: string;
}

/**
 * Inputs of the machine that are wired to something we read; one that is not wired is absent. True is the good state: not pressed,
 * closed, running, pressure there.
 */
export interface ChainInputs {
  readonly emergencyStop?: boolean;
  readonly protectiveStop?: boolean;
  /** The chain was opened and its reset has not been seen since. */
  readonly resetRequired?: boolean;
  readonly extraction?: boolean;
  readonly air?: boolean;
  readonly coolant?: boolean;
}

/** How a run of a program ended, with what is known of its lines (1-based, of the cleaned program). */
export interface ProgramOutcome {
  readonly job: string;
  readonly result: 'complete' | 'stopped' | 'aborted' | 'failed' | 'interrupted';
  /** Last line handed to the link. */
  readonly sent: number;
  /** Last line the device answered. */
  readonly acknowledged: number;
  readonly total: number;
  /** First and last line that may or may not have been executed; absent when nothing is uncertain. */
  readonly uncertain?: readonly [number, number];
  readonly error?: { readonly line: number; readonly code: string; readonly text: string };
}

export type Report =
  | { readonly type: 'link.up' }
  | { readonly type: 'link.lost'; readonly reason: string }
  /** Nothing heard for `ms` although an answer was due; the link itself is still open. */
  | { readonly type: 'link.silent'; readonly ms: number }
  | { readonly type: 'link.answering' }
  | {
      readonly type: 'device.identified';
      readonly firmware: string;
      readonly version: string;
      readonly identity: string;
      readonly capabilities: readonly Capability[];
      readonly envelope: Envelope | null;
      readonly simulated: boolean;
    }
  | { readonly type: 'device.identity.changed'; readonly expected: string; readonly found: string }
  /** The device was read after connecting: the chart leaves `syncing`. `heldByUs` when the recovery hold byte was sent. */
  | { readonly type: 'device.synced'; readonly condition: DeviceCondition; readonly homed: boolean; readonly heldByUs: boolean }
  | { readonly type: 'device.condition'; readonly condition: DeviceCondition }
  | { readonly type: 'device.alarm'; readonly code: string; readonly text: string; readonly positionLost: boolean }
  /** A restart banner. Not `asked` for: brown-out or reset key; position lost, program gone. */
  | { readonly type: 'device.reset'; readonly asked: boolean }
  /** Safety chain and supplies, whole, whenever one of them changes. */
  | { readonly type: 'device.chain'; readonly inputs: ChainInputs }
  /** Of a switch: what its contact does, as read back. */
  | { readonly type: 'device.output'; readonly on: boolean }
  /** Of a printer: any heater has a target. */
  | { readonly type: 'device.heat'; readonly on: boolean }
  | { readonly type: 'device.homed' }
  | { readonly type: 'device.position.lost'; readonly reason: string }
  | { readonly type: 'device.offsets'; readonly offsets: WorkOffsets }
  /**
   * Which modes of the program interpreter differ from those that programs are checked from, in its own words (`G20`, `G55`);
   * null when they are not known.
   */
  | { readonly type: 'device.modes'; readonly changed: readonly string[] | null }
  /** The sequence of an effect came to its end and the device confirmed it. */
  | { readonly type: 'device.aborted' }
  | { readonly type: 'device.stopped' }
  | { readonly type: 'device.cleared' }
  /** `lateMs`: the last grant was found to be over so much later than 250 ms, because this process stood still meanwhile. */
  | {
      readonly type: 'jog.ended';
      readonly jogId: string;
      readonly reason: 'released' | 'grant-lost' | 'done' | 'refused' | 'stopped';
      readonly lateMs?: number;
    }
  | { readonly type: 'mdi.answered'; readonly line: string; readonly error?: string }
  | { readonly type: 'program.started'; readonly job: string }
  | { readonly type: 'program.ended'; readonly outcome: ProgramOutcome }
  /** An effect could not be performed; nothing more of it will be. */
  | { readonly type: 'effect.failed'; readonly effect: string; readonly code: string; readonly text: string };

export type ReportType = Report['type'];
