import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { driverBench, statusOf } from './driver-bench.ts';

function connected() {
  const bench = driverBench();
  bench.link.open();
  bench.identify();
  bench.link.take();
  bench.reports.length = 0;
  return bench;
}

const jogId = '00000000-0000-7000-8000-000000000001';

describe('connecting', () => {
  it('asks for the status first, identifies, and only then says synced', () => {
    const bench = driverBench();
    bench.link.open();
    expect(bench.link.take()).toBe('?');
    bench.identify();
    expect(bench.reports.map(report => report.type)).toEqual([
      'link.up',
      'device.identified',
      'device.offsets',
      'device.modes',
      'device.synced',
    ]);
    expect(bench.of('device.identified')[0]).toMatchObject({ identity: 'bench mill', envelope: { min: { x: -200, y: -200, z: -100 } } });
    expect(bench.of('device.synced')[0]).toMatchObject({ condition: 'idle', heldByUs: false });
  });

  it('[F3] writes the hold byte first and no newline when an earlier life died', () => {
    const first = driverBench();
    first.link.open();
    const second = driverBench(first.directory);
    second.link.open();
    expect(second.link.take()).toMatch(/^!\?+$/);
    second.say(statusOf('Run'), statusOf('Hold:0'));
    expect(second.of('device.synced')).toEqual([{ type: 'device.synced', condition: 'held', homed: false, heldByUs: true }]);
    second.clock.advance(2000);
    expect(second.link.take()).toMatch(/^\?+$/);
  });

  it('[F3] writes the hold byte first when the progress file tells of an unfinished run', () => {
    const bench = driverBench();
    const record = { job: 'j', hash: 'h', sent: 9, acknowledged: 7, total: 20, ended: null };
    writeFileSync(join(bench.directory, 'progress.json'), JSON.stringify(record));
    const next = driverBench(bench.directory);
    next.link.open();
    expect(next.link.take().at(0)).toBe('!');
  });

  it('does not hold after an orderly close at rest', async () => {
    const bench = connected();
    await bench.driver.close();
    const next = driverBench(bench.directory);
    next.link.open();
    expect(next.link.take()).toBe('?');
  });

  it.each([
    ['!', 'a program or a typed line', { type: 'device.mdi', line: 'G0 X10' }, 'Run'],
    ['\x85', 'a jog', { type: 'device.jog', jog: { jogId, direction: { x: 1 }, feed: 600 } }, 'Jog'],
    ['\x18', 'homing', { type: 'device.home' }, 'Idle'],
  ] as const)('[F3] writes %j when it is closed in the middle of %s, and the next life holds first', async (byte, _, effect, state) => {
    const bench = connected();
    bench.driver.perform(effect);
    bench.say(statusOf(state));
    bench.link.take();
    await bench.driver.close();
    await bench.driver.close();
    expect(bench.link.take()).toBe(byte);
    const next = driverBench(bench.directory);
    next.link.open();
    expect(next.link.take().at(0)).toBe('!');
  });

  it('finishes a stop that is under way when it is closed', async () => {
    const bench = connected();
    bench.driver.stop();
    bench.link.take();
    await bench.driver.close();
    expect(bench.link.take()).toContain('\x18');
  });

  it('holds a machine that moves although nobody here started it', () => {
    const bench = driverBench();
    bench.link.open();
    bench.say(statusOf('Run'));
    expect(bench.link.take()).toMatch(/^\?!\?/);
    bench.say(statusOf('Hold:0'));
    expect(bench.of('device.synced')[0]).toMatchObject({ condition: 'held', heldByUs: true });
  });

  it('asks once more when noise in the buffer spoiled the first question', () => {
    const bench = driverBench();
    bench.link.open();
    bench.say(statusOf('Idle'), 'error:1');
    bench.say('[VER:1.1h.20190830:x]', '[OPT:V,15,128]', 'ok');
    expect(bench.link.take()).toBe('?$I\n$I\n$$\n');
  });

  it('leaves a controller alone that spoils the questions again and again', () => {
    const bench = driverBench();
    bench.link.open();
    for (let n = 0; n < 20; n++) bench.say(statusOf('Idle'), 'error:3');
    expect(bench.link.take().match(/\$I/g)).toHaveLength(6);
    expect(bench.of('device.synced')).toEqual([]);
  });

  it('[F8] says that a question was not answered when its reply got lost, asks again, and is online then', () => {
    const bench = driverBench();
    bench.link.open();
    bench.say(statusOf('Idle'), '[VER:1.1h.20190830:bench mill]', '[OPT:V,15,128]', 'k');
    bench.reportsFor(10_000);
    expect(bench.of('effect.failed')).toEqual([]);
    bench.link.take();
    bench.reportsFor(400);
    expect(bench.of('effect.failed')).toMatchObject([
      { effect: 'device.identify', code: 'not-identified', text: expect.stringContaining('asked again') },
    ]);
    expect(bench.link.take()).toContain('$I\n');
    bench.identify();
    expect(bench.of('device.synced')).toHaveLength(1);
  });

  it('[F8] leaves a controller alone that never answers a question, and says so', () => {
    const bench = driverBench();
    bench.link.open();
    bench.reportsFor(40_000);
    expect(bench.link.take().match(/\$I/g)).toHaveLength(3);
    expect(bench.of('effect.failed').map(({ text }) => /left alone/.test(text))).toEqual([false, false, true]);
  });

  it('[F13] reports another controller and does nothing more with it', () => {
    const bench = connected();
    bench.link.lose('unplugged');
    bench.link.open();
    bench.identify('somebody else');
    expect(bench.of('device.identity.changed')).toEqual([
      { type: 'device.identity.changed', expected: 'bench mill', found: 'somebody else' },
    ]);
    expect(bench.of('device.synced')).toEqual([]);
    bench.link.take();
    bench.driver.perform({ type: 'device.home' });
    bench.say(statusOf('Idle'));
    bench.clock.advance(1000);
    expect(bench.link.take()).toMatch(/^\?+$/);
    expect(bench.of('effect.failed')[0]).toMatchObject({ effect: 'device.home', code: 'not-identified' });
  });

  it('[F7] holds first after the link broke in motion, and never writes what was left over', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.mdi', line: 'G0 X10' });
    bench.link.lose('unplugged');
    expect(bench.of('mdi.answered')[0]?.error).toBeDefined();
    bench.link.take();
    bench.link.open();
    expect(bench.link.take()).toMatch(/^!\?+$/);
  });
});

describe('talking', () => {
  it('polls at 5 Hz and reports silence once, and its end', () => {
    const bench = connected();
    bench.clock.advance(1000);
    expect(bench.link.take()).toBe('?????');
    bench.clock.advance(9000);
    expect(bench.of('link.silent')).toHaveLength(1);
    bench.say(statusOf('Idle'));
    expect(bench.of('link.answering')).toHaveLength(1);
  });

  it('does not take the silence of homing for a lost link', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.home' });
    bench.clock.advance(12_000);
    expect(bench.of('link.silent')).toEqual([]);
    bench.say('ok');
    expect(bench.of('device.homed')).toHaveLength(1);
  });

  it('is homing from the line to its answer, whatever a report of before says, and at rest after it', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.home' });
    bench.say(statusOf('Idle'));
    bench.say('ok', statusOf('Idle'));
    expect(bench.reports.map(report => ('condition' in report ? report.condition : report.type))).toEqual([
      'homing',
      'device.homed',
      'idle',
    ]);
  });

  it('tells a new condition before the telemetry of the same report: an answer never stands for the condition of before', () => {
    const bench = connected();
    bench.told.length = 0;
    bench.say(statusOf('Run'), statusOf('Run'));
    expect(bench.told).toEqual(['device.condition', 'telemetry', 'telemetry']);
  });

  it.each([
    ['before it says anything', statusOf('Idle')],
    ['while it says Home', statusOf('Home')],
  ])(
    '[G2] a hold while homing is a reset, %s: GRBL ignores a hold then, and an owner that loses its lease writes nothing more',
    (_, said) => {
      const bench = connected();
      bench.driver.perform({ type: 'device.home' });
      bench.say(said);
      bench.link.take();
      bench.driver.perform({ type: 'device.hold' });
      expect(bench.link.take()).toBe('\x18');
      expect(bench.of('effect.failed')).toMatchObject([{ effect: 'device.home', code: 'interrupted' }]);
      bench.say('ALARM:6', "Grbl 1.1h ['$' for help]", statusOf('Alarm'));
      expect(bench.of('device.reset')).toEqual([{ type: 'device.reset', asked: true }]);
      expect(bench.told.filter(type => type === 'device.aborted')).toHaveLength(1);
      expect(bench.of('device.condition').at(-1)).toEqual({ type: 'device.condition', condition: 'alarm' });
    },
  );

  it('[G2] holds what somebody else has set homing, with a reset too', () => {
    const bench = connected();
    bench.say(statusOf('Home'));
    bench.driver.perform({ type: 'device.hold' });
    expect(bench.link.take()).toBe('\x18');
  });

  it('counts a reply to nothing as a link error and acts on nothing', () => {
    const bench = connected();
    bench.say('ok', 'xk', statusOf('Idle'));
    expect(bench.telemetry.at(-1)?.link).toMatchObject({ errors: 2 });
  });

  it('[F11] reports a restart nobody asked for, the lost position, and identifies anew', () => {
    const bench = connected();
    bench.say("Grbl 1.1h ['$' for help]");
    expect(bench.of('device.reset')).toEqual([{ type: 'device.reset', asked: false }]);
    expect(bench.of('device.position.lost')).toHaveLength(1);
    bench.identify();
    expect(bench.of('device.identified')).toHaveLength(1);
  });

  it('reads the offsets again after a typed line that may change them', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.mdi', line: 'G10 L20 P1 X0' });
    bench.say('ok', statusOf('Idle'));
    expect(bench.of('mdi.answered')).toEqual([{ type: 'mdi.answered', line: 'G10 L20 P1 X0' }]);
    expect(bench.link.take()).toContain('$#\n');
  });

  it('tells the modes that a typed line left behind, once, and that they are back', () => {
    const bench = connected();
    const type = (line: string, words: string) => {
      bench.driver.perform({ type: 'device.mdi', line });
      bench.say('ok', statusOf('Idle'));
      expect(bench.link.take()).toContain('$G\n');
      bench.modes(words);
    };
    type('G20', 'G0 G54 G17 G20 G90 G94 M5 M9 T0 F0 S0');
    type('G1 X1 F9', 'G1 G54 G17 G20 G90 G94 M5 M9 T0 F9 S0');
    type('G21', 'G1 G54 G17 G21 G90 G94 M5 M9 T0 F9 S0');
    expect(bench.of('device.modes').map(report => report.changed)).toEqual([['G20'], []]);
  });

  it('tells a tool length among the modes, and that nothing is known when the answer is damaged', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.mdi', line: 'G43.1 Z5' });
    bench.say('ok', statusOf('Idle'));
    bench.say('[G54:0.000,0.000,0.000]', '[G92:0.000,0.000,0.000]', '[TLO:5.000]', 'ok');
    bench.modes();
    bench.driver.perform({ type: 'device.mdi', line: 'G0 X1' });
    bench.say('ok', statusOf('Idle'));
    bench.modes('G0 G54 G1');
    expect(bench.of('device.modes').map(report => report.changed)).toEqual([['G43.1'], null]);
    bench.say(statusOf('Idle'));
    expect(bench.link.take()).toContain('$G\n');
  });

  it('reads offsets and modes again after homing, whose stored start-up lines may change both', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.home' });
    bench.say('ok', statusOf('Idle'));
    expect(bench.link.take()).toContain('$#\n');
    bench.say('[G54:0.000,0.000,0.000]', 'ok');
    expect(bench.link.take()).toContain('$G\n');
  });

  it('answers a typed line with the words of the error', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.mdi', line: 'G1 X1' });
    bench.say('error:22');
    expect(bench.of('mdi.answered')[0]?.error).toBe('no feed rate is set');
  });

  it('refuses a second motion while one is under way', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.home' });
    bench.driver.perform({ type: 'device.program.run', job: 'j', hash: 'h', fromLine: 1 });
    expect(bench.of('program.ended')[0]?.outcome).toMatchObject({ result: 'failed', sent: 0, error: { code: 'busy' } });
  });

  it('writes nothing without the right to write', () => {
    const bench = connected();
    bench.fence.allowed = false;
    expect(bench.driver.stop()).toBe(false);
    bench.driver.perform({ type: 'device.mdi', line: 'G0 X1' });
    bench.clock.advance(1000);
    expect(bench.link.take()).toBe('');
  });
});

describe('[F8] a reply that got lost outside a program', () => {
  it('ends a typed line when the controller rests and never answers it, and the next reply is that of the next line', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.mdi', line: 'G10 L20 P1 X0' });
    bench.say('k');
    bench.reportsFor(10_000);
    expect(bench.of('mdi.answered')).toEqual([]);
    bench.reportsFor(400);
    expect(bench.of('mdi.answered')).toMatchObject([{ line: 'G10 L20 P1 X0', error: expect.stringContaining('never answered') }]);
    // It may have been executed: what it may have changed is read.
    expect(bench.link.take()).toContain('$#\n');
    bench.say('[G54:0.000,0.000,0.000]', '[G92:0.000,0.000,0.000]', '[TLO:0.000]', 'ok');
    bench.modes();
    bench.driver.perform({ type: 'device.mdi', line: 'G1 X1' });
    bench.say('error:22');
    expect(bench.of('mdi.answered').at(-1)).toMatchObject({ line: 'G1 X1', error: 'no feed rate is set' });
  });

  it('ends homing, and what the controller reports is believed again', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.home' });
    bench.say('o');
    bench.reportsFor(10_800);
    expect(bench.of('effect.failed')).toMatchObject([{ effect: 'device.home', code: 'reply-missing' }]);
    expect(bench.of('device.homed')).toEqual([]);
    expect(bench.of('device.condition').map(({ condition }) => condition)).toEqual(['homing', 'idle']);
  });

  it('ends a jog that was let go', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.jog', jog: { jogId, direction: { x: 1 }, feed: 600 } });
    bench.driver.perform({ type: 'device.jog.cancel' });
    bench.say('ok', 'k');
    bench.reportsFor(10_400);
    expect(bench.of('jog.ended')).toEqual([{ type: 'jog.ended', jogId, reason: 'released' }]);
    bench.driver.perform({ type: 'device.mdi', line: 'G0 X1' });
    bench.say('error:9');
    expect(bench.of('mdi.answered')[0]?.error).toBeDefined();
  });

  it.each([
    ['homes and says so', { type: 'device.home' }, 'Home'],
    ['moves', { type: 'device.mdi', line: 'G0 X1' }, 'Run'],
    ['is held', { type: 'device.mdi', line: 'G0 X1' }, 'Hold:0'],
    ['dwells, which looks like rest', { type: 'device.mdi', line: 'G4 P55' }, 'Idle'],
  ] as const)('waits as long as it takes for a controller that %s', (_, effect, state) => {
    const bench = connected();
    bench.driver.perform(effect);
    bench.reportsFor(60_000, state);
    expect([...bench.of('effect.failed'), ...bench.of('mdi.answered')]).toEqual([]);
    bench.say('ok');
    expect([...bench.of('device.homed'), ...bench.of('mdi.answered')]).toHaveLength(1);
  });
});

describe('overrides', () => {
  it('steps, looks and steps until the controller reports the percentage', () => {
    const bench = connected();
    const override = (feed: number) => bench.say(`<Run|MPos:0.000,0.000,0.000|FS:0,0|Ov:${feed},100,100>`);
    override(100);
    bench.driver.perform({ type: 'device.override', override: { kind: 'feed', percent: 112 } });
    for (const feed of [110, 111, 112]) {
      bench.clock.advance(25);
      bench.say('<Run|MPos:0.000,0.000,0.000|FS:0,0>');
      bench.clock.advance(25);
      override(feed);
    }
    const bytes = Buffer.from(bench.link.take(), 'latin1').filter(byte => byte >= 0x80);
    expect([...bytes]).toEqual([0x91, 0x93, 0x93]);
    expect(bench.of('effect.failed')).toEqual([]);
  });
});

describe('jogging', () => {
  const start = (bench: ReturnType<typeof connected>, distance?: number) =>
    bench.driver.perform({ type: 'device.jog', jog: { jogId, direction: { x: 1 }, feed: 600, ...(distance ? { distance } : {}) } });

  it('feeds two segments of 100 ms and then one for each that is done', () => {
    const bench = connected();
    start(bench);
    expect(bench.link.take()).toBe('$J=G91G21X1F600\n$J=G91G21X1F600\n');
    bench.say('ok', 'ok');
    bench.clock.advance(60);
    expect(bench.link.take()).not.toContain('$J');
    bench.clock.advance(60);
    expect(bench.link.take().match(/\$J/g)).toHaveLength(1);
  });

  it('[F30] cancels at most 250 ms after the last grant and ends when the device rests', () => {
    const bench = connected();
    start(bench);
    bench.say('ok', 'ok');
    bench.clock.advance(200);
    bench.driver.grantJog(jogId);
    bench.link.take();
    bench.clock.advance(200);
    expect(bench.link.take()).not.toContain('\x85');
    bench.say('ok', 'ok');
    bench.clock.advance(50);
    expect(bench.link.take()).toContain('\x85');
    bench.say('ok', 'ok', statusOf('Idle'), statusOf('Idle'));
    expect(bench.of('jog.ended')).toEqual([{ type: 'jog.ended', jogId, reason: 'grant-lost' }]);
  });

  it('[F34] [F30] says by how much it missed the dead-man when its process stood still', () => {
    const bench = connected();
    start(bench);
    bench.say('ok', 'ok');
    bench.clock.advance(100);
    bench.driver.grantJog(jogId);
    bench.link.take();
    bench.clock.stall(900);
    expect(bench.link.take()).toContain('\x85');
    bench.say('ok', 'ok', statusOf('Idle'), statusOf('Idle'));
    expect(bench.of('jog.ended')).toEqual([{ type: 'jog.ended', jogId, reason: 'grant-lost', lateMs: 650 }]);
  });

  it('[F30] cancels in time after a grant that came between two ticks', () => {
    const bench = connected();
    start(bench);
    bench.say('ok', 'ok');
    bench.clock.advance(101);
    bench.driver.grantJog(jogId);
    bench.link.take();
    bench.clock.advance(241);
    expect(bench.link.take()).toContain('\x85');
  });

  it('cancels again what was still in the receive buffer', () => {
    const bench = connected();
    start(bench);
    bench.driver.perform({ type: 'device.jog.cancel' });
    bench.link.take();
    bench.say('ok', statusOf('Jog'));
    expect(bench.link.take()).toContain('\x85');
    bench.say('ok', statusOf('Idle'), statusOf('Idle'));
    expect(bench.of('jog.ended')).toEqual([{ type: 'jog.ended', jogId, reason: 'released' }]);
  });

  it('moves exactly the distance of a step without grants', () => {
    const bench = connected();
    start(bench, 1.0001);
    const seen: string[] = [];
    for (let turn = 0; turn < 40; turn++) {
      const lines = bench.link.take().match(/X[0-9.]+/g) ?? [];
      seen.push(...lines);
      for (const _ of lines) bench.say('ok');
      bench.clock.advance(50);
    }
    bench.say(statusOf('Idle'), statusOf('Idle'));
    expect(seen.reduce((sum, word) => sum + Number(word.slice(1)), 0)).toBeCloseTo(1.0001, 6);
    expect(bench.of('jog.ended')).toEqual([{ type: 'jog.ended', jogId, reason: 'done' }]);
  });

  it('is refused when the controller refuses the first segment', () => {
    const bench = connected();
    start(bench);
    bench.say('error:15', 'error:15', statusOf('Idle'), statusOf('Idle'));
    expect(bench.of('jog.ended')).toEqual([{ type: 'jog.ended', jogId, reason: 'refused' }]);
  });

  it('feeds less while the machine is still behind its feed rate', () => {
    const bench = connected();
    start(bench);
    bench.say('ok', 'ok', '<Jog|MPos:0.100,0.000,0.000|FS:60,0>');
    bench.link.take();
    bench.clock.advance(80);
    expect(bench.link.take()).not.toContain('$J');
  });
});
