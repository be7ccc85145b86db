import type { Axes, DeviceCondition } from '../../statecharts/equipment/reports.ts';
import { addAxes, mapAxes, subtractAxes } from '../gcode/axes.ts';
import type { StatusLine } from './parse-status.ts';

/** The latest truth about the device, put together from reports that each leave things out. */
export interface DeviceView {
  readonly condition: DeviceCondition;
  readonly machine: Axes | null;
  readonly work: Axes | null;
  readonly offset: Axes | null;
  readonly feed: number | null;
  readonly spindle: number | null;
  readonly overrides: { readonly feed: number; readonly rapid: number; readonly spindle: number } | null;
  readonly pins: readonly string[];
}

/** mm per unit of the controller's reports: 25.4 when `$13=1`; null while the setting is unknown, and so are all lengths. */
export type ReportUnit = number | null;

/**
 * Adds a report to what is known. Absence has two meanings (interface.md): no `Pn` means no input is triggered, no `WCO` or `Ov`
 * means not sent this time.
 */
export function mergeStatus(last: DeviceView | null, line: StatusLine, unit: ReportUnit): DeviceView {
  const offset = line.offset ? scaled(line.offset, unit) : (last?.offset ?? null);
  return {
    condition: conditionOf(line),
    ...positions(line, offset, unit),
    offset,
    feed: line.feed === undefined || unit === null ? null : line.feed * unit,
    spindle: line.spindle ?? null,
    overrides: line.overrides ?? last?.overrides ?? null,
    pins: line.pins ?? [],
  };
}

/** The device's own word for its state in ours (interface.md, "Real-time status reports"). */
export function conditionOf(line: Pick<StatusLine, 'state' | 'sub'>): DeviceCondition {
  switch (line.state) {
    case 'Hold':
      return line.sub === 0 ? 'held' : 'holding';
    case 'Door':
      return doorCondition(line.sub);
    // grblHAL waits for a tool change in a state of its own: at rest until resumed.
    case 'Tool':
      return 'held';
    default:
      return plainConditions[line.state];
  }
}

/** True where nothing moves and nothing will move by itself. */
export function isAtRest(condition: DeviceCondition): boolean {
  return ['idle', 'held', 'alarm', 'door-closed', 'door-open', 'check', 'asleep'].includes(condition);
}

const plainConditions = {
  Idle: 'idle',
  Run: 'running',
  Jog: 'jogging',
  Alarm: 'alarm',
  Check: 'check',
  Home: 'homing',
  Sleep: 'asleep',
} as const satisfies Record<string, DeviceCondition>;

/** Door:0 closed and ready, :1 ajar, :2 stopping and parking, :3 restoring. */
function doorCondition(sub: number | undefined): DeviceCondition {
  if (sub === 0) return 'door-closed';
  if (sub === 2) return 'door-opening';
  return sub === 3 ? 'resuming' : 'door-open';
}

function positions(line: StatusLine, offset: Axes | null, unit: ReportUnit): Pick<DeviceView, 'machine' | 'work'> {
  const machine = line.machine ? scaled(line.machine, unit) : null;
  const work = line.work ? scaled(line.work, unit) : null;
  return {
    machine: machine ?? (work && offset ? addAxes(work, offset) : null),
    work: work ?? (machine && offset ? subtractAxes(machine, offset) : null),
  };
}

function scaled(axes: Axes, unit: ReportUnit): Axes | null {
  return unit === null ? null : mapAxes(axis => axes[axis] * unit);
}
