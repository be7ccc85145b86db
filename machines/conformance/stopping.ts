import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { OpenRig as Open, Rig } from './rig.ts';
import type { Subject } from './subject.ts';
import { receivedLines, receivedRealtime, receivedText, type WireEntry, wireNow } from './wire.ts';

/** The stop from every condition, the end of the driver, and the end of a job in order. */
export function stopping(subject: Subject, prepared: Open): void {
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
