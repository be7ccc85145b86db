import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report, ReportType } from '../../statecharts/equipment/reports.ts';
import type { DeviceTelemetry, Driver, DriverContext } from '../driver.ts';
import { type ManualClock, manualClock } from '../links/manual-clock.ts';
import { type MemoryLink, memoryLink } from '../links/memory.ts';
import { openGrbl } from './driver.ts';
import { grblSettingsSchema } from './settings.ts';

/** A driver on a memory link under a clock that the test moves: the test plays the controller. */
export interface DriverBench {
  readonly driver: Required<Driver>;
  readonly clock: ManualClock;
  readonly link: MemoryLink;
  readonly reports: Report[];
  readonly telemetry: Partial<DeviceTelemetry>[];
  /** What was told, in order: the types of the reports, and `telemetry`. */
  readonly told: string[];
  readonly directory: string;
  /** False takes the right to write away. */
  readonly fence: { epoch: number; valid(): boolean; allowed: boolean };
  /** Reports of one type so far. */
  of<T extends ReportType>(type: T): Extract<Report, { type: T }>[];
  say(...lines: string[]): void;
  /** Writes a program where the driver looks for `hash`. */
  program(hash: string, lines: readonly string[]): void;
  /** Answers `$G`; the modes after a reset unless told. */
  modes(words?: string): void;
  /** Plays a controller that reports one state over and over for this long, ms. */
  reportsFor(ms: number, state?: string): void;
  /** Plays a controller at rest until the driver has identified it; the modes after a reset unless told. */
  identify(info?: string, words?: string): void;
}

const resetModes = 'G0 G54 G17 G21 G90 G94 M5 M9 T0 F0 S0';
const machineZero = '|MPos:0.000,0.000,0.000|FS:0,0>';

/** A status line at machine zero. */
export function statusOf(state: string): string {
  return `<${state}${machineZero}`;
}

/** What the driver is told; a serial port of its own unless said otherwise. */
export interface BenchOrder {
  readonly settings?: object;
  readonly inherited?: boolean;
  readonly takeOver?: DriverContext<unknown>['takeOver'];
}

/** Makes a bench; the link is closed until `bench.link.open()`. */
export function driverBench(directory: string = mkdtempSync(join(tmpdir(), 'wit-grbl-')), like: BenchOrder = {}): DriverBench {
  const clock = manualClock();
  const reports: Report[] = [];
  const telemetry: Partial<DeviceTelemetry>[] = [];
  const told: string[] = [];
  const fence = { epoch: 1, allowed: true, valid: () => fence.allowed };
  const links: MemoryLink[] = [];
  const driver = openGrbl(
    {
      settings: grblSettingsSchema.parse(like.settings ?? { path: '/dev/null' }),
      inherited: like.inherited ?? false,
      ...(like.takeOver ? { takeOver: like.takeOver } : {}),
      fence,
      clock,
      directory,
      programPath: hash => join(directory, hash),
      report(report) {
        reports.push(report);
        told.push(report.type);
      },
      telemetry(update) {
        telemetry.push(update);
        told.push('telemetry');
      },
      wire: () => undefined,
    },
    listener => {
      const made = memoryLink(fence, listener);
      links.push(made);
      return made;
    },
  );
  const [link] = links;
  if (!link) throw new Error('the driver opened no link');
  const say = (...lines: string[]) => link.say(`${lines.join('\r\n')}\r\n`);
  return {
    driver,
    clock,
    link,
    reports,
    telemetry,
    told,
    directory,
    fence,
    say,
    of: <T extends ReportType>(type: T) => reports.filter((report): report is Extract<Report, { type: T }> => report.type === type),
    program: (hash, lines) => writeFileSync(join(directory, hash), lines.map(line => `${line}\n`).join('')),
    modes: (words = resetModes) => say(`[GC:${words}]`, 'ok'),
    reportsFor(ms, state = 'Idle') {
      for (let passed = 0; passed < ms; passed += 200) {
        clock.advance(200);
        say(statusOf(state));
      }
    },
    identify: (info = 'bench mill', words = resetModes) => identify(say, info, words),
  };
}

function identify(say: DriverBench['say'], info: string, words: string): void {
  say(statusOf('Idle'));
  say(`[VER:1.1h.20190830:${info}]`, '[OPT:V,15,128]', 'ok');
  say('$13=0', '$22=1', '$23=0', '$32=0', '$130=200.000', '$131=200.000', '$132=100.000', 'ok');
  say('[G54:0.000,0.000,0.000]', '[G92:0.000,0.000,0.000]', '[TLO:0.000]', 'ok');
  say(`[GC:${words}]`, 'ok');
}
