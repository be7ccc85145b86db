import { expect, test } from 'vitest';
import type { Driver } from '../../machines/driver.ts';
import type { Report } from '../../statecharts/equipment/reports.ts';
import { DriverSeat } from './driver-seat.ts';

/** A driver that takes its time to close. */
class SlowDriver implements Driver {
  readonly done: string[] = [];
  readonly again: boolean;
  readonly report: (report: Report) => void;
  isUp = false;
  closed: () => void = () => undefined;
  fails: (cause: Error) => void = () => undefined;

  constructor(report: (report: Report) => void, again: boolean) {
    this.report = one => {
      this.isUp = one.type === 'link.up';
      report(one);
    };
    this.again = again;
  }

  perform({ type }: Parameters<Driver['perform']>[0]): void {
    this.done.push(type);
  }

  stop(): boolean {
    this.done.push(this.isUp ? 'stop' : 'stop without a link');
    return this.isUp;
  }

  close(): Promise<void> {
    this.done.push('close');
    return new Promise((resolve, reject) => {
      this.closed = resolve;
      this.fails = reject;
    });
  }
}

function seat(begin: 'open' | 'disconnected' = 'open') {
  const drivers: SlowDriver[] = [];
  const reports: Report[] = [];
  const said: string[] = [];
  const latch = { closed: false };
  const open = (report: (report: Report) => void, again: boolean) => {
    const driver = new SlowDriver(report, again);
    drivers.push(driver);
    return driver;
  };
  const ports = { report: (report: Report) => reports.push(report), owesStop: () => latch.closed, log: (line: string) => said.push(line) };
  const of = new DriverSeat({ open, ...ports }, begin);
  return { of, drivers, reports, said, latch };
}
const up: Report = { type: 'link.up' };
const settled = () => new Promise(done => setTimeout(done, 0));

test('[EQ25] the next driver is opened when the last one has given the port free, and not before', async () => {
  const { of, drivers } = seat();
  of.release();
  of.open();
  await settled();
  expect(drivers).toHaveLength(1);
  drivers[0]?.closed();
  await settled();
  expect(drivers.map(({ again }) => again)).toEqual([false, true]);
});

test('[EQ25] who is disconnected again before that is not connected', async () => {
  const { of, drivers } = seat();
  of.release();
  of.open();
  of.release();
  drivers[0]?.closed();
  await settled();
  expect(drivers).toHaveLength(1);
  of.open();
  expect(drivers).toHaveLength(2);
});

test('[EQ25] a disconnected machine is not opened, is not stopped, and what is asked of it fails with the reason', () => {
  const { of, drivers, reports } = seat('disconnected');
  expect([of.stop(), drivers.length]).toEqual([false, 0]);
  for (const type of ['device.abort', 'device.clear'] as const) of.perform({ type });
  of.perform({ type: 'device.mdi', line: 'G0X1' });
  expect(reports).toMatchObject([
    { type: 'effect.failed', effect: 'device.abort', code: 'no-link' },
    { type: 'effect.failed', effect: 'device.clear', code: 'no-link' },
    { type: 'mdi.answered', line: 'G0X1', error: expect.stringContaining('disconnected') },
  ]);
  of.open();
  drivers[0]?.report(up);
  expect([of.stop(), drivers[0]?.again]).toEqual([true, true]);
});

test('[EQ25] what a driver that was closed says late is not heard; the last words of an end in order are', async () => {
  const { of, drivers, reports } = seat();
  of.release();
  drivers[0]?.report(up);
  expect(reports).toEqual([]);
  drivers[0]?.closed();
  await settled();
  of.open();
  const ending = of.close();
  drivers[1]?.report(up);
  drivers[1]?.closed();
  await ending;
  expect(reports).toEqual([up]);
});

test('[EQ25] [EQ40] a machine that is connected under a latched stop is stopped as soon as its link is open', async () => {
  const { of, drivers, latch } = seat('disconnected');
  latch.closed = true;
  of.open();
  expect(drivers[0]?.done).toEqual([]);
  drivers[0]?.report(up);
  await settled();
  expect(drivers[0]?.done).toEqual(['stop']);
  drivers[0]?.report({ type: 'link.lost', reason: 'the cable' });
  latch.closed = false;
  drivers[0]?.report(up);
  await settled();
  expect(drivers[0]?.done).toEqual(['stop']);
});

test('[EQ40] a link that comes back under a latched stop is stopped each time: what was pressed meanwhile went nowhere', async () => {
  const { of, drivers, latch } = seat();
  drivers[0]?.report(up);
  await settled();
  expect(drivers[0]?.done).toEqual([]);
  drivers[0]?.report({ type: 'link.lost', reason: 'the cable' });
  latch.closed = true;
  expect(of.stop()).toBe(false);
  for (const _ of ['once', 'and again']) {
    drivers[0]?.report(up);
    await settled();
    drivers[0]?.report({ type: 'link.lost', reason: 'the cable' });
  }
  expect(drivers[0]?.done).toEqual(['stop without a link', 'stop', 'stop']);
});

test('[EQ40] a node that begins under a latched stop writes it as soon as the link is open', async () => {
  const { drivers, latch } = seat();
  latch.closed = true;
  drivers[0]?.report(up);
  await settled();
  expect([drivers[0]?.again, drivers[0]?.done]).toEqual([false, ['stop']]);
});

test('[EQ25] a driver that fails to close is said, and keeps nobody from connecting again', async () => {
  const { of, drivers, said } = seat();
  of.release();
  of.open();
  drivers[0]?.fails(new Error('the disk is read-only'));
  await settled();
  expect([drivers.length, said]).toEqual([2, ['its driver did not end in order: the disk is read-only']]);
});

test('[EQ25] none is opened once the machine is given up', async () => {
  const { of, drivers } = seat('disconnected');
  await of.close();
  of.open();
  await settled();
  expect(drivers).toEqual([]);
});
