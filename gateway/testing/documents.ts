import { commandNames } from '../../statecharts/equipment/commands.ts';
import type { EquipmentStatus, Summary, Telemetry } from '../../statecharts/equipment/status.ts';

/** A whole status document of a simulated mill at rest. */
export function millStatus(change: Partial<EquipmentStatus> = {}): EquipmentStatus {
  const decisions = Object.fromEntries(
    commandNames.map(name => [name, { reasons: [], needs: {} }]),
  ) as unknown as EquipmentStatus['decisions'];
  return {
    v: 1,
    actor: 'equipment/mill-1',
    name: 'Mill 1',
    type: 'grbl',
    node: 'node-1',
    profile: 'motion',
    seq: 1,
    decisionSeq: 1,
    epoch: 1,
    at: Date.now(),
    chart: { id: 'equipment', version: '1.0.0', hash: 'h' },
    simulated: true,
    value: { execution: 'Idle', connection: 'online', mode: 'processing', safety: 'notObserved', occupancy: 'free' },
    since: { execution: 0 },
    tags: [],
    truth: 'live',
    detail: 'ready',
    holder: null,
    reservation: null,
    offer: null,
    locks: [],
    outOfService: null,
    serviceDue: [],
    site: { rules: [], facts: {} },
    siteLoss: null,
    chain: null,
    job: null,
    run: null,
    alarms: [],
    homed: true,
    stop: { latched: false, by: null, at: null, stopId: null },
    stopPath: 'realtime',
    device: null,
    envelope: null,
    offsets: {},
    capabilities: [],
    decisions,
    reasons: [],
    validUntil: null,
    degraded: [],
    machineryState: 'NotExecuting',
    execution: 'READY',
    ...change,
  };
}

export function millSummary(change: Partial<Summary> = {}): Summary {
  return {
    actor: 'equipment/mill-1',
    name: 'Mill 1',
    at: Date.now(),
    execution: 'Idle',
    truth: 'live',
    simulated: true,
    detail: 'ready',
    alarms: 0,
    progress: null,
    needsPerson: false,
    latched: false,
    holder: null,
    ...change,
  };
}

export function millTelemetry(n: number): Telemetry {
  return {
    actor: 'equipment/mill-1',
    at: Date.now(),
    epoch: 1,
    n,
    machine: { x: n, y: 0, z: 0 },
    work: { x: n, y: 0, z: 0 },
    system: 'G54',
    feed: 0,
    spindle: 0,
    overrides: null,
    pins: [],
    program: null,
    link: { errors: 0, lines: n },
  };
}
