import type { ProfileName } from '../profiles/profile.ts';
import { noSite, type SiteState } from '../site/rule.ts';
import type { ExecutionState } from './packml.ts';
import type { Capability, ChainInputs, DeviceCondition, Envelope, ProgramOutcome, WorkOffsets } from './reports.ts';

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
  readonly profile: ProfileName;
  /** START is refused until homed. */
  readonly needsHoming: boolean;
  /** `none`: W.I.T. does not see the emergency-stop chain, as with most hobby controllers. */
  readonly chain: 'none' | 'observed';
  /** What this machine may be asked for at most. */
  readonly limits?: Limits;
}

/** Per heater the highest target, °C; per register its range, in the unit that the register has. */
export interface Limits {
  readonly temperatures?: Readonly<Record<string, number>>;
  readonly registers?: Readonly<Record<string, { readonly min: number; readonly max: number }>>;
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

/** 1 act now, 2 soon, 3 to be known (after ISA-18.2). */
export type AlarmPriority = 1 | 2 | 3;

export interface Alarm {
  readonly code: string;
  readonly text: string;
  readonly at: number;
  readonly priority: AlarmPriority;
  /** The first of those that stand together: what followed is often its consequence. */
  readonly first: boolean;
  /** Who has seen it, and when. */
  readonly acknowledged: { readonly by: string; readonly at: number } | null;
}

/** A person who has, keeps or is offered a machine. */
export interface Named {
  readonly id: string;
  readonly name: string;
}
export interface Holder extends Named {
  readonly since: number;
}

/** Kept for a person, or offered to one, until then. */
export interface Promised extends Named {
  readonly until: number;
}

/** One lock of one maintainer: the machine stays out of use until each of them has removed their own. */
export interface Lock {
  readonly id: string;
  readonly by: string;
  readonly byName: string;
  readonly at: number;
  readonly reason: string;
}

/** Maintenance that is due by hours or date; an enforced one keeps the machine out of use. */
export interface DueItem {
  readonly id: string;
  readonly text: string;
  readonly since: number;
  readonly enforced: boolean;
}

export interface Degradation {
  readonly code: string;
  readonly message: string;
  readonly since: number;
}

/** The states of every region; nested states are joined by dots. Those at the end belong to one family each. */
export interface Regions {
  readonly authority: 'none' | 'owned' | 'losing';
  readonly connection: 'offline' | 'disconnected' | 'connecting' | 'syncing' | 'online' | 'stale';
  readonly mode: 'processing' | 'setup.ready' | 'setup.homing' | 'setup.jogging' | 'setup.mdi' | 'maintenance';
  readonly execution: ExecutionState;
  readonly safety: 'unknown' | 'notObserved' | 'normal' | 'guardOpen' | 'protectiveStop' | 'estop' | 'resetRequired';
  readonly stopLatch: 'released' | 'latched';
  readonly occupancy: 'free' | 'reserved' | 'occupied' | 'offered' | 'absent';
  readonly maintenance: 'inService' | 'due' | 'lockedOut' | 'outOfService';
  readonly alarms: 'none' | 'active' | 'acknowledged';
  /** Laser: may a program switch the beam on? */
  readonly beam?: 'disarmed' | 'armed' | 'firing';
  /** Printer: is any heater on? */
  readonly heat?: 'unknown' | 'off' | 'on';
  /** Switch. */
  readonly output?: 'unknown' | 'off' | 'on';
}
export type RegionName = keyof Regions;

/** The facts of an equipment. Everything a guard reads is here; times are ms since 1970 and come from events only. */
export interface EquipmentContext {
  readonly input: EquipmentInput;
  /** Equal to the state value at all times: guards of one region read the others here. */
  readonly regions: Regions;
  readonly since: Readonly<Partial<Record<RegionName, number>>>;
  readonly epoch: number;
  readonly holder: Holder | null;
  /** For whom the machine is kept while it is reserved. */
  readonly reservation: Promised | null;
  /** To whom the holder offers control. */
  readonly offer: Promised | null;
  readonly locks: readonly Lock[];
  readonly outOfService: Omit<Lock, 'id'> | null;
  readonly serviceDue: readonly DueItem[];
  /** Rules of the site in force here, and the facts that they ask for. */
  readonly site: SiteState;
  /** Why a run was suspended or ended by the site, in words; null when it was not. */
  readonly siteLoss: readonly string[] | null;
  /** Inputs of the emergency-stop chain and of what feeds the machine; null while nothing was read. */
  readonly chain: ChainInputs | null;
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

const familyRegions: Partial<Readonly<Record<ProfileName, Partial<Regions>>>> = {
  laser: { beam: 'disarmed' },
  printer: { heat: 'unknown' },
  switch: { output: 'unknown' },
};

/** Facts of an equipment nobody has spoken to yet: offline, unknown, aborted, owned by nobody. */
export function initialContext(input: EquipmentInput): EquipmentContext {
  const regions: Regions = {
    authority: 'none',
    connection: 'offline',
    mode: 'processing',
    execution: 'Aborted',
    safety: 'unknown',
    stopLatch: 'released',
    occupancy: 'free',
    maintenance: 'inService',
    alarms: 'none',
    ...familyRegions[input.profile],
  };
  return {
    input,
    regions,
    since: Object.fromEntries(Object.keys(regions).map(region => [region, 0])),
    epoch: 0,
    holder: null,
    reservation: null,
    offer: null,
    locks: [],
    outOfService: null,
    serviceDue: [],
    site: noSite,
    siteLoss: null,
    chain: null,
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
