import { describe, expect, test } from 'vitest';
import { to200 } from './to-2-0-0.ts';

const value = { authority: 'owned', occupancy: 'occupied', mode: { setup: 'homing' }, stopLatch: 'latched', execution: 'Aborted' };
const context = {
  input: { id: 'mill-1', profile: 'motion' },
  regions: { authority: 'owned', occupancy: 'occupied', mode: 'setup.homing', stopLatch: 'latched', execution: 'Aborted' },
  since: { execution: 5 },
  holder: { id: 'mara', name: 'Mara', since: 3 },
  job: { id: 'job-1' },
  run: { job: 'job-1', result: 'aborted' },
  stop: { stopId: 's-1', by: 'mara', byName: 'Mara', at: 4 },
  alarms: [
    { code: 'alarm-1', text: 'Hard limit', at: 7 },
    { code: 'device-reset', text: 'Restarted', at: 8 },
  ],
};
const stored = { status: 'active', value, context, historyValue: {}, children: {} };
const motion = { id: 'mill-1', name: 'Mill', profile: 'motion' };

describe('[G13] from 1.1.0 to 2.0.0', () => {
  test('job, run, stop latch and holder are kept, and every region that was there', () => {
    const after = to200.state(stored, motion);
    const { holder, job, run, stop } = context;
    expect(after).toMatchObject({ status: 'active', historyValue: {}, children: {}, value });
    expect(after.context).toMatchObject({ holder, job, run, stop, regions: context.regions });
  });

  test('a machine is in service, and nobody has seen its alarms', () => {
    const after = to200.state(stored, motion);
    expect(after.value).toMatchObject({ maintenance: 'inService', alarms: 'active' });
    expect(after.context).toMatchObject({
      regions: { maintenance: 'inService', alarms: 'active' },
      since: { execution: 5, maintenance: 0, alarms: 8 },
      alarms: [
        { code: 'alarm-1', priority: 1, first: true, acknowledged: null },
        { code: 'device-reset', priority: 1, first: false, acknowledged: null },
      ],
    });
    const calm = to200.state({ ...stored, context: { ...context, alarms: [] } }, motion);
    expect(calm.value).toMatchObject({ alarms: 'none' });
  });

  test('a laser, which was of the motion family, has its beam disarmed', () => {
    expect(to200.state(stored, motion).value).not.toHaveProperty('beam');
    const laser = to200.state(stored, { ...motion, profile: 'laser' });
    expect(laser.value).toMatchObject({ beam: 'disarmed' });
    expect(laser.context).toMatchObject({ input: { profile: 'laser' }, regions: { beam: 'disarmed' }, since: { beam: 0 } });
  });

  test('control that somebody has runs out like any other from now on', () => {
    expect(to200.timers?.(to200.state(stored, motion))).toEqual([{ id: 'lease', ms: 1_800_000 }]);
    const free = { ...stored, value: { ...value, occupancy: 'free' } };
    expect(to200.timers?.(to200.state(free, motion))).toEqual([]);
  });
});
