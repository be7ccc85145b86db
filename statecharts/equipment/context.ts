import type { ExecutionState } from './packml.ts';
import type { Capability, DeviceCondition, Envelope, ProgramOutcome, WorkOffsets } from './reports.ts';

/** What the runtime knows of an equipment before it speaks; the chart's input. */
export interface EquipmentInput {
  /** Without the kind: `mill-1`. */
  readonly id: string;
  readonly name: string;
  /** Driver folder name, for people. */
  readonly type: string;
  readonly node: string;
  readonly simulated: boolean;
  /** Of the type; replaced by what the device says of itself once identified. */
  readonly capabilities: readonly Capability[];
  readonly stopPath: 'realtime' | 'out-of-band' | 'queued';
  readonly profile: 'motion';
  /** START is refused until homed. */
  readonly needsHoming: boolean;
  /** `none`: W.I.T. does not see the emergency-stop chain, as with most hobby controllers. */
  readonly chain: 'none' | 'observed';
}

/** A checked program as LOAD_JOB brings it, by the runtime from the job actor. Bounds are machine coordinates, mm. */
export interface JobFacts {
  readonly id: string;
  readonly name: string;
  /** Of the cleaned program. */
  readonly hash: string;
  readonly lines: number;
  readonly bounds: Envelope | null;
  /** The work offsets that the bounds were computed with. */
  readonly offsets: WorkOffsets;
}

/** The run of a program as the journal knows it; line by line progress is telemetry. */
export interface Run extends Omit<ProgramOutcome, 'result'> {
  readonly result: ProgramOutcome['result'] | 'running';
  /** Name of the person who started it. */
  readonly by: string;
  readonly at: number;
}

export interface Alarm {
  readonly code: string;
  readonly text: string;
  readonly at: number;
}

export interface Holder {
  readonly id: string;
  readonly name: string;
  readonly since: number;
}

export interface Degradation {
  readonly code: string;
  readonly message: string;
  readonly since: number;
}

/** The states of every region; nested states are joined by dots. */
export interface Regions {
  readonly authority: 'none' | 'owned' | 'losing';
  readonly connection: 'offline' | 'connecting' | 'syncing' | 'online' | 'stale';
  readonly mode: 'processing' | 'setup.ready' | 'setup.homing' | 'setup.jogging' | 'setup.mdi' | 'maintenance';
  readonly execution: ExecutionState;
  readonly safety: 'unknown' | 'notObserved' | 'normal' | 'guardOpen';
  readonly stopLatch: 'released' | 'latched';
  readonly occupancy: 'free' | 'occupied';
}
export type RegionName = keyof Regions;

/** The facts of an equipment. Everything a guard reads is here; times are ms since 1970 and come from events only. */
export interface EquipmentContext {
  readonly input: EquipmentInput;
  /** Equal to the state value at all times: guards of one region read the others here. */
  readonly regions: Regions;
  readonly since: Readonly<Record<RegionName, number>>;
  readonly epoch: number;
  readonly holder: Holder | null;
  readonly job: JobFacts | null;
  readonly run: Run | null;
  readonly alarms: readonly Alarm[];
  readonly homed: boolean;
  /** The last stop press while latched. */
  readonly stop: { readonly by: string; readonly byName: string; readonly at: number; readonly stopId: string } | null;
  readonly device: { readonly firmware: string; readonly version: string; readonly identity: string } | null;
  readonly envelope: Envelope | null;
  readonly offsets: WorkOffsets;
  /** Modes of the controller that are not those programs are checked from; null when they are not known. */
  readonly modesChanged: readonly string[] | null;
  readonly capabilities: readonly Capability[];
  readonly degraded: readonly Degradation[];
  /** The last thing the device said it is doing; null while nobody asked it. */
  readonly condition: DeviceCondition | null;
  /** The link is open, whether or not anybody answers on it. */
  readonly linkOpen: boolean;
  /** Why there is no open link, in the words of the link; null while it is open and before the first try. */
  readonly linkReason: string | null;
  /** The guard was open since the last confirmed start: going on needs somebody at the machine. */
  readonly guardOpened: boolean;
  /** Since when it is not known what the machine really does; null when it is. */
  readonly indeterminate: number | null;
  /** The recovery hold was sent when the device was read after we had been away. */
  readonly heldByUs: boolean;
}

/** Facts of an equipment nobody has spoken to yet: offline, unknown, aborted, owned by nobody. */
export function initialContext(input: EquipmentInput): EquipmentContext {
  return {
    input,
    regions: {
      authority: 'none',
      connection: 'offline',
      mode: 'processing',
      execution: 'Aborted',
      safety: 'unknown',
      stopLatch: 'released',
      occupancy: 'free',
    },
    since: { authority: 0, connection: 0, mode: 0, execution: 0, safety: 0, stopLatch: 0, occupancy: 0 },
    epoch: 0,
    holder: null,
    job: null,
    run: null,
    alarms: [],
    homed: false,
    stop: null,
    device: null,
    envelope: null,
    offsets: {},
    modesChanged: null,
    capabilities: input.capabilities,
    degraded: [],
    condition: null,
    linkOpen: false,
    linkReason: null,
    guardOpened: false,
    indeterminate: null,
    heldByUs: false,
  };
}
