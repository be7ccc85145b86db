import { describe, expect, test } from 'vitest';
import type { Caller } from '../caller.ts';
import type { ProfileName } from '../profiles/profile.ts';
import type { SiteFact } from '../site/fact.ts';
import type { SiteRule } from '../site/rule.ts';
import type { CommandName } from './commands.ts';
import { decideFor } from './decide.ts';
import type { EquipmentEvent } from './events.ts';
import { toStatus } from './project.ts';
import { arrival, type Bench, bench, command, mara, millInput, preparation, running } from './test-bench.ts';

const now = 1_000;
const minute = 60_000;
const ben: Caller = { ...mara, id: 'ben', name: 'Ben' };
const vic: Caller = { ...mara, id: 'vic', name: 'Vic', role: 'maintainer' };
const wim: Caller = { ...vic, id: 'wim', name: 'Wim' };
const chain = (inputs: Record<string, boolean>): EquipmentEvent => ({ type: 'device.chain', inputs, at: now });
const condition = (name: 'held' | 'door-open' | 'door-closed' | 'running' | 'idle'): EquipmentEvent => ({
  type: 'device.condition',
  condition: name,
  at: now,
});
const fired = (id: string, at = now): EquipmentEvent => ({ type: 'timer.fired', id, at });
const codes = (here: Bench, name: CommandName, caller: Caller = mara, args?: Record<string, unknown>) =>
  decideFor(
    toStatus({ context: here.facts() }, { seq: 1, decisionSeq: 1, at: now }),
    caller,
    { command: name, ...(args ? { args } : {}) },
    now,
  ).reasons.map(reason => reason.code);

const known = (value: Extract<SiteFact, { known: true }>['value']): SiteFact => ({ known: true, at: now, value });
const extractor = (output: 'on' | 'off') => known({ kind: 'equipment', name: 'Extractor', producing: false, output });
const night = (active: boolean) => known({ kind: 'window', active, until: 9_000 });
const people = (...names: string[]) => known({ kind: 'people', present: names.map(name => ({ id: name, name })) });
const rules = (onLoss: SiteRule['onLoss']): SiteRule[] => [
  { id: 'extractor', version: 1, template: 'equipment-running', params: { equipment: 'extractor-1' }, onLoss },
  { id: 'alone', version: 1, template: 'not-alone', params: { from: '20:00', to: '06:00', days: [], people: 2 }, onLoss: 'finish' },
  { id: 'trained', version: 1, template: 'training', params: { training: 'laser-basic' }, onLoss: 'stop' },
];
const site = (facts: Record<string, SiteFact>, onLoss: SiteRule['onLoss'] = 'hold'): EquipmentEvent => ({
  type: 'site.changed',
  rules: rules(onLoss),
  facts,
  at: now,
});
const good = { 'equipment/extractor-1': extractor('on'), 'window/20:00-06:00/': night(true), people: people('mara', 'ben') };
const trained: Caller = { ...mara, qualifications: [{ training: 'laser-basic', until: null, supervised: 0 }] };

describe('control of a machine', () => {
  test('[EQ52] a free machine is kept for a person, refused to others until then, and free when the time is over', () => {
    const mill = bench([...arrival, command('RESERVE', { minutes: 5 })]);
    expect(mill.state().occupancy).toBe('reserved');
    expect(mill.effects.at(-1)).toEqual({ type: 'timer.start', id: 'reservation', ms: 5 * minute });
    const { reasons } = decideFor(toStatus({ context: mill.facts() }, { seq: 1, decisionSeq: 1, at: now }), ben, 'CHECK_IN', now);
    expect(reasons).toMatchObject([{ code: 'reserved', until: now + 5 * minute }]);
    expect(codes(mill, 'CHECK_IN')).toEqual([]);
    mill.send(fired('reservation'));
    expect(mill.state().occupancy).toBe('free');
    expect(mill.facts().reservation).toBeNull();
  });

  test('[EQ52] only who reserved or a maintainer gives it free', () => {
    const mill = bench([...arrival, command('RESERVE', {})]);
    expect(codes(mill, 'CANCEL_RESERVATION', ben)).toEqual(['not-your-reservation']);
    mill.send(command('CANCEL_RESERVATION', {}, vic));
    expect(mill.state().occupancy).toBe('free');
  });

  test('[EQ53] control passes when it is taken, and stays when it is not', () => {
    const offer = { ...command('HAND_OVER', { to: 'ben' }), facts: { person: { id: 'ben', name: 'Ben' } } };
    const mill = bench([...preparation, offer]);
    expect(mill.facts()).toMatchObject({ holder: { id: 'mara' }, offer: { id: 'ben', until: now + 2 * minute } });
    expect(codes(mill, 'CHECK_IN', vic)).toEqual(['held-by-other']);
    mill.send(fired('offer'));
    expect(mill.facts()).toMatchObject({ holder: { id: 'mara' }, offer: null, regions: { occupancy: 'occupied' } });
    mill.send(offer, command('CHECK_IN', {}, ben));
    expect(mill.facts()).toMatchObject({ holder: { id: 'ben' }, offer: null, regions: { occupancy: 'occupied' } });
    expect(codes(mill, 'HAND_OVER', ben, { to: 'ben' })).toEqual(['already-yours']);
  });

  test.each([
    ['motion', 15 * minute, 'Holding', ['device.hold']],
    ['process', 15 * minute, 'Execute', []],
  ] as const)('[EQ54] a run of %s whose person has been away for %i ms is in %s', (profile, ms, state, effects) => {
    const machine = bench(running, { ...millInput, profile: profile as ProfileName, needsHoming: false });
    machine.send({ type: 'holder.gone', at: now });
    expect(machine.effects).toContainEqual({ type: 'timer.start', id: 'absence', ms });
    const done = machine.send(fired('absence'));
    expect(machine.state().execution).toBe(state);
    expect(done.filter(type => type.startsWith('device.'))).toEqual(effects);
  });

  test('[EQ54] control of a machine at rest ends after half an hour without a change, that of a running one does not', () => {
    const idle = bench(preparation);
    idle.send(fired('lease', now + 10 * minute));
    expect(idle.state().occupancy).toBe('occupied');
    expect(idle.effects).toContainEqual({ type: 'timer.start', id: 'lease', ms: 5 * minute });
    idle.send(fired('lease', now + 31 * minute));
    expect(idle.facts()).toMatchObject({ holder: null, regions: { occupancy: 'free' } });
    const producing = bench(running);
    producing.send(fired('lease', now + 500 * minute));
    expect(producing.state().occupancy).toBe('occupied');
  });
});

describe('service and alarms', () => {
  test('[EQ55] a lock ends the run, and each maintainer removes their own', () => {
    const mill = bench(running);
    const locked = (caller: Caller, id: string) => ({ ...command('LOCK_OUT', { reason: 'belt' }, caller), commandId: id });
    expect(mill.send(locked(vic, 'l1'))).toContain('device.abort');
    mill.send(locked(wim, 'l2'), { type: 'device.aborted', at: now });
    expect(mill.state()).toMatchObject({ execution: 'Aborted', maintenance: 'lockedOut' });
    expect(codes(mill, 'CHECK_IN', ben)).toEqual(['locked-out', 'locked-out', 'held-by-other']);
    expect(codes(mill, 'REMOVE_LOCK', vic, { lock: 'l2' })).toEqual(['not-your-lock']);
    mill.send(command('REMOVE_LOCK', { lock: 'l1' }, vic));
    expect(mill.state().maintenance).toBe('lockedOut');
    mill.send(command('REMOVE_LOCK', { lock: 'l2' }, { ...vic, id: 'ada', role: 'administrator' }));
    expect(mill.state().maintenance).toBe('inService');
  });

  test('[EQ55] a lock ends a motion by hand', () => {
    const mill = bench([...preparation, command('SET_MODE', { mode: 'setup' }), command('HOME', {})]);
    mill.send(command('LOCK_OUT', { reason: 'belt' }, vic));
    expect(mill.state()).toMatchObject({ mode: 'setup.ready', execution: 'Aborting', maintenance: 'lockedOut' });
  });

  test('[EQ56] maintenance that is due is shown, and refuses when it is enforced', () => {
    const due = (enforced: boolean): EquipmentEvent => ({
      type: 'service.due',
      items: [{ id: 'oil', text: 'oil the spindle', since: 1, enforced }],
      at: now,
    });
    const mill = bench([...preparation, due(false)]);
    expect(mill.state().maintenance).toBe('due');
    expect(codes(mill, 'START')).toEqual([]);
    mill.send(due(true));
    expect(codes(mill, 'START')).toEqual(['maintenance-due']);
    mill.send(command('TAKE_OUT_OF_SERVICE', { reason: 'worn' }, vic));
    expect(codes(mill, 'START')).toEqual(['out-of-service']);
    mill.send({ type: 'service.due', items: [], at: now }, command('RETURN_TO_SERVICE', {}, vic));
    expect(mill.state().maintenance).toBe('inService');
  });

  test('[EQ57] the first alarm is marked, a person acknowledges them, a new one asks again, CLEAR ends them', () => {
    const alarm = (code: string): EquipmentEvent => ({ type: 'device.alarm', code, text: `alarm ${code}`, positionLost: false, at: now });
    const mill = bench([...running, alarm('1'), alarm('2')]);
    expect(mill.facts().alarms).toMatchObject([
      { code: '1', first: true, priority: 1, acknowledged: null },
      { code: '2', first: false },
    ]);
    mill.send(command('ACK_ALARM', {}));
    expect(mill.state().alarms).toBe('acknowledged');
    expect(mill.facts().alarms[1]?.acknowledged).toEqual({ by: 'Mara', at: now });
    mill.send(alarm('2'));
    expect(mill.state().alarms).toBe('active');
    mill.send({ type: 'device.aborted', at: now }, command('CLEAR', {}));
    expect(mill.facts()).toMatchObject({ alarms: [], regions: { alarms: 'none' } });
  });
});

describe('the chain and what feeds the machine', () => {
  test('[EQ32] an emergency stop aborts, and after its release waits for the reset', () => {
    const mill = bench(running);
    expect(mill.send(chain({ emergencyStop: false }))).toContain('device.abort');
    expect(mill.state()).toMatchObject({ execution: 'Aborting', safety: 'estop', alarms: 'active' });
    mill.send({ type: 'device.aborted', at: now }, chain({ emergencyStop: true }));
    expect(mill.state().safety).toBe('resetRequired');
    expect(codes(mill, 'CLEAR')).toEqual(['reset-required']);
    expect(mill.send(command('SAFETY_RESET_OBSERVED', { statement: 'I have seen the reset' }))).toEqual([]);
    expect(mill.state()).toMatchObject({ safety: 'notObserved', execution: 'Aborted' });
  });

  test('[EQ32] a reset that the machine reports needs nobody', () => {
    const mill = bench([...running, chain({ emergencyStop: false }), chain({ emergencyStop: true, resetRequired: true })]);
    expect(mill.state().safety).toBe('resetRequired');
    mill.send(chain({ emergencyStop: true, resetRequired: false }));
    expect(mill.state().safety).toBe('notObserved');
  });

  test('[EQ33] missing extraction suspends a run and refuses the next', () => {
    const mill = bench(running);
    expect(mill.send(chain({ extraction: false }))).toContain('device.hold');
    mill.send(condition('held'));
    expect(mill.state().execution).toBe('Suspended');
    expect(codes(mill, 'UNSUSPEND')).toEqual(['extraction-missing']);
    mill.send(chain({ extraction: true }));
    expect(codes(mill, 'UNSUSPEND')).toEqual([]);
    expect(mill.state().execution).toBe('Suspended');
  });
});

describe('the rules of a site', () => {
  const bad = { 'equipment/extractor-1': extractor('off'), 'window/20:00-06:00/': night(true), people: people('mara') };

  test('[EQ150] three broken rules give three reasons, and each is lifted as its fact changes', () => {
    const mill = bench([...preparation, site(bad)]);
    expect(codes(mill, 'START', { ...mara, qualifications: [] })).toEqual(['equipment-not-running', 'alone', 'training-missing']);
    mill.send(site({ ...bad, 'equipment/extractor-1': extractor('on') }));
    expect(codes(mill, 'START', { ...mara, qualifications: [] })).toEqual(['alone', 'training-missing']);
    mill.send(site(good));
    expect(codes(mill, 'START', { ...mara, qualifications: [] })).toEqual(['training-missing']);
    expect(codes(mill, 'START', trained)).toEqual([]);
  });

  test('[EQ151] a fact that is not known refuses, and says why', () => {
    const silent: SiteFact = { known: false, at: now, why: 'its node is silent' };
    const mill = bench([...preparation, site({ ...good, 'equipment/extractor-1': silent })]);
    const { reasons } = decideFor(toStatus({ context: mill.facts() }, { seq: 1, decisionSeq: 1, at: now }), trained, 'START', now);
    expect(reasons).toMatchObject([{ code: 'fact-unknown', message: 'It is not known whether extractor-1 runs: its node is silent.' }]);
  });

  test.each([
    ['finish', 'Execute', []],
    ['hold', 'Suspending', ['device.hold']],
    ['stop', 'Stopping', ['device.stop']],
  ] as const)('[EQ84] a lost rule that says %s leads to %s, and the reason is told', (onLoss, state, effects) => {
    const mill = bench([...preparation, site(good, onLoss), ...running.slice(preparation.length).map(asTrained)]);
    expect(mill.state().execution).toBe('Execute');
    const done = mill.send(site({ ...good, 'equipment/extractor-1': extractor('off') }, onLoss));
    expect(mill.state().execution).toBe(state);
    expect(done.filter(type => type.startsWith('device.'))).toEqual(effects);
    expect(mill.facts().siteLoss).toEqual(onLoss === 'finish' ? null : ['Extractor does not run.']);
  });

  test('[EQ152] of several rules lost at once the strictest decides', () => {
    const holder = (...trainings: string[]) =>
      known({ kind: 'holder', id: 'mara', qualifications: trainings.map(training => ({ training, until: null, supervised: 0 })) });
    const mill = bench([
      ...preparation,
      site({ ...good, holder: holder('laser-basic') }),
      ...running.slice(preparation.length).map(asTrained),
    ]);
    mill.send(site({ ...good, 'equipment/extractor-1': extractor('off'), holder: holder() }));
    expect(mill.state().execution).toBe('Stopping');
    expect(mill.facts().siteLoss).toHaveLength(2);
  });

  test('[EQ153] a training expires, and the first uses need a supervisor beside', () => {
    const withTraining = (until: number | null, supervised: number): Caller => ({
      ...mara,
      qualifications: [{ training: 'laser-basic', until, supervised }],
    });
    const mill = bench([...preparation, site(good)]);
    expect(codes(mill, 'START', withTraining(now, 0))).toEqual(['training-missing']);
    expect(codes(mill, 'START', withTraining(null, 2))).toEqual(['needs-supervisor']);
    expect(codes(mill, 'START', mara)).toEqual(['training-unknown']);
    const beside = known({ kind: 'supervisors', present: [{ id: 'ben', name: 'Ben' }] });
    mill.send(site({ ...good, 'supervisors/laser-basic': beside }));
    expect(codes(mill, 'START', withTraining(null, 2))).toEqual([]);
    const alone = known({ kind: 'supervisors', present: [{ id: 'mara', name: 'Mara' }] });
    mill.send(site({ ...good, 'supervisors/laser-basic': alone }));
    expect(codes(mill, 'START', withTraining(null, 2))).toEqual(['needs-supervisor']);
  });

  test('[EQ154] the booked time of another refuses, until it is over', () => {
    const booking = known({ kind: 'booking', current: { id: 'ben', name: 'Ben', until: 5_000 }, next: null });
    const mill = bench([...preparation, { type: 'site.changed', rules: [], facts: { booking }, at: now }]);
    const status = toStatus({ context: mill.facts() }, { seq: 1, decisionSeq: 1, at: now });
    expect(decideFor(status, mara, 'START', now).reasons).toMatchObject([{ code: 'booked', until: 5_000 }]);
    expect(status.validUntil).toBe(5_000);
  });

  function asTrained(event: EquipmentEvent): EquipmentEvent {
    return event.type === 'START' ? { ...event, caller: trained } : event;
  }
});

describe('families', () => {
  const laserInput = { ...millInput, profile: 'laser', capabilities: [...millInput.capabilities, { name: 'laser' }] } as const;
  const laserPreparation: readonly EquipmentEvent[] = preparation.map(event =>
    event.type === 'device.identified' ? { ...event, capabilities: laserInput.capabilities } : event,
  );

  test('[EQ121] a laser starts only armed, the end of the run disarms it, and so does the door', () => {
    const laser = bench(laserPreparation, laserInput);
    expect(codes(laser, 'START')).toEqual(['not-armed']);
    laser.send(command('ARM_LASER', {}), command('START', {}));
    expect(laser.state()).toMatchObject({ beam: 'firing', execution: 'Starting' });
    laser.send({ type: 'program.started', job: 'job-1', at: now }, condition('door-open'), condition('door-closed'));
    expect(laser.state()).toMatchObject({ beam: 'disarmed', execution: 'Suspended' });
    expect(codes(laser, 'UNSUSPEND')).toEqual(['not-armed']);
    laser.send(command('ARM_LASER', {}), command('UNSUSPEND', {}));
    expect(laser.state()).toMatchObject({ beam: 'firing', execution: 'Unsuspending' });
  });

  test('[EQ130] a heater takes no more than its limit, and nothing while the heaters are not known', () => {
    const input = {
      ...millInput,
      profile: 'printer',
      capabilities: [...millInput.capabilities, { name: 'temperature' }],
      limits: { temperatures: { bed: 110 } },
    } as const;
    const printer = bench(
      preparation.map(event => (event.type === 'device.identified' ? { ...event, capabilities: input.capabilities } : event)),
      input,
    );
    const heat = (celsius: number) => codes(printer, 'SET_TEMPERATURE', mara, { heater: 'bed', celsius });
    expect(heat(60)).toEqual(['heat-unknown']);
    printer.send({ type: 'device.heat', on: false, at: now });
    expect([heat(60), heat(111)]).toEqual([[], ['too-hot']]);
    expect(codes(printer, 'SET_TEMPERATURE', mara, { heater: 'chamber', celsius: 20 })).toEqual(['no-such-heater']);
    expect(printer.send(command('SET_TEMPERATURE', { heater: 'bed', celsius: 60 }))).toEqual(['device.temperature']);
  });

  test('[EQ131] a register takes only what lies within its range', () => {
    const capabilities = [...millInput.capabilities, { name: 'register' as const }];
    const input = { ...millInput, profile: 'process', capabilities, limits: { registers: { speed: { min: 0, max: 10 } } } } as const;
    const press = bench(
      preparation.map(event => (event.type === 'device.identified' ? { ...event, capabilities } : event)),
      input,
    );
    const write = (value: number) => codes(press, 'WRITE_REGISTER', mara, { register: 'speed', value });
    expect([write(0), write(10), write(11), write(Number.NaN)]).toEqual([[], [], ['out-of-range'], ['out-of-range']]);
  });

  const cleared: readonly EquipmentEvent[] = [
    ...arrival,
    command('CHECK_IN', {}),
    command('CLEAR', {}),
    { type: 'device.cleared', at: now },
  ];

  test('[EQ140] a switch shows what was read back, and switching off asks for nobody’s control', () => {
    const input = { ...millInput, profile: 'switch', capabilities: [{ name: 'switch' }] } as const;
    const relay = bench(
      cleared.map(event => (event.type === 'device.identified' ? { ...event, capabilities: input.capabilities } : event)),
      input,
    );
    expect(codes(relay, 'SWITCH_ON')).toEqual(['output-unknown']);
    relay.send({ type: 'device.output', on: false, at: now });
    expect(relay.send(command('SWITCH_ON', {}))).toEqual(['device.switch']);
    expect(relay.state().output).toBe('off');
    relay.send({ type: 'device.output', on: true, at: now });
    expect(relay.state().output).toBe('on');
    expect(codes(relay, 'SWITCH_ON', ben)).toEqual(['already-on', 'held-by-other']);
    expect(codes(relay, 'SWITCH_OFF', ben)).toEqual([]);
    expect(relay.send({ type: 'link.lost', reason: 'cut', at: now })).toEqual([]);
    expect(relay.state()).toMatchObject({ output: 'unknown', connection: 'stale' });
  });

  test('[EQ141] a command that the family does not have is refused as not capable', () => {
    expect(codes(bench(preparation), 'SWITCH_ON')).toEqual(['not-capable']);
  });
});
