import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report, ReportType } from '../../statecharts/equipment/reports.ts';
import type { Driver } from '../driver.ts';
import { type ManualClock, manualClock } from '../links/manual-clock.ts';
import { type MemoryLink, memoryLink } from '../links/memory.ts';
import { openModbusSwitch } from './driver.ts';
import { encodeFrame, type Frame } from './encode.ts';
import { FrameSplitter } from './parse.ts';
import { modbusSwitchSettingsSchema } from './settings.ts';
import { Relay } from './simulator/relay.ts';

/** A driver on a memory link under a clock that the test moves, before a relay that answers when the test lets it. */
export interface SwitchBench {
  readonly driver: Driver;
  readonly clock: ManualClock;
  readonly link: MemoryLink;
  readonly relay: Relay;
  readonly reports: Report[];
  readonly fence: { epoch: number; allowed: boolean; valid(): boolean };
  of<T extends ReportType>(type: T): Extract<Report, { type: T }>[];
  /** What was written and not answered so far, as the relay would read it. */
  asked(): Frame[];
  /** The same as hex without frames. */
  askedHex(): string[];
  /** The relay reads what was written and answers, until nothing is left to answer. */
  answer(): void;
  /** The relay says this. */
  say(frame: Frame): void;
  /** Connected, identified, synced and cleared by a person. */
  ready(): void;
}

/** Makes a bench; the link is closed until `bench.link.open()`. */
export function switchBench(settings: object = {}): SwitchBench {
  const clock = manualClock();
  const reports: Report[] = [];
  const fence = { epoch: 1, allowed: true, valid: () => fence.allowed };
  const links: MemoryLink[] = [];
  const directory = mkdtempSync(join(tmpdir(), 'wit-modbus-'));
  const driver = openModbusSwitch(
    {
      settings: modbusSwitchSettingsSchema.parse({ host: '127.0.0.1', ...settings }),
      fence,
      clock,
      directory,
      programPath: hash => join(directory, hash),
      report: report => reports.push(report),
      telemetry: () => undefined,
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
  const relay = new Relay({ name: 'bench', contactMs: 0 });
  const asked = () => new FrameSplitter().push(Buffer.from(link.take(), 'latin1')) ?? [];
  const say = (frame: Frame) => link.say(Buffer.from(encodeFrame(frame)).toString('latin1'));
  const answer = () => {
    for (let frames = asked(); frames.length > 0; frames = asked()) {
      for (const frame of frames) say({ ...frame, pdu: Uint8Array.from(relay.answer(frame.pdu, clock.monotonic())) });
    }
  };
  return {
    driver,
    clock,
    link,
    relay,
    reports,
    fence,
    of: <T extends ReportType>(type: T) => reports.filter((report): report is Extract<Report, { type: T }> => report.type === type),
    asked,
    askedHex: () => asked().map(({ pdu }) => Buffer.from(pdu).toString('hex')),
    answer,
    say,
    ready() {
      link.open();
      answer();
      driver.perform({ type: 'device.clear' });
      answer();
      reports.length = 0;
    },
  };
}
