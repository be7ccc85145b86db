import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { OpenRig as Open, Rig } from './rig.ts';
import type { Subject } from './subject.ts';
import { receivedLines, receivedRealtime, receivedText, wireNow } from './wire.ts';

/** What may break in the middle of a program: cable, controller, bytes. */
export function faults(subject: Subject, prepared: Open): void {
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
    // A beam is off in the hold already: that the reset has crossed the line is waited for by itself.
    await expect.poll(() => receivedRealtime(rig.wire(since)).at(-1)).toBe(subject.grammar.stop.at(-1));
    await expect.poll(() => rig.simulator.verb({ verb: 'state' })).toMatchObject({ moving: false, energised: false });
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
