import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DeviceCondition, Report, ReportType } from '../../statecharts/equipment/reports.ts';
import type { DeviceTelemetry, Driver, DriverClock, EquipmentType } from '../driver.ts';
import { type LinkKind, type SimulatorProcess, startSimulator } from './simulator-process.ts';
import { readWire, type WireEntry } from './wire.ts';

/** A driver over its simulator: real process, real port, real time. */
export interface Rig {
  readonly driver: Driver;
  readonly simulator: SimulatorProcess;
  readonly reports: Report[];
  readonly telemetry: DeviceTelemetry;
  of<T extends ReportType>(type: T): Extract<Report, { type: T }>[];
  condition(): DeviceCondition | null;
  /** What crossed the line so far, from `since` on. */
  wire(since?: number): WireEntry[];
  /** Waits for something to become true; fails after `ms` with the reports so far. */
  until(what: string, check: () => boolean, ms?: number): Promise<void>;
  /** Waits for the n-th report of a type since the rig was made. */
  report<T extends ReportType>(type: T, nth?: number): Promise<Extract<Report, { type: T }>>;
  /** Writes a program and runs it as `job-1`. */
  run(lines: readonly string[]): void;
  close(): Promise<void>;
}

/** What happens to the device before the driver opens. */
export type Prelude = (simulator: SimulatorProcess) => Promise<unknown>;

/** Opens a rig with motion so many times faster than life. */
export type OpenRig = (timeFactor?: number, prelude?: Prelude) => Promise<Rig>;

export interface RigOrder {
  readonly link: LinkKind;
  readonly type: EquipmentType;
  /** The built simulator. */
  readonly program: string;
  readonly timeFactor: number;
  readonly prelude?: Prelude | undefined;
  /** Beside the address of the simulator. */
  readonly settings?: object;
}

const clock: DriverClock = {
  monotonic: () => performance.now(),
  setTimeout(run, ms) {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

const nothingYet: DeviceTelemetry = {
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

/** Starts a simulator and opens a driver on its port. */
export async function openRig(order: RigOrder): Promise<Rig> {
  const directory = mkdtempSync(join(tmpdir(), 'wit-conformance-'));
  const simulator = await startSimulator({ ...order, arguments: order.type.simulatorArguments, directory });
  await order.prelude?.(simulator);
  const reports: Report[] = [];
  const seen = { telemetry: nothingYet };
  const driver = order.type.open({
    settings: order.type.settings.parse({ ...order.settings, ...simulator.link }),
    fence: { epoch: 1, valid: () => true },
    clock,
    directory,
    programPath: hash => join(directory, hash),
    report: report => reports.push(report),
    telemetry(update) {
      seen.telemetry = { ...seen.telemetry, ...update };
    },
    wire: () => undefined,
  });
  return makeRig({ directory, simulator, reports, seen, driver });
}

interface Parts {
  readonly directory: string;
  readonly simulator: SimulatorProcess;
  readonly reports: Report[];
  readonly seen: { telemetry: DeviceTelemetry };
  readonly driver: Driver;
}

function makeRig({ directory, simulator, reports, seen, driver }: Parts): Rig {
  const of = <T extends ReportType>(type: T) => reports.filter((report): report is Extract<Report, { type: T }> => report.type === type);
  const until = async (what: string, check: () => boolean, ms = 30_000) => {
    const deadline = performance.now() + ms;
    while (!check()) {
      if (performance.now() > deadline)
        throw new Error(`not within ${ms} ms: ${what}\n${reports.map(line => JSON.stringify(line)).join('\n')}`);
      await delay(5);
    }
  };
  return {
    driver,
    simulator,
    reports,
    get telemetry() {
      return seen.telemetry;
    },
    of,
    until,
    condition: () => conditionIn(reports),
    wire: (since = 0) => readWire(simulator.wireLog).filter(entry => entry.t >= since),
    async report<T extends ReportType>(type: T, nth = 1) {
      await until(`report ${type} number ${nth}`, () => of(type).length >= nth);
      const found = of(type)[nth - 1];
      if (!found) throw new Error(`no report ${type}`);
      return found;
    },
    run(lines) {
      writeFileSync(join(directory, 'program'), lines.map(line => `${line}\n`).join(''));
      driver.perform({ type: 'device.program.run', job: 'job-1', hash: 'program', fromLine: 1 });
    },
    async close() {
      await driver.close();
      await simulator.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function conditionIn(reports: readonly Report[]): DeviceCondition | null {
  const last = reports.findLast(report => report.type === 'device.condition' || report.type === 'device.synced');
  return last && 'condition' in last ? last.condition : null;
}
