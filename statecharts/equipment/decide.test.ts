import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { getInitialSnapshot, transition } from 'xstate';
import { type Caller, roles } from '../caller.ts';
import { type ProfileName, profileNames } from '../profiles/profile.ts';
import { commandsOf } from '../profiles/rules.ts';
import { alphabetOf, commandAlphabet, exploredInput } from '../verify/alphabet.ts';
import { beginningsOf } from '../verify/walk.ts';
import { equipmentChart } from './chart.ts';
import type { EquipmentContext } from './context.ts';
import { decideFor, reasonsAgainst } from './decide.ts';
import { decisionDigest } from './decision-digest.ts';
import type { CommandEvent, EquipmentEvent } from './events.ts';
import { permits } from './guards.ts';
import { toStatus } from './project.ts';
import { arrival, bench, command, mara, preparation, running } from './test-bench.ts';

const meta = { seq: 1, decisionSeq: 1, at: 1 };
const startOf = (profile: ProfileName) => getInitialSnapshot(equipmentChart(profile), exploredInput(profile));
type Snapshot = ReturnType<typeof startOf>;
const statusOf = (facts: EquipmentContext) => toStatus({ context: facts }, meta);

/** What the chart does with an event: it moves, changes its facts, or asks for something. */
function takes(snapshot: Snapshot, event: EquipmentEvent): boolean {
  const [next, actions] = transition(equipmentChart(snapshot.context.input.profile), snapshot, event);
  return actions.length > 0 || JSON.stringify([next.value, next.context]) !== JSON.stringify([snapshot.value, snapshot.context]);
}

function after(profile: ProfileName, events: readonly EquipmentEvent[]): Snapshot {
  return events.reduce((snapshot, event) => transition(equipmentChart(profile), snapshot, event)[0], startOf(profile));
}

/** Anybody: any role, the one who checks in or another, at the machine or not. */
const callers: fc.Arbitrary<Caller> = fc
  .record({
    id: fc.constantFrom('somebody', 'other'),
    role: fc.constantFrom(...roles),
    until: fc.constantFrom(0, 2, null),
    trained: fc.constantFrom<NonNullable<Caller['qualifications']> | null>(
      null,
      [],
      [{ training: 'basic', until: null, supervised: 0 }],
      [{ training: 'basic', until: 1, supervised: 1 }],
    ),
  })
  .map(({ until, trained, ...who }) => ({
    kind: 'user',
    name: 'N',
    ...who,
    ...(trained === null ? {} : { qualifications: trained }),
    ...(until === null ? {} : { presence: { equipment: 'explored', until } }),
  }));

const jogs: readonly CommandEvent[] = [
  { direction: {}, feed: 100 },
  { direction: { x: 0 as const }, feed: 100 },
  { direction: { x: 1 as const, y: -1 as const }, feed: 100 },
  { direction: { z: 1 as const }, feed: 5_000 },
].map(one => ({ ...command('JOG', { jogId: '0192d3a0-0000-7000-8000-000000000001', ...one }), at: 1 }));
const noJob: CommandEvent = { ...command('LOAD_JOB', { job: 'gone' }), at: 1, facts: { job: null } };

const nobodyElse: CommandEvent = { ...command('HAND_OVER', { to: 'gone' }), at: 1, facts: { person: null } };
const tooHot: CommandEvent = { ...command('SET_TEMPERATURE', { heater: 'bed', celsius: 200 }), at: 1 };
/** A training is asked for, and the time is booked by somebody else. */
const around: readonly EquipmentEvent[] = [
  {
    type: 'site.changed',
    rules: [{ id: 't', version: 1, template: 'training', params: { training: 'basic' }, onLoss: 'finish' }],
    facts: {},
    at: 1,
  },
  {
    type: 'site.changed',
    rules: [],
    facts: { booking: { known: true, at: 1, value: { kind: 'booking', current: { id: 'other', name: 'O', until: 9 }, next: null } } },
    at: 1,
  },
];

describe('decideFor', () => {
  test.each(profileNames)(
    '[EQ100] says yes exactly when the chart of %s takes the command',
    profile => {
      const asked = fc.tuple(fc.constantFrom(...commandAlphabet(profile), ...jogs, noJob, nobodyElse, tooHot), callers);
      const scene = fc.record({
        beginning: fc.constantFrom(...beginningsOf(profile)),
        walk: fc.array(fc.constantFrom(...alphabetOf(profile), ...around), { maxLength: 8 }),
        questions: fc.array(asked, { minLength: 12, maxLength: 12 }),
      });
      let yes = 0;
      fc.assert(
        fc.property(scene, ({ beginning, walk, questions }) => {
          const snapshot = after(profile, [...beginning, ...walk]);
          const status = statusOf(snapshot.context);
          for (const [event, caller] of questions) {
            const request = { command: event.type, args: event.args, ...(event.facts ? { facts: event.facts } : {}) };
            const verdict = decideFor(status, caller, request, event.at);
            yes += verdict.allowed ? 1 : 0;
            expect(verdict.allowed, `${event.type} ${JSON.stringify(verdict.reasons)}`).toBe(takes(snapshot, { ...event, caller }));
            expect(reasonsAgainst(snapshot.context, caller, request, event.at)).toEqual(verdict.reasons);
          }
        }),
        { numRuns: 200, seed: 20_261_123 },
      );
      expect(yes).toBeGreaterThan(100);
    },
    30_000,
  );

  test('[EQ101] names the holder and the way out', () => {
    const status = statusOf(bench(preparation).facts());
    expect(decideFor(status, { ...mara, id: 'ben' }, 'START', 1_000).reasons).toEqual([
      { code: 'held-by-other', message: 'Control is held by Mara.', remedy: { text: 'Ask Mara to hand over or wait.' } },
    ]);
  });

  test('[EQ101] gives every reason, the most fundamental first, each with its remedy', () => {
    const status = statusOf(bench(arrival).facts());
    const { reasons } = decideFor(status, { id: 'ben', role: 'viewer' }, 'START', 1_000);
    expect(reasons.map(reason => reason.code)).toEqual(['wrong-state', 'no-job', 'not-homed', 'role', 'not-in-control', 'needs-presence']);
    expect(reasons.filter(reason => !reason.remedy)).toEqual([]);
    expect(reasons[0]).toMatchObject({ message: 'The machine is in Aborted; this needs Idle.', remedy: { command: 'CLEAR' } });
  });

  test('[EQ101] says for each command what the caller must bring', () => {
    const { decisions } = statusOf(bench(preparation).facts());
    expect(decisions.START).toEqual({ reasons: [], needs: { role: 'operator', holder: 'mara', presence: true } });
    expect(decisions.ABORT).toEqual({ reasons: [], needs: {} });
    expect(decisions.RELEASE_STOP?.needs).toEqual({ role: 'operator', confirmation: 'I am at the machine' });
  });

  test('[EQ101] says in words which modes differ from the checked ones, and brings the line that sets them', () => {
    const changed = (modes: readonly string[]) => bench([...preparation, { type: 'device.modes', changed: modes, at: 20 }]).facts();
    const [reason] = decideFor(statusOf(changed(['G20', 'G91'])), mara, 'START', 1_000).reasons;
    expect(reason).toMatchObject({ code: 'modes-changed', remedy: { command: 'MDI', args: { line: 'G0 G17 G21 G90 G94 G54' } } });
    expect(reason?.message).toContain('The controller is in inches (G20) and moves by distances (G91); programs are checked for mm');
    expect(reason?.remedy?.text).toContain('setup');
    const [tool] = decideFor(statusOf(changed(['G43.1'])), mara, 'START', 1_000).reasons;
    expect(tool?.remedy?.args).toEqual({ line: 'G49 G17 G21 G90 G94 G54' });
  });

  test('[EQ102] refuses everything but stop-like commands while the database is away', () => {
    const status = statusOf(bench([...running, { type: 'service.degraded', code: 'database', message: 'away', at: 20 }]).facts());
    const refused = commandsOf('motion').filter(name =>
      decideFor(status, mara, name, 1_000).reasons.some(one => one.code === 'journal-unavailable'),
    );
    expect(commandsOf('motion').filter(name => !refused.includes(name))).toEqual(['HOLD', 'STOP', 'ABORT']);
    expect(decideFor(status, mara, 'ABORT', 1_000).allowed).toBe(true);
  });

  test('[EQ101] says why a capability is absent', () => {
    const capabilities = [{ name: 'home', absent: '$22=0' } as const];
    const facts = { ...bench(preparation).facts(), capabilities };
    const reasons = decideFor(statusOf(facts), mara, 'HOME', 1_000).reasons;
    expect(reasons.find(one => one.code === 'not-capable')?.message).toBe('This machine has no home: $22=0.');
  });

  test('[EQ105] refuses when a rule cannot be evaluated', () => {
    const broken = { ...bench(preparation).facts(), offsets: null } as unknown as EquipmentContext;
    const question = command('START', {});
    expect(reasonsAgainst(broken, mara, { command: 'START' }, 1_000)).toMatchObject([{ code: 'guard-error' }]);
    expect(permits(broken, question, { restrictions: ['offsets-unchanged'] })).toBe(false);
  });
});

describe('the decision digest', () => {
  const digestAfter = (...events: readonly EquipmentEvent[]) => {
    const before = bench(preparation);
    const known = decisionDigest(before.facts());
    const { text } = decisionDigest(bench([...preparation, ...events]).facts());
    // Built upon the digest before, as a running actor has it, it is the same.
    for (const event of events) before.send(event);
    expect(decisionDigest(before.facts(), known).text).toBe(text);
    return text;
  };

  test('[EQ104] stays when nothing changes that a guard reads', () => {
    const before = digestAfter();
    expect(digestAfter(command('START', {}, { ...mara, id: 'ben' }))).toBe(before);
    expect(digestAfter({ type: 'device.alarm', code: 'a', text: 't', positionLost: false, at: 1 }, command('ABORT', {}))).not.toBe(before);
    expect(digestAfter({ type: 'device.modes', changed: [], at: 9 })).toBe(before);
    const lost = (reason: string) => digestAfter({ type: 'link.lost', reason, at: 9 });
    expect(lost('unplugged')).toBe(lost('There is no port.'));
    expect(digestAfter({ type: 'device.offsets', offsets: bench(preparation).facts().offsets, at: 9 })).toBe(before);
  });

  test.each([
    ['the door', { type: 'device.condition', condition: 'door-open', at: 1 }],
    ['the database', { type: 'service.degraded', code: 'database', message: 'm', at: 1 }],
    ['the position', { type: 'device.position.lost', reason: 'r', at: 1 }],
    ['the modes', { type: 'device.modes', changed: ['G91'], at: 1 }],
    ['the offsets', { type: 'device.offsets', offsets: {}, at: 1 }],
    ['the control', command('CHECK_OUT', {})],
    ['the job', command('UNLOAD_JOB', {})],
  ] as readonly [string, EquipmentEvent][])('[EQ104] changes with %s', (_, event) => {
    expect(digestAfter(event)).not.toBe(digestAfter());
  });
});
