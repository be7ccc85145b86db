import { describe, expect, test } from 'vitest';
import type { CommandName } from './commands.ts';
import type { EquipmentEvent } from './events.ts';
import type { ExecutionState } from './packml.ts';
import type { DeviceCondition } from './reports.ts';
import { arrival, bench, bracket, command, mara, preparation, programEnded, running } from './test-bench.ts';

const condition = (is: DeviceCondition): EquipmentEvent => ({ type: 'device.condition', condition: is, at: 50 });
const pressed: EquipmentEvent = { type: 'stop.pressed', stopId: 's-1', by: 'noor', byName: 'Noor', at: 60, written: true };
const held = [...running, command('HOLD', {}), condition('held')];
const suspended = [...running, condition('door-open'), condition('door-closed')];
const away: EquipmentEvent = { type: 'link.lost', reason: 'unplugged', at: 70 };

/** How to get to each state. */
const ways: Readonly<Record<ExecutionState, readonly EquipmentEvent[]>> = {
  Clearing: [...arrival, command('CLEAR', {})],
  Stopped: [...running, command('STOP', {}), { type: 'device.stopped', at: 51 }],
  Resetting: [...arrival, command('CLEAR', {}), { type: 'device.cleared', at: 51 }, command('RESET', {})],
  Idle: preparation,
  Starting: [...preparation, command('START', {})],
  Execute: running,
  Holding: [...running, command('HOLD', {})],
  Held: held,
  Unholding: [...held, command('UNHOLD', {})],
  Suspending: [...running, condition('door-opening')],
  Suspended: suspended,
  Unsuspending: [...suspended, command('UNSUSPEND', {})],
  Completing: [...running, command('COMPLETE', {})],
  Complete: [...running, programEnded('complete'), condition('idle')],
  Stopping: [...running, command('STOP', {})],
  Aborting: [...running, command('ABORT', {})],
  Aborted: [...running, command('ABORT', {}), { type: 'device.aborted', at: 51 }],
};
const states = Object.entries(ways) as [ExecutionState, readonly EquipmentEvent[]][];

describe('activation', () => {
  test('[EQ10] a fresh chart knows nothing and is owned by nobody', () => {
    expect(bench().state()).toMatchObject({ authority: 'none', connection: 'offline', safety: 'unknown', execution: 'Aborted' });
  });

  test('[EQ11] a new activation interrupts the run, tells the job and keeps latch and control', () => {
    const mill = bench([...running, pressed]);
    const effects = mill.send({ type: 'authority.acquired', epoch: 2, at: 90 });
    expect(mill.state()).toMatchObject({ connection: 'offline', execution: 'Aborted', stopLatch: 'latched', occupancy: 'occupied' });
    expect(mill.facts()).toMatchObject({ epoch: 2, run: { result: 'interrupted' }, indeterminate: 90 });
    expect(effects).toEqual(['job.tell']);
    expect(mill.effects[0]).toMatchObject({ job: 'job-1', event: { type: 'job.ended', outcome: { result: 'interrupted' } } });
  });

  test('[EQ11] a new activation forgets an outage that an earlier one remembered', () => {
    const outage: EquipmentEvent = { type: 'service.degraded', code: 'database', message: 'away', at: 80 };
    expect(bench([...running, outage, { type: 'authority.acquired', epoch: 2, at: 90 }]).facts().degraded).toEqual([]);
  });

  test('[EQ13] [G15] a run that is handed over goes on in Execute from its next line, and nothing else changes', () => {
    const mill = bench([...running, { type: 'authority.losing', at: 80 }]);
    const before = mill.facts();
    expect(mill.send({ type: 'authority.continued', epoch: 2, fromLine: 41, at: 90 })).toEqual(['device.program.run']);
    expect(mill.effects).toEqual([{ type: 'device.program.run', job: 'job-1', hash: 'abc', fromLine: 41 }]);
    expect(mill.state()).toEqual({ ...before.regions, authority: 'owned' });
    const { regions: _, since: __, epoch, ...rest } = mill.facts();
    expect(epoch).toBe(2);
    expect(before).toMatchObject(rest);
  });

  test.each([
    ['a stop', pressed, 'Aborting'],
    ['a hold', command('HOLD', {}), 'Holding'],
  ])('[EQ13] %s that came between interrupts the run: nothing is fed', (_, between, state) => {
    const mill = bench([...running, between]);
    expect(mill.send({ type: 'authority.continued', epoch: 2, fromLine: 41, at: 90 })).toEqual(['job.tell']);
    expect(mill.state().execution).toBe(state);
    expect(mill.facts().run).toMatchObject({ result: 'interrupted' });
  });

  test('[EQ12] START is refused once authority is lost', () => {
    const mill = bench([...preparation, { type: 'authority.losing', at: 80 }]);
    expect(mill.send(command('START', {}))).toEqual([]);
    expect(mill.state().execution).toBe('Idle');
  });
});

describe('connection', () => {
  test('[EQ20] identification and reading lead to online', () => {
    expect(bench(arrival).state()).toMatchObject({ connection: 'online', safety: 'notObserved', execution: 'Aborted' });
  });

  test.each(['idle', 'running', 'held', 'alarm'] as const)('[EQ21] a device read as %s is Aborted until it is cleared', is => {
    const mill = bench([...running, { type: 'device.synced', condition: is, homed: false, heldByUs: true, at: 80 }]);
    expect(mill.state().execution).toBe('Aborted');
  });

  test('[EQ22] a link lost under power is stale and in doubt until the device has been read again', () => {
    const mill = bench([...running, away]);
    expect(mill.state()).toMatchObject({ connection: 'stale', safety: 'unknown', execution: 'Aborted' });
    expect(mill.facts().indeterminate).toBe(70);
    mill.send({ type: 'link.up', at: 71 }, { type: 'device.synced', condition: 'held', homed: false, heldByUs: true, at: 72 });
    expect(mill.state()).toMatchObject({ connection: 'online', execution: 'Aborted' });
    expect(mill.facts().indeterminate).toBeNull();
  });

  test('[EQ22] a link lost at rest is offline', () => {
    expect(bench([...preparation, away]).state()).toMatchObject({ connection: 'offline', execution: 'Aborted' });
  });

  test('[EQ23] silence under power is answered by an abort; at rest it is only stale', () => {
    const mill = bench(running);
    expect(mill.send({ type: 'link.silent', ms: 1_000, at: 70 })).toContain('device.abort');
    expect(mill.state()).toMatchObject({ connection: 'stale', execution: 'Aborting' });
    const idle = bench([...preparation, { type: 'link.silent', ms: 1_000, at: 70 }]);
    expect(idle.state()).toMatchObject({ connection: 'stale', safety: 'unknown', execution: 'Idle' });
    idle.send({ type: 'link.answering', at: 71 });
    expect(idle.state()).toMatchObject({ connection: 'online', safety: 'notObserved', execution: 'Idle' });
  });

  test('[EQ24] another device on the port is an alarm and no connection', () => {
    const mill = bench([...arrival, { type: 'device.identity.changed', expected: 'a', found: 'b', at: 80 }]);
    expect(mill.state().connection).toBe('offline');
    expect(mill.facts().alarms).toMatchObject([{ code: 'identity-changed' }]);
  });
});

describe('the stop', () => {
  test.each(states)('[EQ40] the stop key is taken in %s', (_, way) => {
    const mill = bench(way);
    expect(mill.send(pressed)).toContain('device.abort');
    expect(mill.state().stopLatch).toBe('latched');
    expect(['Aborting', 'Aborted']).toContain(mill.state().execution);
    expect(mill.facts().stop).toMatchObject({ byName: 'Noor', stopId: 's-1' });
  });

  test('[EQ41] CLEAR is refused while the stop is latched', () => {
    const mill = bench([...running, pressed, { type: 'device.aborted', at: 61 }]);
    expect(mill.send(command('CLEAR', {}))).toEqual([]);
    expect(mill.state().execution).toBe('Aborted');
  });

  test('[EQ42] RELEASE_STOP releases the latch and does nothing else', () => {
    const mill = bench([...running, pressed, { type: 'device.aborted', at: 61 }]);
    const before = mill.state();
    expect(mill.send(command('RELEASE_STOP', { statement: 'I am at the machine' }))).toEqual([]);
    expect(mill.state()).toEqual({ ...before, stopLatch: 'released' });
  });
});

describe('control and mode', () => {
  test('[EQ50] only the holder or a maintainer checks out', () => {
    const mill = bench(preparation);
    mill.send(command('CHECK_OUT', {}, { ...mara, id: 'ben' }));
    expect(mill.state().occupancy).toBe('occupied');
    mill.send(command('CHECK_OUT', {}, { ...mara, id: 'ben', role: 'maintainer' }));
    expect(mill.facts().holder).toBeNull();
  });

  test('[EQ51] checking out while producing ends the job', () => {
    const mill = bench(running);
    expect(mill.send(command('CHECK_OUT', {}))).toEqual(['timer.cancel', 'device.stop']);
    expect(mill.state()).toMatchObject({ execution: 'Stopping', occupancy: 'free' });
  });

  const jog = command('JOG', { jogId: '0192d3a0-0000-7000-8000-000000000001', direction: { x: 1 }, feed: 300 });
  const setup = [...preparation, command('SET_MODE', { mode: 'setup' })];

  test('[EQ51] checking out while jogging ends the jog', () => {
    expect(bench([...setup, jog]).send(command('CHECK_OUT', {}))).toEqual(['timer.cancel', 'device.jog.cancel']);
  });

  test('[EQ60] the mode does not change while a job runs', () => {
    expect(bench([...running, command('SET_MODE', { mode: 'setup' })]).state().mode).toBe('processing');
  });

  test('[EQ61] there is one motion by hand at a time, and an abort ends it', () => {
    const mill = bench([...setup, jog]);
    expect(mill.state().mode).toBe('setup.jogging');
    expect(mill.send(command('HOME', {}))).toEqual([]);
    expect(mill.send(command('ABORT', {}))).toEqual(['device.abort']);
    expect(mill.state()).toMatchObject({ mode: 'setup.ready', execution: 'Aborting' });
  });

  test.each([
    ['two axes', { x: 1, y: 1 }, 100],
    ['more than 300 mm/min', { x: 1 }, 301],
    ['no direction', { x: 0 }, 100],
  ] as const)('[EQ62] [EQ63] a machine that does not know where it is does not jog %s', (_, direction, feed) => {
    const mill = bench([...setup, { type: 'device.position.lost', reason: 'lost', at: 40 }]);
    const jogId = '0192d3a0-0000-7000-8000-000000000002';
    expect(mill.send(command('JOG', { jogId, direction, feed }))).toEqual([]);
    expect(mill.send(command('JOG', { jogId, direction: { x: -1 }, feed: 300 }))).toEqual(['device.jog']);
  });

  test('[EQ64] homing begins by not knowing where the machine is', () => {
    const mill = bench(setup);
    expect(mill.send(command('HOME', {}))).toEqual(['device.home']);
    expect(mill.facts().homed).toBe(false);
    mill.send({ type: 'device.homed', at: 60 });
    expect(mill.state().mode).toBe('setup.ready');
    expect(mill.facts().homed).toBe(true);
  });

  test('[EQ82] a typed line that the door interrupts is aborted', () => {
    const mill = bench([...setup, command('MDI', { line: 'G1 X1 F100' })]);
    expect(mill.send(condition('door-opening'))).toEqual(['device.abort']);
    expect(mill.state()).toMatchObject({ mode: 'setup.ready', execution: 'Aborting', safety: 'guardOpen' });
  });
});

describe('execution', () => {
  test.each(states)('[EQ70] %s is reached', (state, way) => {
    expect(bench(way).state().execution).toBe(state);
  });

  test('[EQ71] CLEAR empties the alarms and ends in Stopped, not homed', () => {
    const alarm: EquipmentEvent = { type: 'device.alarm', code: 'alarm-1', text: 'Hard limit X', positionLost: true, at: 60 };
    const mill = bench([...running, alarm, { type: 'device.aborted', at: 61 }]);
    expect(mill.facts().alarms).toMatchObject([{ code: 'alarm-1', text: 'Hard limit X' }]);
    expect(mill.send(command('CLEAR', {}))).toEqual(['device.clear']);
    mill.send({ type: 'device.cleared', at: 62 });
    expect(mill.state().execution).toBe('Stopped');
    expect(mill.facts()).toMatchObject({ alarms: [], homed: false });
  });

  test('[EQ72] RESET asks the device for nothing', () => {
    const mill = bench(ways.Stopped);
    expect(mill.send(command('RESET', {}))).toEqual(['timer.start']);
    expect(mill.send({ type: 'timer.fired', id: 'reset-settle', at: 60 })).toEqual(['timer.cancel']);
    expect(mill.state().execution).toBe('Idle');
  });

  test('[EQ73] START runs the loaded program', () => {
    const mill = bench(preparation);
    mill.send(command('START', {}));
    expect(mill.effects).toEqual([{ type: 'device.program.run', job: 'job-1', hash: 'abc', fromLine: 1 }]);
    expect(mill.facts().run).toMatchObject({ result: 'running', total: 100, by: 'Mara' });
  });

  test.each([
    ['not homed', [{ type: 'device.position.lost', reason: 'lost', at: 20 }]],
    ['with other offsets', [{ type: 'device.offsets', offsets: { G54: { x: -99, y: -100, z: -20 } }, at: 20 }]],
    ['in other modes', [{ type: 'device.modes', changed: ['G20'], at: 20 }]],
    ['with modes that are not known', [{ type: 'device.modes', changed: null, at: 20 }]],
    ['after a restart that may have changed the modes', [{ type: 'device.reset', asked: false, at: 20 }]],
    ['without a job', [command('UNLOAD_JOB', {})]],
    ['in setup mode', [command('SET_MODE', { mode: 'setup' })]],
    ['while the device moves', [condition('running')]],
    ['with the door open', [condition('door-open')]],
    ['while the database is away', [{ type: 'service.degraded', code: 'database', message: 'away', at: 20 }]],
  ] as readonly [string, EquipmentEvent[]][])('[EQ73] START is refused %s', (_, events) => {
    expect(bench([...preparation, ...events]).send(command('START', {}))).toEqual([]);
  });

  test('[EQ73] the modes are not known any more when the link was lost', () => {
    const mill = bench(preparation);
    expect(mill.facts().modesChanged).toEqual([]);
    mill.send({ type: 'link.lost', reason: 'cable', at: 20 });
    expect(mill.facts().modesChanged).toBeNull();
  });

  test('[EQ73] START is refused to somebody who is not at the machine', () => {
    const { presence, ...remote } = mara;
    expect(presence).toBeDefined();
    expect(bench(preparation).send(command('START', {}, remote))).toEqual([]);
    const elsewhere = { ...mara, presence: { equipment: 'mill-2', until: 10_000_000 } };
    expect(bench(preparation).send(command('START', {}, elsewhere))).toEqual([]);
    const longAgo = { ...mara, presence: { equipment: 'mill-1', until: 999 } };
    expect(bench(preparation).send(command('START', {}, longAgo))).toEqual([]);
  });

  test('[EQ73] START is refused for a program that leaves the travel', () => {
    const far = { ...bracket, bounds: { min: { x: -90, y: -90, z: -81 }, max: { x: -10, y: -10, z: -1 } } };
    const mill = bench([...preparation, { ...command('LOAD_JOB', { job: 'job-1' }), facts: { job: far } }]);
    expect(mill.send(command('START', {}))).toEqual([]);
  });

  test('[EQ74] a hold that nobody confirms within 5 s is an alarm', () => {
    const mill = bench(running);
    mill.send(command('HOLD', {}));
    expect(mill.effects).toEqual([{ type: 'device.hold' }, { type: 'timer.start', id: 'hold-confirm', ms: 5_000 }]);
    mill.send({ type: 'timer.fired', id: 'hold-confirm', at: 6_000 });
    expect(mill.state().execution).toBe('Holding');
    expect(mill.facts().alarms).toMatchObject([{ code: 'hold-not-confirmed', at: 6_000 }]);
    expect(mill.send(condition('held'))).toEqual(['timer.cancel', 'job.tell']);
    expect(mill.facts().alarms).toEqual([]);
  });

  test('[EQ74] a hold of a machine that rested already is no alarm', () => {
    const mill = bench([...suspended, command('HOLD', {}), { type: 'timer.fired', id: 'hold-confirm', at: 6_000 }]);
    expect(mill.state().execution).toBe('Held');
    expect(mill.facts().alarms).toEqual([]);
  });

  test('[EQ75] a program whose device rests already is complete at once', () => {
    const mill = bench([...running, condition('idle')]);
    expect(mill.send(programEnded('complete'))).toEqual(['job.tell']);
    expect(mill.state().execution).toBe('Complete');
  });

  test.each(['failed', 'aborted', 'interrupted'] as const)('[EQ75] a program that is %s leads to Aborting', result => {
    const mill = bench(running);
    expect(mill.send(programEnded(result))).toEqual(['job.tell', 'device.abort']);
    expect(mill.facts().run?.result).toBe(result);
  });

  test('[EQ76] COMPLETE lets the device finish what it was sent', () => {
    const mill = bench(running);
    expect(mill.send(command('COMPLETE', {}))).toEqual(['device.program.finish']);
    mill.send(programEnded('stopped'), condition('idle'));
    expect(mill.state().execution).toBe('Complete');
  });
});

describe('what the machine does by itself', () => {
  test('[EQ80] a restart nobody asked for aborts and loses the position; one that was asked for does nothing', () => {
    const mill = bench(running);
    expect(mill.send({ type: 'device.reset', asked: true, at: 60 })).toEqual([]);
    expect(mill.send({ type: 'device.reset', asked: false, at: 61 })).toEqual(['device.abort']);
    expect(mill.facts()).toMatchObject({ homed: false, alarms: [{ code: 'device-reset' }] });
  });

  test('[EQ80] an effect that fails aborts with its words as alarm', () => {
    const mill = bench([...held, command('UNHOLD', {})]);
    const failed: EquipmentEvent = { type: 'effect.failed', effect: 'device.resume', code: 'no-link', text: 'There is no link.', at: 60 };
    expect(mill.send(failed)).toEqual(['device.abort']);
    expect(mill.facts().alarms).toMatchObject([{ code: 'no-link', text: 'There is no link.' }]);
  });

  test('[EQ80] a jog that the device refuses is no alarm', () => {
    const jog = command('JOG', { jogId: '0192d3a0-0000-7000-8000-000000000003', direction: { x: 1 }, feed: 100 });
    const mill = bench([...preparation, command('SET_MODE', { mode: 'setup' }), jog]);
    mill.send({ type: 'effect.failed', effect: 'device.jog', code: 'busy', text: 'Busy.', at: 60 });
    expect(mill.state()).toMatchObject({ mode: 'setup.ready', execution: 'Idle' });
    expect(mill.facts().alarms).toEqual([]);
  });

  test('[EQ81] the hold button of the machine holds the job, its door suspends it', () => {
    expect(bench([...running, condition('holding')]).state().execution).toBe('Holding');
    expect(bench([...running, condition('held')]).state().execution).toBe('Held');
    expect(bench([...running, condition('door-opening')]).state().execution).toBe('Suspending');
    expect(bench([...running, condition('door-opening'), condition('door-open')]).state()).toMatchObject({
      execution: 'Suspended',
      safety: 'guardOpen',
    });
  });

  test('[EQ31] a job goes on after an open door only by somebody at the machine', () => {
    const { presence: _, ...remote } = mara;
    const mill = bench(suspended);
    expect(mill.send(command('UNSUSPEND', {}, remote))).toEqual([]);
    expect(mill.send(command('UNSUSPEND', {}))).toEqual(['device.resume']);
    expect(mill.facts().guardOpened).toBe(false);
  });

  test('[EQ83] an abort that cannot be performed ends in Aborted, in doubt', () => {
    const mill = bench([...running, command('ABORT', {})]);
    mill.send({ type: 'effect.failed', effect: 'device.abort', code: 'not-confirmed', text: 'No banner.', at: 60 });
    expect(mill.state().execution).toBe('Aborted');
    expect(mill.facts().indeterminate).toBe(60);
  });
});

describe('jobs', () => {
  test('[EQ90] the job hears of its life', () => {
    const mill = bench(preparation.slice(0, -1));
    const told: unknown[] = [];
    const events = [command('LOAD_JOB', { job: 'job-1' }), ...running.slice(preparation.length), command('HOLD', {}), condition('held')];
    for (const event of [...events, command('UNHOLD', {}), condition('running'), programEnded('complete')]) {
      mill.send(event);
      for (const effect of mill.effects) if (effect.type === 'job.tell') told.push(effect.event.type);
    }
    expect(told).toEqual(['job.loaded', 'job.started', 'job.held', 'job.resumed', 'job.ended']);
  });

  test('[EQ91] a job that has run does not start again', () => {
    const mill = bench([...ways.Complete, command('RESET', {}), { type: 'timer.fired', id: 'reset-settle', at: 60 }]);
    expect(mill.state().execution).toBe('Idle');
    expect(mill.send(command('START', {}))).toEqual([]);
  });

  test.each(['HOLD', 'STOP', 'ABORT'] as const)('[EQ103] %s asks neither for a role nor for control nor for the database', name => {
    const { presence: _, ...guest } = { ...mara, id: 'guest', role: 'viewer' as const };
    const mill = bench([...running, { type: 'service.degraded', code: 'database', message: 'away', at: 50 }]);
    expect(mill.send(command(name as CommandName, {} as never, guest)).length).toBeGreaterThan(0);
  });
});
