import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { OpenRig as Open, Rig } from './rig.ts';
import { type Certified, suite } from './suite.ts';
import { receivedFrames, type WireEntry, wireNow } from './wire.ts';

/** What a type that switches something on and off brings to its certification. */
export interface SwitchSubject extends Omit<Certified, 'checkWire'> {
  /** Everything that may ever be written, as hex of whole frames. */
  readonly grammar: { readonly questions: RegExp; readonly on: RegExp; readonly off: RegExp };
}

const on = { type: 'device.switch', on: true } as const;
const off = { type: 'device.switch', on: false } as const;

/** The suite that every switch passes over its simulator before it may stand in the catalog. */
export function switchConformance(subject: SwitchSubject): void {
  suite({ ...subject, checkWire: wire => expectGrammar(subject, wire) }, open => {
    const prepared = async (): Promise<Rig> => {
      const rig = await open();
      await rig.report('device.output');
      rig.driver.perform({ type: 'device.clear' });
      await rig.report('device.cleared');
      return rig;
    };
    connecting(subject, open, prepared);
    switching(subject, prepared);
    faults(subject, prepared);
    stopping(subject, open, prepared);
  });
}

function expectGrammar({ grammar }: SwitchSubject, wire: readonly WireEntry[]): void {
  const all = [grammar.questions, grammar.on, grammar.off];
  expect(
    receivedFrames(wire).filter(frame => !all.some(rule => rule.test(frame))),
    'frames outside the grammar',
  ).toEqual([]);
}

/** What the relay itself says of its contact. */
async function contact(rig: Rig): Promise<unknown> {
  return (await rig.simulator.verb({ verb: 'state' })).on;
}

function output(rig: Rig): boolean | undefined {
  return rig.of('device.output').at(-1)?.on;
}

async function switchedOn(prepared: Open): Promise<Rig> {
  const rig = await prepared();
  rig.driver.perform(on);
  await rig.until('on', () => output(rig) === true);
  return rig;
}

/** Whatever happened before: the stop is written, confirmed, and true. */
async function expectStops(rig: Rig): Promise<void> {
  const before = rig.of('device.aborted').length;
  expect(rig.driver.stop()).toBe(true);
  await rig.report('device.aborted', before + 1);
  expect(await contact(rig)).toBe(false);
}

function connecting({ grammar }: SwitchSubject, open: Open, prepared: Open): void {
  it('opens, identifies as simulated and reports what the contact does, live', async () => {
    const rig = await open();
    await rig.report('device.output');
    const types = ['link.up', 'device.identified', 'device.synced', 'device.output'];
    expect(rig.reports.map(report => report.type)).toEqual(types);
    expect(rig.of('device.identified')[0]).toMatchObject({ simulated: true, capabilities: [{ name: 'switch' }] });
    expect(output(rig)).toBe(false);
    const { lines } = rig.telemetry.link;
    await rig.until('more news within a second', () => rig.telemetry.link.lines > lines, 1000);
  });

  it('[G8] says once why there is nothing at its port when it is opened, answers whatever it is asked, and connects when there is', async () => {
    const rig = await open(20, simulator => simulator.verb({ verb: 'go_away' }));
    expect((await rig.report('link.lost')).reason).toMatch(/cannot be reached: .*ECONNREFUSED/);
    for (const effect of [on, off, { type: 'device.clear' }, { type: 'device.hold' }] as const) rig.driver.perform(effect);
    expect(rig.of('effect.failed').map(({ effect, code }) => [effect, code])).toEqual([
      ['device.switch', 'no-link'],
      ['device.switch', 'no-link'],
      ['device.clear', 'no-link'],
      ['device.hold', 'unsupported'],
    ]);
    expect(rig.of('link.lost')).toHaveLength(1);
    await rig.simulator.verb({ verb: 'restore' });
    await rig.report('device.output');
  });

  it('writes nothing but questions until it is told to', async () => {
    const rig = await open();
    await rig.report('device.output');
    await delay(300);
    expect(receivedFrames(rig.wire()).filter(frame => !grammar.questions.test(frame))).toEqual([]);
  });

  it('[F13] tells when another device answers after a reconnect, and neither syncs with it nor switches it', async () => {
    const rig = await prepared();
    await rig.simulator.verb({ verb: 'go_away' });
    await rig.report('link.lost');
    await rig.simulator.verb({ verb: 'wrong_identity' });
    const since = wireNow();
    await rig.simulator.verb({ verb: 'restore' });
    expect((await rig.report('device.identity.changed')).found).toContain('another relay');
    rig.driver.perform(on);
    rig.driver.perform(off);
    expect(rig.of('device.synced')).toHaveLength(1);
    expect(rig.of('effect.failed')).toHaveLength(2);
    expect(receivedFrames(rig.wire(since)).filter(frame => !grammar.questions.test(frame))).toEqual([]);
  });
}

function switching({ grammar }: SwitchSubject, prepared: Open): void {
  it('[EQ140] switches on and off, and says so when the contact has done it', async () => {
    const rig = await switchedOn(prepared);
    expect(await contact(rig)).toBe(true);
    rig.driver.perform(off);
    await rig.until('off', () => output(rig) === false);
    expect(await contact(rig)).toBe(false);
    expect(receivedFrames(rig.wire()).filter(frame => grammar.on.test(frame))).toHaveLength(1);
  });

  it('[EQ140] tells what somebody does at the device itself, and leaves it so', async () => {
    const rig = await prepared();
    await rig.simulator.verb({ verb: 'by_hand', on: true });
    await rig.until('on', () => output(rig) === true);
    await delay(300);
    expect(await contact(rig)).toBe(true);
  });
}

function faults({ grammar }: SwitchSubject, prepared: Open): void {
  it('[F7] never continues after a lost link: what was on is read again, and nothing but read', async () => {
    const rig = await switchedOn(prepared);
    await rig.simulator.verb({ verb: 'go_away' });
    await rig.report('link.lost');
    const since = wireNow();
    await rig.simulator.verb({ verb: 'restore' });
    await rig.report('device.synced', 2);
    await rig.until('the contact', () => rig.reports.at(-1)?.type === 'device.output');
    await delay(300);
    expect(receivedFrames(rig.wire(since)).filter(frame => !grammar.questions.test(frame))).toEqual([]);
    expect(output(rig)).toBe(true);
    await expectStops(rig);
  });

  it('[F7] never continues after a power cut of the device: its contact is off and stays off', async () => {
    const rig = await switchedOn(prepared);
    await rig.simulator.verb({ verb: 'reset' });
    await rig.report('device.synced', 2);
    await rig.until('off', () => output(rig) === false);
    rig.driver.perform(on);
    expect(await rig.report('effect.failed')).toMatchObject({ effect: 'device.switch', code: 'not-cleared' });
    await delay(300);
    expect(await contact(rig)).toBe(false);
  });

  it('[F7] does not deliver late what a connection swallowed', async () => {
    const rig = await prepared();
    await rig.simulator.verb({ verb: 'black_hole' });
    const since = wireNow();
    rig.driver.perform(on);
    await rig.report('link.silent');
    await rig.report('link.lost');
    await rig.simulator.verb({ verb: 'restore' });
    await rig.report('device.synced', 2);
    await delay(300);
    expect(receivedFrames(rig.wire(since)).filter(frame => grammar.on.test(frame))).toEqual([]);
    expect(await contact(rig)).toBe(false);
  });

  it('[F10] says when nothing answers and when it answers again', async () => {
    const rig = await switchedOn(prepared);
    await rig.simulator.verb({ verb: 'dont_answer' });
    await rig.report('link.silent');
    const said = rig.of('device.output').length;
    await rig.simulator.verb({ verb: 'answer' });
    await rig.until('an answer', () => rig.of('link.answering').length + rig.of('device.synced').length > 1);
    await rig.report('device.output', said + 1);
    expect(output(rig)).toBe(true);
  });

  it('[F40] gives the exception of a command that was refused, and has changed nothing', async () => {
    const rig = await prepared();
    await rig.simulator.verb({ verb: 'exception', code: 4, function: 5 });
    rig.driver.perform(on);
    expect(await rig.report('effect.failed')).toMatchObject({ effect: 'device.switch', code: 'modbus-exception-4' });
    expect(await contact(rig)).toBe(false);
    await expectStops(rig);
  });

  it.each([
    ['exception', { code: 6, count: 5 }],
    ['wrong_transaction', { count: 2 }],
    ['wrong_unit', { count: 2 }],
    ['partial', { bytes: 3 }],
    ['partial', { bytes: 8 }],
    ['slow', { ms: 120 }],
  ])('[F40] invents no reading when answers are spoiled (%s %j), and can still be stopped', async (verb, more) => {
    const rig = await switchedOn(prepared);
    const said = rig.of('device.output').length;
    await rig.simulator.verb({ verb, ...more });
    await delay(600);
    expect(
      rig
        .of('device.output')
        .slice(said)
        .every(report => report.on),
    ).toBe(true);
    await rig.until('a link', () => rig.reports.at(-1)?.type !== 'link.lost');
    await expectStops(rig);
  });

  it('[EQ140] says that a contact is stuck, and does not show it as switched', async () => {
    const rig = await prepared();
    await rig.simulator.verb({ verb: 'stuck' });
    rig.driver.perform(on);
    expect(await rig.report('effect.failed')).toMatchObject({ effect: 'device.switch', code: 'contact-stuck' });
    expect(output(rig)).toBe(false);
  });

  it('writes from one connection at a time, each told by its own port', async () => {
    const rig = await prepared();
    await rig.simulator.verb({ verb: 'go_away' });
    await rig.report('link.lost');
    await rig.simulator.verb({ verb: 'restore' });
    await rig.report('device.synced', 2);
    const peers = rig.wire().flatMap(entry => (entry.dir === 'in' ? [entry.peer] : []));
    const turns = peers.filter((peer, at) => peer !== peers[at - 1]);
    expect(turns).toHaveLength(2);
    expect(new Set(turns).size).toBe(2);
  });
}

function stopping({ grammar }: SwitchSubject, open: Open, prepared: Open): void {
  const quiet = async () => {
    const rig = await switchedOn(prepared);
    await rig.simulator.verb({ verb: 'slow', ms: 120 });
    return rig;
  };
  const between = async () => {
    const rig = await prepared();
    rig.driver.perform(on);
    return rig;
  };
  const unread = async () => {
    const rig = await open();
    await rig.report('link.up');
    return rig;
  };

  it.each([
    ['off', prepared],
    ['on', () => switchedOn(prepared)],
    ['switching on', between],
    ['connected and not yet read', unread],
    ['slow to answer', quiet],
  ])('[F17] has "off" on the wire first, confirmed, when it is stopped while %s', async (_, enter) => {
    const rig = await enter();
    const before = wireNow();
    const { length } = receivedFrames(rig.wire());
    await expectStops(rig);
    const after = receivedFrames(rig.wire()).slice(length);
    const first = after.findIndex(frame => grammar.off.test(frame));
    expect(after.slice(0, first).filter(frame => !grammar.questions.test(frame) && !grammar.on.test(frame))).toEqual([]);
    expect(after.slice(first).filter(frame => grammar.on.test(frame))).toEqual([]);
    expect(rig.wire(before).length).toBeGreaterThan(0);
  });

  it('[I5] writes nothing that energises from the stop on, whatever is asked, until a person clears', async () => {
    const rig = await switchedOn(prepared);
    const since = wireNow();
    rig.driver.stop();
    rig.driver.perform(on);
    rig.driver.perform({ type: 'device.abort' });
    await rig.report('device.aborted');
    rig.driver.perform(on);
    await delay(400);
    expect(receivedFrames(rig.wire(since)).filter(frame => grammar.on.test(frame))).toEqual([]);
    rig.driver.perform({ type: 'device.clear' });
    await rig.report('device.cleared', 2);
    rig.driver.perform(on);
    await rig.until('on', () => output(rig) === true);
  });

  it('[F10] stops a device that does not answer as soon as it is heard, and clears it', async () => {
    const rig = await switchedOn(prepared);
    await rig.simulator.verb({ verb: 'dont_answer' });
    expect(rig.driver.stop()).toBe(true);
    rig.driver.perform({ type: 'device.abort' });
    await rig.report('effect.failed');
    expect(rig.of('device.aborted')).toEqual([]);
    await rig.simulator.verb({ verb: 'answer' });
    await rig.report('device.aborted');
    expect(await contact(rig)).toBe(false);
    rig.driver.perform({ type: 'device.clear' });
    await rig.report('device.cleared', 2);
  });

  it('[EQ140] confirms no stop while the contact is stuck, and confirms it when it falls', async () => {
    const rig = await switchedOn(prepared);
    await rig.simulator.verb({ verb: 'stuck' });
    rig.driver.stop();
    rig.driver.perform({ type: 'device.abort' });
    expect(await rig.report('effect.failed')).toMatchObject({ effect: 'device.abort', code: 'contact-stuck' });
    expect(output(rig)).toBe(true);
    await rig.simulator.verb({ verb: 'unstuck' });
    await rig.report('device.aborted');
    expect(await contact(rig)).toBe(false);
  });

  it('[F3] switches off when it is closed, since nobody will be there to do it', async () => {
    const rig = await switchedOn(prepared);
    await rig.driver.close();
    await expect.poll(() => contact(rig)).toBe(false);
  });

  it('has no link to stop over when the device is away, says so, and switches off first thing when it is back', async () => {
    const rig = await switchedOn(prepared);
    await rig.simulator.verb({ verb: 'go_away' });
    await rig.report('link.lost');
    expect(rig.driver.stop()).toBe(false);
    const since = wireNow();
    await rig.simulator.verb({ verb: 'restore' });
    await rig.report('device.aborted');
    expect(receivedFrames(rig.wire(since))[0]).toMatch(grammar.off);
    expect(await contact(rig)).toBe(false);
  });
}
