import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { DeviceCondition } from '../statecharts/equipment/reports.ts';
import { jogging } from './conformance/jogging.ts';
import { connectionLosses } from './conformance/losses.ts';
import type { OpenRig as Open, Rig } from './conformance/rig.ts';
import { type Certified, suite } from './conformance/suite.ts';
import { receivedLines, receivedRealtime, receivedText, type WireEntry, wireNow } from './conformance/wire.ts';

/** What a type that runs programs brings to its certification. */
export interface Subject extends Omit<Certified, 'checkWire'> {
  /** Brings a freshly connected device to rest and unlocked. */
  prepare(rig: Rig): Promise<void>;
  /** A program in the dialect: at least ten seconds of motion in real time, some hundred lines. */
  readonly program: readonly string[];
  /** Ways into the conditions this device knows, from prepared. */
  readonly conditions: readonly { readonly condition: DeviceCondition; enter(rig: Rig): Promise<void> }[];
  /** Realtime bytes of the protocol that may ever be written, and the first bytes of a stop. */
  readonly grammar: {
    readonly realtime: readonly number[];
    readonly lines: readonly RegExp[];
    readonly stop: readonly number[];
    /** Lines that only read, and may stand before and after a program. */
    readonly questions: RegExp;
  };
  /** Realtime bytes that cannot move anything: all that may follow a stop. */
  readonly harmless: readonly number[];
}

/** The suite that every machine which runs programs passes over its simulator before it may stand in the catalog. */
export function conformance(subject: Subject): void {
  suite({ ...subject, checkWire: wire => expectGrammar(subject, wire) }, open => {
    const prepared = async (timeFactor = 20): Promise<Rig> => {
      const rig = await open(timeFactor);
      await rig.report('device.synced');
      await subject.prepare(rig);
      return rig;
    };
    connecting(subject, open, prepared);
    connectionLosses(subject.link, open, prepared);
    running(subject, prepared);
    faults(subject, prepared);
    stopping(subject, prepared);
    units(prepared);
    jogging(prepared);
    if (subject.link === 'tcp') onANetwork(subject, prepared);
  });
}

function expectGrammar(subject: Subject, wire: readonly WireEntry[]): void {
  const foreign = receivedLines(wire).filter(line => !subject.grammar.lines.some(rule => rule.test(line)));
  expect(foreign, 'lines outside the grammar').toEqual([]);
  expect(receivedRealtime(wire).filter(byte => !subject.grammar.realtime.includes(byte))).toEqual([]);
}

function connecting(subject: Subject, open: Open, prepared: Open): void {
  it('opens, identifies as simulated and reports where it is, live', async () => {
    const rig = await open();
    await rig.report('device.synced');
    expect(rig.reports.map(report => report.type).slice(0, 2)).toEqual(['link.up', 'device.identified']);
    expect(rig.of('device.identified')[0]).toMatchObject({ simulated: true });
    await rig.until('a position', () => rig.telemetry.machine !== null);
    const lines = rig.telemetry.link.lines;
    await rig.until('more news within a second', () => rig.telemetry.link.lines > lines, 1000);
  });

  it('writes nothing that moves until it is told to', async () => {
    const rig = await open();
    await rig.report('device.synced');
    await delay(300);
    expect(receivedRealtime(rig.wire()).filter(byte => !subject.harmless.includes(byte))).toEqual([]);
    expect(receivedLines(rig.wire()).filter(line => !line.startsWith('$'))).toEqual([]);
  });

  it('[F13] tells when another machine answers after a reconnect, and does not sync with it', async () => {
    const rig = await prepared();
    await rig.simulator.verb({ verb: 'cut' });
    await rig.report('link.lost');
    await rig.simulator.verb({ verb: 'wrong_identity', name: 'another machine' });
    await rig.simulator.verb({ verb: 'restore' });
    expect(await rig.report('device.identity.changed')).toMatchObject({ found: 'another machine' });
    expect(rig.of('device.synced')).toHaveLength(1);
    rig.run(subject.program);
    expect((await rig.report('program.ended')).outcome).toMatchObject({ result: 'failed', sent: 0 });
  });
}

function running(subject: Subject, prepared: Open): void {
  it('runs a program byte for byte, in order, once, and is complete only when the machine rests', async () => {
    const rig = await prepared(50);
    const since = wireNow();
    rig.run(subject.program);
    await rig.until('the end of the program', () => rig.of('program.ended').length > 0, 30_000);
    expect(rig.of('program.ended')[0]?.outcome).toMatchObject({ result: 'complete', acknowledged: subject.program.length });
    expect(await rig.simulator.verb({ verb: 'state' })).toMatchObject({ moving: false });
    expect(receivedLines(rig.wire(since)).filter(line => !subject.grammar.questions.test(line))).toEqual(subject.program);
  });

  it('homes through its silence without taking it for a lost link', async () => {
    const rig = await prepared(4);
    rig.driver.perform({ type: 'device.home' });
    await rig.until('homed', () => rig.of('device.homed').length > 0, 30_000);
    await rig.until('rest', () => rig.condition() === 'idle');
    expect(rig.of('link.silent')).toEqual([]);
  });

  it('holds at rest and goes on from there to the end', async () => {
    const rig = await prepared(5);
    rig.run(subject.program.slice(0, 60));
    await rig.until('motion', () => rig.condition() === 'running');
    rig.driver.perform({ type: 'device.hold' });
    await rig.until('standstill', () => rig.condition() === 'held');
    expect(await rig.simulator.verb({ verb: 'state' })).toMatchObject({ moving: false });
    rig.driver.perform({ type: 'device.resume' });
    await rig.until('the end of the program', () => rig.of('program.ended').length > 0, 30_000);
    expect(rig.of('program.ended')[0]?.outcome.result).toBe('complete');
  });

  it('finishes early: no more lines, and what was sent runs out', async () => {
    const rig = await prepared(5);
    rig.run(subject.program);
    await rig.until('motion', () => rig.condition() === 'running');
    rig.driver.perform({ type: 'device.program.finish' });
    const { outcome } = await rig.report('program.ended');
    expect(outcome.result).toBe('stopped');
    expect(outcome.sent).toBeLessThan(subject.program.length);
    expect(outcome.acknowledged).toBe(outcome.sent);
  });

  it('finishes early from a hold too: the machine goes on with what was sent, and with no other line', async () => {
    const rig = await prepared(5);
    rig.run(subject.program);
    await rig.until('motion', () => rig.condition() === 'running');
    rig.driver.perform({ type: 'device.hold' });
    await rig.until('standstill', () => rig.condition() === 'held');
    rig.driver.perform({ type: 'device.program.finish' });
    const { outcome } = await rig.report('program.ended');
    expect(outcome.result).toBe('stopped');
    expect(outcome.sent).toBeLessThan(subject.program.length);
    expect(outcome.acknowledged).toBe(outcome.sent);
    await rig.until('rest', () => rig.condition() === 'idle');
  });
}

function faults(subject: Subject, prepared: Open): void {
  const inMotion = async (timeFactor = 2) => {
    const rig = await prepared(timeFactor);
    rig.run(subject.program);
    await rig.until('motion', () => rig.condition() === 'running');
    return rig;
  };
  const programLines = (rig: Rig, since: number) => receivedLines(rig.wire(since)).filter(line => subject.program.includes(line));

  it('[F7] never continues after the cable was pulled: the hold byte comes first, and no line', async () => {
    const rig = await inMotion();
    await rig.simulator.verb({ verb: 'cut' });
    const { outcome } = await rig.report('program.ended');
    expect(outcome).toMatchObject({ result: 'interrupted' });
    await rig.report('link.lost');
    const since = wireNow();
    await rig.simulator.verb({ verb: 'restore' });
    await rig.report('device.synced', 2);
    await delay(500);
    expect(receivedRealtime(rig.wire(since))[0]).toBe(subject.grammar.stop[0]);
    expect(receivedText(rig.wire(since))).toBe('');
    expect(rig.of('device.synced')[1]).toMatchObject({ heldByUs: true, homed: false });
  });

  it('[F7] leaves nothing turning or shining that it found so, when it is closed', async () => {
    const rig = await prepared(2);
    rig.run(['G1M3S500F100', ...subject.program]);
    await rig.until('motion', () => rig.condition() === 'running');
    await rig.simulator.verb({ verb: 'cut' });
    await rig.report('link.lost');
    const since = wireNow();
    await rig.simulator.verb({ verb: 'restore' });
    await rig.report('device.synced', 2);
    await rig.until('rest in the hold', () => rig.condition() === 'held');
    await rig.driver.close('given-free');
    await expect.poll(() => rig.simulator.verb({ verb: 'state' })).toMatchObject({ moving: false, energised: false });
    expect(receivedRealtime(rig.wire(since)).at(-1)).toBe(subject.grammar.stop.at(-1));
  });

  it('[F7] ends half a line by nothing but a reset, and never executes it', async () => {
    const rig = await inMotion();
    await rig.simulator.verb({ verb: 'cut_mid_line', bytes: 4 });
    await rig.report('link.lost');
    expect(receivedText(rig.wire()).at(-1)).not.toBe('\n');
    const since = wireNow();
    await rig.simulator.verb({ verb: 'restore' });
    await rig.report('device.synced', 2);
    const cleared = rig.of('device.cleared').length;
    rig.driver.perform({ type: 'device.clear' });
    await rig.report('device.cleared', cleared + 1);
    const after = receivedRealtime(rig.wire(since));
    expect(after[0]).toBe(subject.grammar.stop[0]);
    expect(after).toContain(subject.grammar.stop.at(-1));
    const firstLine = rig.wire(since).findIndex(entry => entry.dir === 'in' && entry.rt === undefined);
    const reset = rig.wire(since).findIndex(entry => Number(entry.rt) === subject.grammar.stop.at(-1));
    expect(reset).toBeLessThan(firstLine);
  });

  it('[F10] says when nothing answers and when it answers again, and feeds nothing on a guess', async () => {
    const rig = await inMotion();
    await rig.simulator.verb({ verb: 'dont_answer' });
    const since = wireNow() + 50;
    await rig.report('link.silent');
    expect(programLines(rig, since)).toEqual([]);
    const answered = answersAgain(subject, rig);
    await rig.simulator.verb({ verb: 'answer' });
    await answered;
  });

  it('[F11] ends the program when the controller restarts by itself, and says that the position is lost', async () => {
    const rig = await inMotion();
    const since = wireNow();
    await rig.simulator.verb({ verb: 'reset' });
    const { outcome } = await rig.report('program.ended');
    expect(outcome).toMatchObject({ result: 'interrupted', uncertain: [outcome.acknowledged + 1, outcome.sent] });
    await rig.report('device.position.lost');
    expect(rig.of('device.reset').at(-1)?.asked).toBe(false);
    const lines = programLines(rig, since).length;
    await delay(300);
    expect(programLines(rig, since)).toHaveLength(lines);
  });

  it('[F12] mirrors an alarm with its words, and leads out of it when asked', async () => {
    const rig = await inMotion();
    await rig.simulator.verb({ verb: 'alarm', code: 1 });
    expect(await rig.report('device.alarm')).toMatchObject({ code: 'alarm-1', positionLost: true });
    expect((await rig.report('program.ended')).outcome).toMatchObject({ result: 'failed', error: { code: 'alarm' } });
    const before = rig.of('device.cleared').length;
    rig.driver.perform({ type: 'device.clear' });
    await rig.report('device.cleared', before + 1);
  });

  it('[F12] waits behind an open door and goes on only when told', async () => {
    const rig = await inMotion(10);
    await rig.simulator.verb({ verb: 'door', position: 'open' });
    await rig.until('the door', () => rig.condition() === 'door-open');
    await rig.simulator.verb({ verb: 'door', position: 'closed' });
    await rig.until('the closed door', () => rig.condition() === 'door-closed');
    await delay(300);
    expect(await rig.simulator.verb({ verb: 'state' })).toMatchObject({ moving: false });
    rig.driver.perform({ type: 'device.resume' });
    await rig.until('motion', () => rig.condition() === 'running');
  });

  it.each(['drop', 'flip', 'duplicate'])(
    '[F8] invents no answer when bytes from the device are damaged (%s), and can still be stopped',
    async verb => {
      const rig = await inMotion();
      await rig.simulator.verb({ verb, direction: 'out', count: 40 });
      await delay(800);
      const known = rig.telemetry.program ?? rig.of('program.ended')[0]?.outcome;
      expect(known?.acknowledged).toBeLessThanOrEqual(receivedLines(rig.wire()).length);
      expect(rig.driver.stop()).toBe(true);
      await rig.report('device.aborted');
    },
  );

  it('[F9] survives lines that arrive damaged', async () => {
    const rig = await inMotion(10);
    await rig.simulator.verb({ verb: 'flip', direction: 'in', count: 3 });
    await delay(500);
    rig.driver.stop();
    await rig.report('device.aborted');
    expect(rig.of('program.ended')).toHaveLength(1);
  });

  it('streams on when every answer is late', async () => {
    const rig = await inMotion(20);
    await rig.simulator.verb({ verb: 'slow', ms: 120 });
    const at = rig.telemetry.program?.acknowledged ?? 0;
    await rig.until('more answers', () => (rig.telemetry.program?.acknowledged ?? 0) > at + 5);
    expect(rig.of('link.silent')).toEqual([]);
  });
}

/** Over a network a silent connection is thrown away, so that nothing is delivered late: the answer comes on another one. */
async function answersAgain(subject: Subject, rig: Rig): Promise<void> {
  if (subject.link === 'serial') {
    await rig.report('link.answering');
    return;
  }
  await rig.report('link.lost');
  await rig.report('device.synced', 2);
}

/** Heard again, a machine confirms the stop; over a network it is another connection, on which it is held and known as unhomed. */
async function confirmedOrReadAnew(subject: Subject, rig: Rig): Promise<void> {
  if (subject.link === 'serial') {
    await rig.report('device.aborted');
    const unheard = rig.reports.findIndex(report => report.type === 'effect.failed');
    expect(rig.reports[unheard - 1]).toMatchObject({ type: 'device.position.lost' });
  } else expect(await rig.report('device.synced', 2)).toMatchObject({ homed: false });
}

/** What crossed the line from the first stop byte after `since` on, the byte itself first. */
async function fromStopByte(subject: Subject, rig: Rig, since: number): Promise<WireEntry[]> {
  const isStop = (entry: { readonly rt?: string | undefined }) => subject.grammar.stop.includes(Number(entry.rt));
  await rig.until('the stop byte', () => rig.wire(since).some(isStop), 1000);
  const wire = rig.wire(since);
  return wire.slice(wire.findIndex(isStop));
}

function onANetwork(subject: Subject, prepared: Open): void {
  it('[F7] throws a connection that swallows everything away: nothing that was under way arrives later', async () => {
    const rig = await prepared(2);
    rig.run(subject.program);
    await rig.until('motion', () => rig.condition() === 'running');
    await rig.simulator.verb({ verb: 'black_hole' });
    const since = wireNow();
    await rig.report('link.silent');
    await rig.report('link.lost');
    expect((await rig.report('program.ended')).outcome).toMatchObject({ result: 'interrupted' });
    await rig.simulator.verb({ verb: 'restore' });
    await rig.report('device.synced', 2);
    expect(receivedRealtime(rig.wire(since))[0]).toBe(subject.grammar.stop[0]);
    expect(receivedText(rig.wire(since))).toBe('');
  });

  it('writes from one connection at a time, each told by its own port', async () => {
    const rig = await prepared();
    await rig.simulator.verb({ verb: 'cut' });
    await rig.report('link.lost');
    await rig.simulator.verb({ verb: 'restore' });
    await rig.report('device.synced', 2);
    const peers = rig.wire().flatMap(entry => (entry.dir === 'in' ? [entry.peer] : []));
    const turns = peers.filter((peer, at) => peer !== peers[at - 1]);
    expect(turns).toHaveLength(2);
    expect(new Set(turns).size).toBe(2);
  });
}

function stopping(subject: Subject, prepared: Open): void {
  const states = subject.conditions.map(({ condition, enter }) => [condition, enter] as const);

  it.each(states)(
    '[F17] reports condition %s, and has the stop byte on the wire, confirmed there, and no line after it',
    async (condition, enter) => {
      const rig = await prepared(2);
      await enter(rig);
      await rig.until(`condition ${condition}`, () => rig.condition() === condition);
      const before = wireNow();
      expect(rig.driver.stop()).toBe(true);
      const [stopByte, ...after] = await fromStopByte(subject, rig, before);
      expect(stopByte?.rt).toBeDefined();
      expect(receivedLines(after)).toEqual([]);
      await rig.report('device.aborted');
      expect(await rig.simulator.verb({ verb: 'state' })).toMatchObject({ moving: false });
    },
  );

  it('[I5] writes nothing that moves from the stop on, whatever is asked, until a person clears', async () => {
    const rig = await prepared(2);
    rig.run(subject.program);
    await rig.until('motion', () => rig.condition() === 'running');
    const before = wireNow();
    rig.driver.stop();
    rig.driver.perform({ type: 'device.abort' });
    rig.driver.perform({ type: 'device.resume' });
    rig.driver.perform({ type: 'device.home' });
    rig.run(subject.program);
    await rig.report('device.aborted');
    await delay(400);
    // What was with the operating system before the stop byte crosses the line before it.
    const after = await fromStopByte(subject, rig, before);
    expect(receivedText(after)).toBe('');
    expect(receivedRealtime(after).filter(byte => !subject.harmless.includes(byte))).toEqual([]);
    expect(rig.of('program.ended')[0]?.outcome.result).toBe('aborted');
  });

  it('[F10] stops a machine that does not answer as soon as it is heard, counts its position as lost, and clears it', async () => {
    const rig = await prepared(2);
    rig.run(subject.program);
    await rig.until('motion', () => rig.condition() === 'running');
    await rig.simulator.verb({ verb: 'dont_answer' });
    expect(rig.driver.stop()).toBe(true);
    rig.driver.perform({ type: 'device.abort' });
    await rig.report('effect.failed');
    expect(rig.of('device.aborted')).toEqual([]);
    const confirmed = confirmedOrReadAnew(subject, rig);
    await rig.simulator.verb({ verb: 'answer' });
    await confirmed;
    expect(await rig.simulator.verb({ verb: 'state' })).toMatchObject({ moving: false });
    const before = rig.of('device.cleared').length;
    rig.driver.perform({ type: 'device.clear' });
    await rig.report('device.cleared', before + 1);
  });

  it('[F3] halts a machine in motion when it is closed', async () => {
    const rig = await prepared(2);
    rig.run(subject.program);
    await rig.until('motion', () => rig.condition() === 'running');
    const since = wireNow();
    await rig.driver.close();
    expect(rig.of('program.ended')[0]?.outcome.result).toBe('interrupted');
    await fromStopByte(subject, rig, since);
    await expect.poll(() => rig.simulator.verb({ verb: 'state' })).toMatchObject({ moving: false });
    expect(receivedText(await fromStopByte(subject, rig, since))).toBe('');
  });

  it('[F3] ends what a typed line left turning or shining when it is closed', async () => {
    const rig = await prepared();
    const state = () => rig.simulator.verb({ verb: 'state' });
    rig.driver.perform({ type: 'device.mdi', line: 'G1M3S500F100' });
    await rig.report('mdi.answered');
    await expect.poll(state).toMatchObject({ energised: true });
    await rig.until('it is heard', () => (rig.telemetry.spindle ?? 0) > 0);
    await rig.driver.close();
    await expect.poll(state).toMatchObject({ energised: false });
  });

  it('ends a job in order with its own word', async () => {
    const rig = await prepared(2);
    rig.run(subject.program);
    await rig.until('motion', () => rig.condition() === 'running');
    rig.driver.perform({ type: 'device.stop' });
    await rig.report('device.stopped');
    expect(rig.of('program.ended')[0]?.outcome.result).toBe('stopped');
    expect(rig.of('device.aborted')).toEqual([]);
  });

  it('has no link to stop over when the cable is cut, and says so', async () => {
    const rig = await prepared();
    await rig.simulator.verb({ verb: 'cut' });
    await rig.report('link.lost');
    expect(rig.driver.stop()).toBe(false);
  });
}

function units(prepared: Open): void {
  it('shows the position of the machine in mm', async () => {
    const rig = await prepared(20);
    const state = await rig.simulator.verb({ verb: 'state' });
    await rig.until('the same position', () => JSON.stringify(rig.telemetry.machine) === JSON.stringify(state.mpos));
  });
}
