import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { grblSubject } from '../conformance/grbl-subject.ts';
import { openRig, type Rig } from '../conformance/rig.ts';
import { receivedLines } from '../conformance/wire.ts';
import { conformance } from '../conformance.ts';
import { grblLaser } from './index.ts';

/** An engraving near the home corner: dynamic power that changes with every line, rapids between the rows. */
const program = [
  'G21G90G94',
  'M4S0',
  'G0X550Y260Z75',
  ...Array.from({ length: 300 }, (_, at) =>
    at % 20 === 0 ? `G0X550Y${260 + at / 20}` : `G1X${550 + (at % 20) * 2}S${(at * 37) % 1000}F1500`,
  ),
  'M5',
  'G0Z75',
  'M2',
];

const subject = grblSubject(grblLaser, program);
conformance({ ...subject, link: 'serial' });

describe('the beam', { timeout: 40_000 }, () => {
  let simulator = '';
  let rig: Rig | null = null;
  beforeAll(async () => {
    simulator = await subject.build();
  });
  afterAll(() => rmSync(simulator, { force: true }));
  afterEach(async () => rig?.close());

  const power = async (): Promise<unknown> => (await rig?.simulator.verb({ verb: 'state' }))?.spindle;

  it('[EQ120] is off while a program is held, and on again when it goes on', async () => {
    rig = await openRig({ type: grblLaser, link: 'serial', program: simulator, timeFactor: 1 });
    await rig.report('device.synced');
    await subject.prepare(rig);
    rig.run(['G21G90G94', 'M3S700', 'G1X-100F600', 'M5', 'M2']);
    const { until, condition, driver } = rig;
    await until('motion', () => condition() === 'running');
    await until('power in the telemetry', () => rig?.telemetry.spindle === 700);
    driver.perform({ type: 'device.hold' });
    await until('standstill', () => condition() === 'held');
    expect(await power()).toBe(0);
    driver.perform({ type: 'device.resume' });
    await until('motion', () => condition() === 'running');
    expect(await power()).toBe(700);
  });

  it('[EQ120] goes off when the door opens under a running program, and stays off until a person goes on', async () => {
    rig = await openRig({ type: grblLaser, link: 'serial', program: simulator, timeFactor: 1 });
    await rig.report('device.synced');
    await subject.prepare(rig);
    rig.run(['G21G90G94', 'M3S700', 'G1X-100F600', 'M5', 'M2']);
    const { until, condition, driver } = rig;
    await until('power in the telemetry', () => rig?.telemetry.spindle === 700);
    await rig.simulator.verb({ verb: 'door', position: 'open' });
    await until('the door', () => condition() === 'door-open');
    expect(await power()).toBe(0);
    await rig.simulator.verb({ verb: 'door', position: 'closed' });
    await until('the closed door', () => condition() === 'door-closed');
    expect(await power()).toBe(0);
    driver.perform({ type: 'device.resume' });
    await until('motion', () => condition() === 'running');
    expect(await power()).toBe(700);
  });

  it('[EQ120] is never lit by a controller without laser mode: every way to move is absent, refused and not written', async () => {
    const type = { ...grblLaser, simulatorArguments: [] };
    rig = await openRig({ type, link: 'serial', program: simulator, timeFactor: 20 });
    await rig.report('device.synced');
    const absent = rig
      .of('device.identified')[0]
      ?.capabilities.filter(each => each.absent?.includes('$32=0'))
      .map(each => each.name);
    expect(absent?.sort()).toEqual(['home', 'jog', 'laser', 'mdi', 'override', 'program']);
    await subject.prepare(rig);
    rig.run(program);
    rig.driver.perform({ type: 'device.home' });
    rig.driver.perform({ type: 'device.mdi', line: 'M3S10' });
    expect((await rig.report('program.ended')).outcome).toMatchObject({ result: 'failed', sent: 0, error: { code: 'laser-mode-off' } });
    expect((await rig.report('effect.failed')).code).toBe('laser-mode-off');
    expect((await rig.report('mdi.answered')).error).toContain('$32=1');
    await rig.until('an answer', () => rig?.condition() === 'idle');
    expect(receivedLines(rig.wire()).filter(line => !/^\$(I|\$|#|G|X)$/.test(line))).toEqual([]);
  });
});
