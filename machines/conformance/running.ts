import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { OpenRig as Open } from './rig.ts';
import type { Subject } from './subject.ts';
import { receivedLines, receivedRealtime, wireNow } from './wire.ts';

/** Who answers, where it is, and what is written before anybody asked for anything. */
export function connecting(subject: Subject, open: Open, prepared: Open): void {
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

export function units(prepared: Open): void {
  it('shows the position of the machine in mm', async () => {
    const rig = await prepared(20);
    const state = await rig.simulator.verb({ verb: 'state' });
    await rig.until('the same position', () => JSON.stringify(rig.telemetry.machine) === JSON.stringify(state.mpos));
  });
}

/** Programs and homing, as they are meant to go. */
export function running(subject: Subject, prepared: Open): void {
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
