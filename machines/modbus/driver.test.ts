import { describe, expect, it } from 'vitest';
import { type SwitchBench, switchBench } from './driver-bench.ts';

const on = { type: 'device.switch', on: true } as const;
const off = { type: 'device.switch', on: false } as const;
const read = '0100000001';
const writeOn = '050000ff00';
const writeOff = '0500000000';

function ready(settings: object = {}): SwitchBench {
  const bench = switchBench(settings);
  bench.ready();
  return bench;
}

function readyAndOn(settings: object = {}): SwitchBench {
  const bench = ready(settings);
  bench.driver.perform(on);
  bench.answer();
  expect(bench.reports).toEqual([{ type: 'device.output', on: true }]);
  bench.reports.length = 0;
  return bench;
}

/** Lets time pass in steps, the relay answering; `answers` false: it does not. */
function pass(bench: SwitchBench, ms: number, answers = true): void {
  for (let past = 0; past < ms; past += 50) {
    bench.clock.advance(50);
    if (answers) bench.answer();
  }
}

/** The relay has taken the write, and its contact has not been read since. */
function echo(bench: SwitchBench): void {
  for (const frame of bench.asked()) bench.say(frame);
}

/** A slow contact: the relay has taken the write, and reads as it was before. */
function readAsOff(bench: SwitchBench): void {
  bench.relay.stuck = true;
  bench.answer();
}

/** The connection is a new one, on which nothing has been answered yet. */
function reconnect(bench: SwitchBench): void {
  bench.link.lose('cable');
  bench.link.open();
}

describe('connecting', () => {
  it('asks who is there, reads the contact, and only then says synced and what the contact does', () => {
    const bench = switchBench();
    bench.relay.force(true);
    bench.link.open();
    bench.answer();
    expect(bench.reports.map(({ type }) => type)).toEqual(['link.up', 'device.identified', 'device.synced', 'device.output']);
    expect(bench.of('device.identified')[0]).toMatchObject({
      firmware: 'W.I.T. bench',
      version: 'simulated 1',
      identity: 'W.I.T. bench simulated 1',
    });
    expect(bench.of('device.synced')[0]).toEqual({ type: 'device.synced', condition: 'idle', homed: false, heldByUs: false });
    expect(bench.of('device.output')[0]?.on).toBe(true);
  });

  it.each([{ answers: 'refuses the question' }, { answers: 'does not hear it' }])(
    'knows a relay that $answers by its address, or by the name it was given',
    ({ answers }) => {
      for (const [settings, identity] of [
        [{ coil: 2, unit: 17 }, '127.0.0.1:502 unit 17'],
        [{ unit: 17, identity: 'Extractor relay' }, 'Extractor relay'],
      ] as const) {
        const bench = switchBench(settings);
        bench.link.open();
        const [question] = bench.asked();
        if (answers === 'does not hear it') bench.clock.advance(1000);
        else bench.say({ transaction: question?.transaction ?? 0, unit: 17, pdu: Uint8Array.of(0xab, 1) });
        pass(bench, 200);
        expect(bench.of('device.identified')[0]).toMatchObject({ identity, firmware: 'Modbus relay' });
        expect(bench.of('device.output')).toHaveLength(1);
      }
    },
  );

  it('[F13] neither reads nor writes another relay that answers at the address, not even when it is stopped', () => {
    const bench = readyAndOn();
    bench.link.lose('cable');
    bench.relay.name = 'another';
    bench.link.open();
    bench.answer();
    expect(bench.of('device.identity.changed')).toEqual([
      { type: 'device.identity.changed', expected: 'W.I.T. bench simulated 1', found: 'W.I.T. another simulated 1' },
    ]);
    bench.driver.perform(on);
    expect(bench.driver.stop()).toBe(false);
    bench.clock.advance(60_000);
    expect(bench.asked()).toEqual([]);
    expect(bench.of('device.synced')).toEqual([]);
  });

  it('[F13] stops the right relay when it is back, though the stop was pressed while another answered', () => {
    const bench = readyAndOn();
    bench.link.lose('cable');
    bench.relay.name = 'another';
    bench.link.open();
    bench.answer();
    bench.driver.stop();
    bench.link.lose('cable');
    bench.relay.name = 'bench';
    bench.link.open();
    expect(bench.askedHex()).toEqual(['2b0e0100']);
    bench.clock.advance(1200);
    bench.answer();
    expect(bench.relay.contacts(bench.clock.monotonic())[0]).toBe(false);
    expect(bench.of('device.aborted')).toHaveLength(1);
  });

  it('[F13] refuses a relay that is not the one of the settings', () => {
    const bench = switchBench({ identity: 'ACME R8 2.0' });
    bench.link.open();
    bench.answer();
    expect(bench.of('device.identity.changed')[0]).toMatchObject({ expected: 'ACME R8 2.0', found: 'W.I.T. bench simulated 1' });
  });
});

describe('switching', () => {
  it('[EQ140] reports what was read back, never what was commanded or echoed', () => {
    const bench = ready();
    bench.driver.perform(on);
    const [write] = bench.asked();
    if (!write) throw new Error('nothing was written');
    expect(Buffer.from(write.pdu).toString('hex')).toBe(writeOn);
    bench.say(write);
    expect(bench.reports).toEqual([]);
    expect(bench.askedHex()).toEqual([read]);
  });

  it('[EQ140] reports a contact that somebody switches at the relay itself', () => {
    const bench = ready();
    bench.relay.force(true);
    pass(bench, 200);
    expect(bench.reports).toEqual([{ type: 'device.output', on: true }]);
  });

  it('[EQ140] says of an order that changed nothing what the contact does', () => {
    const bench = ready();
    bench.driver.perform(off);
    bench.answer();
    expect(bench.reports).toEqual([{ type: 'device.output', on: false }]);
  });

  it('[EQ140] does not believe a contact that stays as it was: it says so, and writes "on" once', () => {
    const bench = ready();
    bench.relay.stuck = true;
    bench.driver.perform(on);
    const written: string[] = [];
    for (let past = 0; past < 3000; past += 50) {
      const asked = bench.asked();
      written.push(...asked.map(({ pdu }) => Buffer.from(pdu).toString('hex')));
      for (const frame of asked) bench.say({ ...frame, pdu: Uint8Array.from(bench.relay.answer(frame.pdu, 0)) });
      bench.clock.advance(50);
    }
    expect(written.filter(hex => hex === writeOn)).toHaveLength(1);
    expect(bench.of('effect.failed')).toMatchObject([{ effect: 'device.switch', code: 'contact-stuck' }]);
    expect(bench.of('device.output')).toEqual([]);
  });

  it('[F40] gives the exception of a refused write with its number and words, and does not try again', () => {
    const bench = ready();
    bench.driver.perform(on);
    const [write] = bench.asked();
    bench.say({ transaction: write?.transaction ?? 0, unit: 255, pdu: Uint8Array.of(0x85, 4) });
    expect(bench.of('effect.failed')).toEqual([
      {
        type: 'effect.failed',
        effect: 'device.switch',
        code: 'modbus-exception-4',
        text: 'The relay did not switch on: exception 4: it has failed inside.',
      },
    ]);
    bench.clock.advance(1000);
    expect(bench.askedHex()).not.toContain(writeOn);
  });

  it('[F40] waits for a relay that has taken a long task, and reads what became of it', () => {
    const bench = ready();
    bench.driver.perform(on);
    const [write] = bench.asked();
    bench.say({ transaction: write?.transaction ?? 0, unit: 255, pdu: Uint8Array.of(0x85, 5) });
    bench.relay.force(true);
    bench.answer();
    expect(bench.reports).toEqual([{ type: 'device.output', on: true }]);
  });

  it('[F40] writes "off" to a busy relay until it is off', () => {
    const bench = readyAndOn();
    bench.driver.perform(off);
    for (let tries = 0; tries < 3; tries++) {
      const frames = bench.asked();
      for (const frame of frames) {
        const busy = frame.pdu[0] === 5 && tries < 2;
        bench.say({ ...frame, pdu: busy ? Uint8Array.of(0x85, 6) : Uint8Array.from(bench.relay.answer(frame.pdu, 0)) });
      }
      pass(bench, 550);
    }
    expect(bench.reports).toEqual([{ type: 'device.output', on: false }]);
  });

  it('[F40] counts neither a late answer nor one of another unit for the request that is under way', () => {
    const bench = ready();
    bench.clock.advance(200);
    const [late] = bench.asked();
    bench.clock.advance(1200);
    const [now] = bench.asked();
    if (!late || !now) throw new Error('it does not ask');
    const closed = Uint8Array.of(1, 1, 1);
    bench.say({ ...late, pdu: closed });
    bench.say({ ...now, unit: 9, pdu: closed });
    expect(bench.reports).toEqual([]);
    bench.say({ ...now, pdu: closed });
    expect(bench.reports).toEqual([{ type: 'device.output', on: true }]);
  });

  it('[F40] throws a connection away on which something else than Modbus speaks', () => {
    const bench = ready();
    bench.link.say('HTTP/1.1 400 Bad Request\r\n');
    expect(bench.link.gaveUp).toEqual(['What answers is not Modbus.']);
  });

  it('inverts a contact that is closed while its coil is 0', () => {
    const bench = switchBench({ activeLow: true });
    bench.relay.force(true);
    bench.ready();
    bench.driver.perform(on);
    expect(bench.askedHex()[0]).toBe(writeOff);
    bench.driver.stop();
    expect(bench.askedHex()[0]).toBe(writeOn);
  });

  it('has nothing to do for what is no effect of a switch, and says so', () => {
    const bench = ready();
    bench.driver.perform({ type: 'device.home' });
    expect(bench.of('effect.failed')).toMatchObject([{ effect: 'device.home', code: 'unsupported' }]);
  });
});

describe('clearing', () => {
  it('writes nothing, reads anew and says what it read', () => {
    const bench = switchBench();
    bench.relay.force(true);
    bench.link.open();
    bench.answer();
    bench.driver.perform({ type: 'device.clear' });
    expect(bench.askedHex()).toEqual([read]);
    expect(bench.of('device.cleared')).toEqual([]);
    pass(bench, 1200);
    expect(bench.reports.slice(-2)).toEqual([{ type: 'device.output', on: true }, { type: 'device.cleared' }]);
  });

  it('fails when the relay does not let itself be read', () => {
    const bench = ready();
    bench.driver.perform({ type: 'device.clear' });
    bench.clock.advance(2000);
    expect(bench.of('effect.failed')).toMatchObject([{ effect: 'device.clear', code: 'no-answer' }]);
  });
});

describe('silence', () => {
  it('[F10] is said, its end too, and then what the contact does, though it is as before', () => {
    const bench = readyAndOn();
    pass(bench, 2500, false);
    expect(bench.reports.map(({ type }) => type)).toEqual(['link.silent']);
    pass(bench, 1100);
    expect(bench.reports.map(({ type }) => type)).toEqual(['link.silent', 'link.answering', 'device.output']);
  });

  it('[F10] ends the connection, so that nothing is delivered late', () => {
    const bench = ready();
    pass(bench, 4200, false);
    expect(bench.link.gaveUp).toEqual([expect.stringMatching(/^The relay did not answer for 4\d\d\d ms\.$/)]);
  });

  it('[F40] is also a relay that answers every reading with an exception, and its words are the reason', () => {
    const bench = ready();
    for (let past = 0; past < 4400; past += 50) {
      for (const frame of bench.asked()) bench.say({ ...frame, pdu: Uint8Array.of(0x81, 2) });
      bench.clock.advance(50);
    }
    expect(bench.of('link.silent')).toHaveLength(1);
    expect(bench.link.gaveUp[0]).toContain('exception 2: it has nothing at this address');
  });
});

describe('closing', () => {
  /** Moments in which the relay may be on, or come on, while the last that was reported is off. */
  const unread = [
    { when: 'is on its way', until: () => undefined },
    { when: 'was echoed', until: echo },
    { when: 'reads as still off', until: readAsOff },
    { when: 'nobody waits for any more', until: (bench: SwitchBench) => pass(bench, 2000, false) },
    { when: 'a lost link came between', until: reconnect },
  ];

  it.each([
    ['off', [writeOff]],
    ['as-it-is', []],
  ])('[F3] leaves the contact %s', async (whenLeft, written) => {
    const bench = readyAndOn({ whenLeft });
    await bench.driver.close();
    expect(bench.askedHex()).toEqual(written);
  });

  it.each(unread.flatMap(moment => (['off', 'as-it-is'] as const).map(whenLeft => ({ ...moment, whenLeft }))))(
    '[EQ25] switches off an "on" that $when, with whenLeft $whenLeft: nobody would know that it is on',
    async ({ whenLeft, until }) => {
      const bench = ready({ whenLeft, silentAfterMs: 60_000 });
      bench.driver.perform(on);
      until(bench);
      expect(bench.of('device.output')).toEqual([]);
      await bench.driver.close();
      const left = bench.asked();
      expect(left.map(({ pdu }) => Buffer.from(pdu).toString('hex')).at(-1)).toBe(writeOff);
    },
  );

  it('[EQ25] leaves as it is what was read back as on, also when the time to confirm it had passed', async () => {
    const bench = ready({ whenLeft: 'as-it-is', silentAfterMs: 60_000 });
    bench.driver.perform(on);
    pass(bench, 2000, false);
    expect(bench.of('effect.failed')).toMatchObject([{ code: 'no-answer' }]);
    pass(bench, 1200);
    expect(bench.of('device.output')).toEqual([{ type: 'device.output', on: true }]);
    await bench.driver.close();
    expect(bench.askedHex()).toEqual([]);
  });

  it('[EQ25] leaves nothing on when it is given free, whatever is set', async () => {
    const bench = readyAndOn({ whenLeft: 'as-it-is' });
    await bench.driver.close('given-free');
    expect(bench.askedHex()).toEqual([writeOff]);
  });

  it('writes nothing to a contact that is off', async () => {
    const bench = ready();
    await bench.driver.close();
    expect(bench.askedHex()).toEqual([]);
  });
});
