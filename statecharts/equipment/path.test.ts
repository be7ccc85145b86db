import { describe, expect, test } from 'vitest';
import type { Caller } from '../caller.ts';
import type { ProfileName } from '../profiles/profile.ts';
import { commandsOf } from '../profiles/rules.ts';
import { compile } from '../verify/compile.ts';
import { explore, parts } from '../verify/explore.ts';
import { equipmentChart } from './chart.ts';
import type { CommandName } from './commands.ts';
import type { EquipmentContext, EquipmentInput } from './context.ts';
import { decideFor, decisionsOf } from './decide.ts';
import type { CommandEvent, EquipmentEvent } from './events.ts';
import { pathTo } from './path.ts';
import type { PathStep } from './path-answer.ts';
import { factsOf } from './path-facts.ts';
import { happeningsAt } from './path-happenings.ts';
import { toStatus } from './project.ts';
import type { Capability } from './reports.ts';
import { type Bench, bench, bracket, command, mara, millInput, preparation, programEnded, running } from './test-bench.ts';

const now = 1_000;
const meta = { seq: 1, decisionSeq: 1, at: now };
const statusOf = (context: EquipmentContext) => toStatus({ context }, meta);

const away: Caller = { kind: 'user', id: 'mara', name: 'Mara', role: 'operator' };
const ben: Caller = { ...mara, id: 'ben', name: 'Ben' };
const vera: Caller = { kind: 'user', id: 'vera', name: 'Vera', role: 'viewer' };
const condition = (name: 'running' | 'held' | 'door-open' | 'door-closed' | 'alarm') =>
  ({ type: 'device.condition', condition: name, at: now }) as const;
const pressed: EquipmentEvent = { type: 'stop.pressed', stopId: 's', by: 'ben', byName: 'Ben', at: now, written: true };
const setup = command('SET_MODE', { mode: 'setup' });

const vic: Caller = { ...mara, id: 'vic', name: 'Vic', role: 'maintainer' };
const lock = (id: string, n: number): EquipmentEvent => ({
  ...command('LOCK_OUT', { reason: 'belt' }, { ...vic, id, name: id }),
  commandId: `lock-${n}`,
});
const extractorOff = { kind: 'equipment', name: 'Extractor', producing: false, output: 'off' } as const;
const night = { kind: 'window', active: true, until: 5_000 } as const;
const known = <V>(value: V) => ({ known: true, at: now, value }) as const;
const threeRules: EquipmentEvent = {
  type: 'site.changed',
  rules: [
    { id: 'extractor', version: 1, template: 'equipment-running', params: { equipment: 'extractor-1' }, onLoss: 'hold' },
    { id: 'alone', version: 1, template: 'not-alone', params: { from: '20:00', to: '06:00', days: [], people: 2 }, onLoss: 'finish' },
    { id: 'trained', version: 1, template: 'training', params: { training: 'mill-basic' }, onLoss: 'finish' },
  ],
  facts: {
    'equipment/extractor-1': known(extractorOff),
    'window/20:00-06:00/': known(night),
    people: known({ kind: 'people', present: [] }),
  },
  at: now,
};
const booked: EquipmentEvent = {
  type: 'site.changed',
  rules: [],
  facts: { booking: known({ kind: 'booking', current: { id: 'ben', name: 'Ben', until: 9_000 }, next: null }) },
  at: now,
};

/** Where a mill can be found. */
const situations: Readonly<Record<string, readonly EquipmentEvent[]>> = {
  'switched off': [],
  'owned, not connected': [{ type: 'authority.acquired', epoch: 1, at: 1 }],
  'just connected': preparation.slice(0, 4),
  ready: preparation,
  'held by Ben': [...preparation.slice(0, 6), command('CHECK_IN', {}, ben)],
  'in setup': [...preparation, setup],
  homing: [...preparation, setup, command('HOME', {})],
  'in inches': [...preparation, { type: 'device.modes', changed: ['G20'], at: now }],
  'with its door open': [...preparation, condition('door-open')],
  starting: [...preparation, command('START', {})],
  running,
  held: [...running, command('HOLD', {}), condition('held')],
  'suspended by its door': [...running, condition('door-open')],
  complete: [...running, programEnded('complete'), { type: 'device.condition', condition: 'idle', at: now }],
  'in alarm': [...running, { type: 'device.alarm', code: '1', text: 'Hard limit', positionLost: true, at: now }],
  'stopped by the key': [...running, pressed],
  disconnected: [...preparation, command('DISCONNECT', {})],
  'without its link': [...running, { type: 'link.lost', reason: 'gone', at: now }],
  'kept for Ben': [...preparation.slice(0, 6), command('RESERVE', {}, ben)],
  'offered to Ben': [...preparation, { ...command('HAND_OVER', { to: 'ben' }), facts: { person: { id: 'ben', name: 'Ben' } } }],
  'left by Mara': [...preparation, { type: 'holder.gone', at: now }],
  'locked out by two': [...preparation, lock('vic', 1), lock('wim', 2)],
  'out of service': [...preparation, command('TAKE_OUT_OF_SERVICE', { reason: 'worn' }, vic)],
  'due for maintenance': [...preparation, { type: 'service.due', items: [{ id: 'o', text: 'oil', since: 1, enforced: true }], at: now }],
  'behind its emergency stop': [...running, { type: 'device.chain', inputs: { emergencyStop: false }, at: now }],
  'waiting for a reset': [
    ...running,
    { type: 'device.chain', inputs: { emergencyStop: false }, at: now },
    { type: 'device.aborted', at: now },
    { type: 'device.chain', inputs: { emergencyStop: true }, at: now },
  ],
  'without extraction': [...running, { type: 'device.chain', inputs: { extraction: false }, at: now }, condition('held')],
  'under three broken rules': [...preparation, threeRules],
  'booked by Ben': [...preparation, booked],
  'without a database': [...preparation, { type: 'service.degraded', code: 'database', message: 'away', at: now }],
};

/** Does what a step says, on the chart itself; throws when the chart does not take it. */
function follow(here: Bench, steps: readonly PathStep[], caller: Caller): Caller {
  let me = caller;
  for (const one of steps) {
    if (one.kind === 'presence') me = { ...me, presence: { equipment: 'mill-1', until: now + 1_000 } };
    else if (one.kind === 'happening') here.send(happening(here, one));
    else {
      const event = commanded(here, one, me);
      const { type, args, facts } = event;
      const request = { command: type, args: { ...args }, ...(facts ? { facts } : {}) };
      expect(decideFor(statusOf(here.facts()), event.caller, request, now).reasons, one.text).toEqual([]);
      here.send(event);
    }
  }
  return me;
}

function happening(here: Bench, one: PathStep): EquipmentEvent {
  const found = happeningsAt(here.facts(), now).find(next => next.text === one.text);
  if (!found) throw new Error(`It does not come to this: ${one.text}`);
  return found.event;
}

function commanded(here: Bench, one: PathStep, me: Caller): CommandEvent {
  const holder = here.facts().holder;
  const { reservation, offer, locks } = here.facts();
  const named = [holder, reservation, offer, ...locks.map(({ by: id, byName: name }) => ({ id, name }))].find(
    person => person?.name === one.who,
  );
  const strong = one.who.includes('maintainer') || locks.some(lock => lock.byName === one.who);
  const other: Caller = { ...mara, id: named?.id ?? one.who, name: one.who, role: strong ? 'maintainer' : 'operator' };
  const by = one.who === 'you' ? me : other;
  const job = { ...bracket, id: 'another', bounds: null, offsets: here.facts().offsets };
  const args = one.choose ? { job: job.id } : (one.args ?? {});
  const event = command(one.command ?? 'ABORT', args as never, by);
  return (one.choose ? { ...event, facts: { job } } : event) as CommandEvent;
}

const callers = [
  ['Mara at the machine', mara],
  ['Mara elsewhere', away],
  ['a viewer', vera],
] as const;

function ofFamily(profile: ProfileName, ...names: readonly Capability['name'][]): EquipmentInput {
  return { ...millInput, profile, capabilities: [...millInput.capabilities, ...names.map(name => ({ name }))] };
}

/** The device says of itself what the family can. */
function saidBy(input: EquipmentInput, events: readonly EquipmentEvent[]): readonly EquipmentEvent[] {
  return events.map(event => (event.type === 'device.identified' ? { ...event, capabilities: input.capabilities } : event));
}

const laser = ofFamily('laser', 'laser');
const relay: EquipmentInput = { ...ofFamily('switch'), capabilities: [{ name: 'switch' }] };
const printer: EquipmentInput = { ...ofFamily('printer', 'temperature'), limits: { temperatures: { bed: 100 } } };
const press: EquipmentInput = { ...ofFamily('process', 'register'), limits: { registers: { speed: { min: 0, max: 9 } } } };
const firing: readonly EquipmentEvent[] = [
  ...preparation,
  command('ARM_LASER', {}),
  command('START', {}),
  { type: 'program.started', job: bracket.id, at: now },
  condition('running'),
];
const cleared = preparation.slice(0, 8);
const output = (on: boolean): EquipmentEvent => ({ type: 'device.output', on, at: now });

/** Where machines of the other families can be found. */
const families = [
  { name: 'ready and disarmed', input: laser, events: preparation },
  { name: 'firing', input: laser, events: firing },
  { name: 'suspended by its door', input: laser, events: [...firing, condition('door-open')] },
  { name: 'suspended by the extractor', input: laser, events: [...firing, threeRules] },
  { name: 'just connected', input: relay, events: preparation.slice(0, 4) },
  { name: 'off', input: relay, events: [...cleared, output(false)] },
  { name: 'on', input: relay, events: [...cleared, output(true)] },
  { name: 'ready', input: printer, events: preparation },
  { name: 'running', input: press, events: running },
].map(one => ({ ...one, events: saidBy(one.input, one.events) }));

/** The mill is connected, and its controller cannot home. */
function ofController(absent: string): readonly EquipmentEvent[] {
  const capabilities = millInput.capabilities.map(item => (item.name === 'home' ? { ...item, absent } : item));
  return preparation.slice(0, 3).map(event => (event.type === 'device.identified' ? { ...event, capabilities } : event));
}

const args: Partial<Record<CommandName, Record<string, unknown>>> = {
  SET_MODE: { mode: 'setup' },
  RELEASE_STOP: { statement: 'I am at the machine' },
};
const asked = (name: CommandName) => ({ command: name, ...(args[name] ? { args: args[name] } : {}) });

/** What no step changes: a viewer never holds control, and there is nothing to release before the stop key is pressed. */
function lasting(name: CommandName, caller: Caller): readonly string[] {
  const unheld = caller.role === 'viewer' && name === 'CHECK_OUT' ? ['held-by-other', 'not-occupied'] : [];
  const nothingThere = [
    'not-latched',
    'not-locked',
    'not-your-lock',
    'no-alarm',
    'no-reset-required',
    'not-reserved',
    'not-your-reservation',
    'in-service',
    'already-on',
    'already-off',
    'not-disconnected',
    'already-disconnected',
    'switched-on',
    'heated',
  ];
  return ['role', 'not-capable', 'training-missing', 'training-unknown', 'fact-unknown', 'maintenance-due', ...nothingThere, ...unheld];
}

describe('the way out', () => {
  test('[EQ106] the facts read from a status document refuse what the real ones refuse, in every configuration', () => {
    const codes = (facts: EquipmentContext) =>
      Object.entries(decisionsOf(facts)).map(([name, { reasons }]) => `${name}: ${reasons.map(reason => reason.code).join()}`);
    const [main] = parts(compile(equipmentChart('motion').config));
    let looked = 0;
    if (!main) throw new Error('no chart');
    const { configurations } = explore(main, 'motion', () => false);
    for (const { facts } of configurations) {
      const read = factsOf(statusOf(facts));
      expect(codes(read.facts)).toEqual(codes(facts));
      looked += 1;
    }
    expect(looked).toBeGreaterThan(1_000);
  }, 120_000);

  test('[EQ106] what a program needs and nobody can do is named, also to whoever asks for a command of a run', () => {
    const here = bench([...ofController('Homing is switched off ($22=0).'), ...preparation.slice(3, 8)], millInput);
    for (const name of ['START', 'HOLD', 'UNSUSPEND'] as const) {
      const found = pathTo(statusOf(here.facts()), mara, asked(name), now);
      if (found.outcome === 'path') throw new Error(`a way to ${name}`);
      expect(found.missing.map(({ reason, who }) => [reason.code, who.includes('$22')])).toContainEqual(['not-homed', true]);
    }
  });

  describe.each(Object.entries(situations))('from a mill that is %s', (_, events) => {
    test.each(callers)(
      '[EQ106] leads %s to every command, or names what is missing',
      (_who, caller) => leads(millInput, events, caller),
      60_000,
    );
  });

  describe.each(families)('from a $input.profile that is $name', ({ input, events }) => {
    test.each(callers)(
      '[EQ106] leads %s to every command, or names what is missing',
      (_who, caller) => leads(input, events, caller),
      60_000,
    );
  });
});

/** Each command is asked for and its way followed to the end; where there is none, what is missing is something that no step changes. */
function leads(input: EquipmentInput, events: readonly EquipmentEvent[], caller: Caller): void {
  for (const name of commandsOf(input.profile)) {
    const here = bench(events, input);
    const found = pathTo(statusOf(here.facts()), caller, asked(name), now);
    if (found.outcome === 'no-path') {
      expect(found.missing.length, name).toBeGreaterThan(0);
      expect(found.complete, name).toBe(true);
      const unexpected = found.missing.map(({ reason }) => reason.code).filter(code => !lasting(name, caller).includes(code));
      expect(unexpected, name).toEqual([]);
      continue;
    }
    const me = follow(here, found.steps, caller);
    const way = found.steps.map(one => one.text).join(' ');
    expect(decideFor(statusOf(here.facts()), me, asked(name), now).reasons, `${name}: ${way}`).toEqual([]);
  }
}
