import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { findType } from '../../machines/catalog.ts';
import { type RunningSimulator, startSimulator } from '../../machines/grbl/simulator/run.ts';
import type { Report } from '../../statecharts/equipment/reports.ts';
import { realClock } from '../system/real-ports.ts';
import { until } from '../testing/until.ts';
import { DriverSeat } from './driver-seat.ts';
import { StopWatch } from './stop-watch.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A mill on the network with its driver in its seat, and a spindle that a typed line left turning. */
async function turningMill() {
  const grbl = findType('grbl');
  if (!grbl) throw new Error('there is no such type');
  const directory = mkdtempSync(join(tmpdir(), 'wit-owed-stop-'));
  closing.push(async () => rmSync(directory, { recursive: true, force: true }));
  const place = { tcp: 0, clients: 'one' } as const;
  const simulator = await startSimulator({ port: place, log: null, control: null, timeFactor: 20, baud: 0, name: 'MILL' });
  closing.push(() => simulator.close());
  const reports: Report[] = [];
  const latch = { closed: false };
  const watch = new StopWatch(realClock, 'condition');
  const confirmed: number[] = [];
  const open = (report: (report: Report) => void, again: boolean) =>
    grbl.open({
      settings: grbl.settings.parse({ ...simulator.link, silentAfterMs: 500 }),
      inherited: again,
      fence: { epoch: 1, valid: () => true },
      clock: realClock,
      directory,
      programPath: hash => join(directory, hash),
      report,
      telemetry: () => watch.answered(),
      wire: () => undefined,
    });
  const report = (one: Report) => {
    watch.report(one);
    reports.push(one);
  };
  const seat = new DriverSeat({ open, report, owesStop: () => latch.closed, log: () => undefined }, 'open');
  closing.push(() => seat.close());
  const heard = (type: Report['type'], times = 1) =>
    until(`${type}, ${times} times`, () => reports.filter(one => one.type === type).length >= times);
  const press = () => {
    latch.closed = true;
    const written = seat.stop();
    if (written) watch.wait(realClock.monotonic(), ms => confirmed.push(ms));
    return written;
  };
  await heard('device.synced');
  seat.perform({ type: 'device.clear' });
  await heard('device.cleared');
  seat.perform({ type: 'device.mdi', line: 'G1M3S500F100' });
  await heard('mdi.answered');
  await until('the spindle turns', () => isTurning(simulator));
  return { simulator, heard, press, confirmed };
}

const isTurning = async (simulator: RunningSimulator) => (await simulator.perform({ verb: 'state' })).energised === true;

test('[EQ40] [F7] a stop pressed into a connection through which nothing passes is paid when the machine is there again, and confirmed only then', async () => {
  const { simulator, heard, press, confirmed } = await turningMill();
  await simulator.perform({ verb: 'black_hole' });
  expect(press()).toBe(true);
  await heard('link.lost');
  expect([await isTurning(simulator), confirmed]).toEqual([true, []]);
  await simulator.perform({ verb: 'restore' });
  await until('it is confirmed', () => confirmed.length > 0);
  expect(await isTurning(simulator)).toBe(false);
});

test('[EQ40] [F7] a stop pressed while there is no connection is paid when there is one', async () => {
  const { simulator, heard, press, confirmed } = await turningMill();
  await simulator.perform({ verb: 'cut' });
  await heard('link.lost');
  expect(press()).toBe(false);
  expect(await isTurning(simulator)).toBe(true);
  await simulator.perform({ verb: 'restore' });
  await heard('device.aborted');
  expect([await isTurning(simulator), confirmed]).toEqual([false, []]);
});
