import { describe, expect, it } from 'vitest';
import { type SwitchBench, switchBench } from './driver-bench.ts';

const on = { type: 'device.switch', on: true } as const;
const writeOn = '050000ff00';
const writeOff = '0500000000';

function running(): SwitchBench {
  const bench = switchBench();
  bench.ready();
  bench.driver.perform(on);
  bench.answer();
  bench.reports.length = 0;
  return bench;
}

function isOn(bench: SwitchBench): boolean | undefined {
  return bench.relay.contacts(bench.clock.monotonic())[0];
}

describe('the stop of a switch', () => {
  it('[F17] writes "off" before it returns, past a reading under way, and each time it is pressed', () => {
    const bench = running();
    bench.clock.advance(200);
    bench.asked();
    expect(bench.driver.stop()).toBe(true);
    expect(bench.askedHex()).toEqual([writeOff]);
    expect(bench.driver.stop()).toBe(true);
    expect(bench.askedHex()).toEqual([writeOff]);
  });

  it('[EQ140] is confirmed by a reading that was asked for after it, not by one that was under way', () => {
    const bench = running();
    bench.relay.force(false);
    bench.clock.advance(200);
    const [before] = bench.asked();
    bench.driver.stop();
    bench.link.take();
    if (!before) throw new Error('it does not ask');
    bench.say({ ...before, pdu: Uint8Array.of(1, 1, 0) });
    expect(bench.reports).toEqual([]);
  });

  it('[EQ140] tells what the contact does, then that it is aborted, and joins the effect that follows', () => {
    const bench = running();
    bench.driver.stop();
    bench.driver.perform({ type: 'device.abort' });
    bench.answer();
    expect(bench.reports).toEqual([{ type: 'device.output', on: false }, { type: 'device.aborted' }]);
    bench.driver.perform({ type: 'device.abort' });
    bench.answer();
    expect(bench.reports.slice(2)).toEqual([{ type: 'device.output', on: false }, { type: 'device.aborted' }]);
  });

  it('[I5] takes back an "on" that waits behind a slow reading: it is never written', () => {
    const bench = switchBench();
    bench.ready();
    bench.clock.advance(200);
    const [slow] = bench.asked();
    bench.driver.perform(on);
    expect(bench.askedHex()).toEqual([]);
    bench.driver.stop();
    const [stop] = bench.asked();
    if (!slow || !stop) throw new Error('nothing was written');
    expect(Buffer.from(stop.pdu).toString('hex')).toBe(writeOff);
    // Both are answered, so that whatever still waits would go out now.
    bench.say({ ...slow, pdu: Uint8Array.of(1, 1, 0) });
    bench.say(stop);
    expect(bench.askedHex()).toEqual(['0100000001']);
    for (let past = 0; past < 5000; past += 50) {
      bench.clock.advance(50);
      expect(bench.askedHex()).not.toContain(writeOn);
    }
  });

  it('[I5] lets nothing switch on before a person has cleared, also when the command was on its way', () => {
    const bench = running();
    bench.driver.stop();
    bench.answer();
    bench.driver.perform(on);
    expect(bench.of('effect.failed')).toMatchObject([{ effect: 'device.switch', code: 'not-cleared' }]);
    bench.driver.perform({ type: 'device.clear' });
    bench.clock.advance(50);
    bench.answer();
    bench.driver.perform(on);
    bench.answer();
    expect(isOn(bench)).toBe(true);
  });

  it('[EQ140] says that a contact is stuck, goes on switching it off, confirms when it is, and is not cleared before', () => {
    const bench = running();
    bench.relay.stuck = true;
    bench.driver.stop();
    bench.driver.perform({ type: 'device.abort' });
    for (let past = 0; past < 2500; past += 50) {
      bench.clock.advance(50);
      bench.answer();
    }
    expect(bench.of('effect.failed')).toMatchObject([{ effect: 'device.abort', code: 'contact-stuck' }]);
    bench.driver.perform({ type: 'device.clear' });
    expect(bench.of('effect.failed')[1]).toMatchObject({ effect: 'device.clear', code: 'stopping' });
    expect(bench.of('device.aborted')).toEqual([]);
    bench.relay.stuck = false;
    for (let past = 0; past < 1500; past += 50) {
      bench.clock.advance(50);
      bench.answer();
    }
    expect(bench.of('device.aborted')).toHaveLength(1);
    expect(isOn(bench)).toBe(false);
  });

  it('[F7] that could not be confirmed is the first thing written when the relay is reached again', () => {
    const bench = running();
    bench.driver.stop();
    bench.driver.perform({ type: 'device.abort' });
    bench.link.take();
    bench.link.lose('cable');
    expect(bench.reports).toMatchObject([{ type: 'effect.failed', effect: 'device.abort', code: 'no-link' }, { type: 'link.lost' }]);
    bench.link.open();
    expect(bench.askedHex()[0]).toBe(writeOff);
  });

  it('[F7] without a link is not written, is said, and is owed', () => {
    const bench = running();
    bench.link.lose('cable');
    expect(bench.driver.stop()).toBe(false);
    bench.driver.perform({ type: 'device.abort' });
    expect(bench.of('effect.failed')).toMatchObject([{ effect: 'device.abort', code: 'no-link' }]);
    bench.link.open();
    bench.answer();
    bench.clock.advance(200);
    bench.answer();
    expect(isOn(bench)).toBe(false);
    expect(bench.of('device.aborted')).toHaveLength(1);
  });

  it('[F7] that nobody asked for is not made up: a contact found on after a lost link stays on, and is shown', () => {
    const bench = running();
    bench.link.lose('cable');
    bench.link.open();
    bench.answer();
    expect(bench.reports.at(-1)).toEqual({ type: 'device.output', on: true });
    expect(isOn(bench)).toBe(true);
    bench.driver.perform(on);
    expect(bench.of('effect.failed')).toMatchObject([{ code: 'not-cleared' }]);
  });

  it('[G1] without the right to write is not written, and the connection is given up', () => {
    const bench = running();
    bench.fence.allowed = false;
    expect(bench.driver.stop()).toBe(false);
    expect(bench.asked()).toEqual([]);
    expect(bench.link.gaveUp).toEqual(['The connection does not take what is written to it.']);
  });

  it('[F10] ends a clearing that was under way', () => {
    const bench = running();
    bench.driver.perform({ type: 'device.clear' });
    bench.driver.stop();
    expect(bench.of('effect.failed')).toMatchObject([{ effect: 'device.clear', code: 'stopping' }]);
    bench.answer();
    expect(bench.of('device.cleared')).toEqual([]);
  });
});
