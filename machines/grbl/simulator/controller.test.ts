import { describe, expect, it } from 'vitest';
import { Controller } from './controller.ts';

/** A controller on a clock that only moves when told to. */
function bench(timeFactor = 1) {
  let now = 1000;
  const sent: string[] = [];
  const controller = new Controller({ name: 'bench', timeFactor, now, emit: text => void sent.push(text) });
  const take = () =>
    sent
      .splice(0)
      .join('')
      .split('\r\n')
      .filter(line => line !== '');
  const bytes = (data: Iterable<number>) => {
    for (const byte of data) controller.receive(byte, now);
    return take();
  };
  const line = (text: string) => bytes(Buffer.from(`${text}\n`, 'latin1'));
  const pass = (ms: number) => {
    now += ms;
    controller.advance(now);
    return take();
  };
  const status = () => bytes([0x3f])[0] ?? '';
  const banner = take();
  return { controller, banner, bytes, line, pass, status };
}

/** Unlocked and without travel limits, at machine zero. */
function idleBench(timeFactor = 1) {
  const mill = bench(timeFactor);
  for (const text of ['$X', '$20=0', '$21=0', 'G10L2P1X0Y0Z0']) expect(mill.line(text).at(-1)).toBe('ok');
  return mill;
}

const banner = "Grbl 1.1h ['$' for help]";
const locked = "[MSG:'$H'|'$X' to unlock]";

describe('start and replies', () => {
  it('boots into the homing lock and says so', () => {
    const mill = bench();
    expect(mill.banner).toEqual([banner, locked]);
    expect(mill.status()).toBe('<Alarm|MPos:0.000,0.000,0.000|FS:0,0|WCO:-600.000,-300.000,-80.000>');
  });

  it('answers every line with exactly one reply, an empty one too', () => {
    const mill = idleBench();
    expect(mill.line('')).toEqual(['ok']);
    expect(mill.line('(a comment) ; and another')).toEqual(['ok']);
    expect(mill.line('g1 x1')).toEqual(['error:22']);
    expect(mill.line('g1 x1 f100')).toEqual(['ok']);
  });

  it('refuses g-code in alarm with error 9', () => {
    expect(bench().line('G0X1')).toEqual(['error:9']);
  });

  it.each([
    ['X', 2],
    ['1', 1],
    ['G5', 20],
    ['A1', 20],
    ['G0G1X1', 24],
    ['G17G18', 21],
    ['G0X1X2', 25],
    ['M6', 20],
    ['T300', 38],
    ['G4', 28],
    ['G10L2P9X1', 29],
    ['G92', 26],
    ['G53G2X1Y1I1F100', 30],
    ['G80X1', 31],
    ['G2Z1I1F100', 32],
    ['G2X1Y1I5F100', 33],
    ['G2X10Y0R1F100', 34],
    ['G2X1F100', 35],
    ['G0X1I1', 36],
    ['G43.1X1', 37],
    ['F-1', 4],
    ['$FOO', 3],
    ['$J=X1', 22],
    ['$J=G2X1F100', 16],
    ['$J=F100', 26],
    [`G0X${'0'.repeat(90)}`, 11],
  ])('answers %s with error %i', (text, error) => {
    expect(idleBench().line(text)).toEqual([`error:${error}`]);
  });

  it('prints identity, settings, parameters and modes', () => {
    const mill = bench();
    expect(mill.line('$I')).toEqual(['[VER:1.1h.20190830:bench]', '[OPT:VM+,15,128]', 'ok']);
    expect(mill.line('$$')).toContain('$130=800.000');
    expect(mill.line('$#')).toContain('[G54:-600.000,-300.000,-80.000]');
    expect(mill.line('$G')).toEqual(['[GC:G0 G54 G17 G21 G90 G94 M5 M9 T0 F0 S0]', 'ok']);
  });

  it('drops bytes that do not fit in 128, silently', () => {
    const mill = idleBench();
    mill.line('G1X100F60');
    mill.line('G4P0.1');
    const replies = mill.bytes(Buffer.from('G1X1\n'.repeat(60)));
    expect(replies).toEqual([]);
    expect(mill.controller.receiveBuffer).toEqual({ free: 0, lost: 172 });
    expect(mill.pass(600_000).filter(reply => reply === 'ok')).toHaveLength(1 + 25);
  });
});

describe('motion', () => {
  it('says ok when a line is planned, and blocks when 15 blocks are queued', () => {
    const mill = idleBench();
    const lines = Array.from({ length: 16 }, (_, i) => `G1X${i + 1}F60\n`).join('');
    expect(mill.bytes(Buffer.from(lines.slice(0, 120)))).not.toHaveLength(0);
    mill.bytes(Buffer.from(lines.slice(120)));
    expect(mill.controller.machine.motion.queued).toBe(15);
    expect(mill.pass(1100)).toEqual(['ok']);
  });

  it('takes distance over feed, and arrives exactly', () => {
    const mill = idleBench();
    mill.line('G1X10F600');
    mill.pass(900);
    expect(mill.status()).toMatch(/^<Run\|MPos:8\.\d+,0\.000,0\.000\|FS:600,0/);
    mill.pass(200);
    expect(mill.status()).toMatch(/^<Idle\|MPos:10\.000,0\.000,0\.000\|FS:0,0/);
  });

  it('runs that much faster with a time factor', () => {
    const mill = idleBench(10);
    mill.line('G1X10F600');
    mill.pass(110);
    expect(mill.status()).toMatch(/^<Idle/);
  });

  it('gives the ok of a dwell only when the planner is empty', () => {
    const mill = idleBench();
    mill.line('G1X1F60');
    expect(mill.line('G4P0.01')).toEqual([]);
    expect(mill.pass(900)).toEqual([]);
    expect(mill.pass(300)).toEqual(['ok']);
  });

  it('runs an arc as chords that end where it was told', () => {
    const mill = idleBench(1000);
    expect(mill.line('G2X10Y0I5F1000')).toEqual([]);
    expect(mill.pass(10_000)).toEqual(['ok']);
    expect(mill.status()).toContain('MPos:10.000,0.000,0.000');
  });

  it('holds with deceleration and goes on with ~', () => {
    const mill = idleBench();
    mill.line('G1X100F3000');
    mill.pass(1000);
    mill.bytes([0x21]);
    expect(mill.status()).toMatch(/^<Hold:1/);
    expect(mill.line('G1X0')).toEqual([]);
    mill.pass(500);
    expect(mill.status()).toMatch(/^<Hold:0/);
    mill.bytes([0x7e]);
    expect(mill.status()).toMatch(/^<Run/);
    mill.pass(10_000);
    expect(mill.status()).toContain('<Idle|MPos:0.000');
  });

  it('[EQ] runs nothing after a reset, neither the planner nor the buffer', () => {
    const mill = idleBench();
    mill.bytes(Buffer.from('G1X100F3000\nG1X0\nG1X50\n'));
    mill.pass(500);
    expect(mill.bytes([0x18])).toEqual(['ALARM:3']);
    const at = mill.controller.machine.motion.position;
    expect(mill.pass(490)).toEqual([]);
    expect(mill.pass(20)).toEqual([banner, locked]);
    mill.pass(60_000);
    expect(mill.controller.machine.motion.position).toEqual(at);
    expect(mill.line('$X')).toEqual(['[MSG:Caution: Unlocked]', 'ok']);
    mill.pass(60_000);
    expect(mill.controller.machine.motion.position).toEqual(at);
  });

  it('resets without an alarm when the hold was complete', () => {
    const mill = idleBench();
    mill.line('G1X100F3000');
    mill.pass(1000);
    mill.bytes([0x21]);
    mill.pass(500);
    mill.bytes([0x18]);
    expect(mill.pass(20)).toEqual([banner]);
    expect(mill.status()).toMatch(/^<Idle/);
  });
});

describe('homing, jogging, door and limits', () => {
  it('answers no ? while homing, then ok, and one report for those asked', () => {
    const mill = bench();
    expect(mill.line('$H')).toEqual([]);
    expect(mill.bytes([0x3f, 0x3f])).toEqual([]);
    expect(mill.bytes([0x21])).toEqual([]);
    const after = mill.pass(60_000);
    expect(after[0]).toBe('ok');
    expect(after[1]).toMatch(/^<Idle\|MPos:-1\.000,-1\.000,-1\.000/);
    expect(after).toHaveLength(2);
  });

  it('raises alarm 6 on a reset while homing', () => {
    const mill = bench();
    mill.line('$H');
    mill.pass(1000);
    expect(mill.bytes([0x18])).toEqual(['ALARM:6']);
    expect(mill.pass(600)).toEqual([banner, locked]);
  });

  it('jogs without touching the modes, refuses g-code meanwhile, and stops on 0x85', () => {
    const mill = idleBench();
    expect(mill.line('$J=G91X100F3000')).toEqual(['ok']);
    mill.pass(500);
    expect(mill.status()).toMatch(/^<Jog/);
    expect(mill.line('G0X0')).toEqual(['error:9']);
    mill.bytes([0x85]);
    mill.pass(300);
    expect(mill.status()).toMatch(/^<Idle/);
    expect(mill.line('$G')[0]).toContain('G90');
    expect(mill.controller.machine.motion.queued).toBe(0);
  });

  it('refuses a jog beyond the travel with error 15 and no alarm', () => {
    const mill = bench(1000);
    mill.line('$H');
    mill.pass(1000);
    expect(mill.line('$J=G91X50F1000')).toEqual(['error:15']);
    expect(mill.status()).toMatch(/^<Idle/);
  });

  it('raises alarm 2 when a move would leave the travel', () => {
    const mill = bench(1000);
    mill.line('$H');
    mill.pass(1000);
    expect(mill.line('G53G0X50')).toEqual(['ALARM:2']);
    expect(mill.pass(600)).toEqual(['[MSG:Reset to continue]']);
  });

  it('after a hard limit answers neither ? nor $X until it is reset', () => {
    const mill = idleBench();
    mill.line('$21=1');
    mill.line('G1X100F3000');
    mill.pass(500);
    mill.controller.limit('x');
    expect(mill.pass(600)).toEqual(['ALARM:1', '[MSG:Reset to continue]']);
    expect(mill.bytes([0x3f])).toEqual([]);
    expect(mill.line('$X')).toEqual([]);
    mill.bytes([0x18]);
    expect(mill.pass(600)).toEqual([banner, locked]);
  });

  it('loses a reset that comes within the half second after a critical alarm', () => {
    const mill = idleBench();
    mill.controller.alarm(1);
    mill.bytes([0x18]);
    expect(mill.pass(5000)).toEqual(['[MSG:Reset to continue]']);
  });

  it('stops spindle and motion on an open door and resumes only when closed and started', () => {
    const mill = idleBench();
    mill.line('M3S12000');
    mill.line('G1X100F3000');
    mill.pass(1000);
    mill.controller.door('open');
    expect(mill.pass(500)).toEqual(['[MSG:Check Door]']);
    expect(mill.status()).toMatch(/^<Door:1\|.*FS:0,0/);
    mill.bytes([0x7e]);
    expect(mill.status()).toMatch(/^<Door:1/);
    mill.controller.door('closed');
    expect(mill.status()).toMatch(/^<Door:0/);
    mill.bytes([0x7e]);
    expect(mill.status()).toMatch(/^<Door:3/);
    mill.pass(4100);
    expect(mill.status()).toMatch(/^<Run\|.*,12000/);
  });

  it('shows WCO and Ov now and then, and accessories with Ov', () => {
    const mill = idleBench();
    mill.line('M3S1000M8');
    const reports = Array.from({ length: 12 }, () => mill.status());
    expect(reports.filter(text => text.includes('WCO:'))).toHaveLength(2);
    expect(reports.find(text => text.includes('Ov:'))).toContain('|Ov:100,100,100|A:SF');
  });

  it('scales feed with the override bytes and reports them', () => {
    const mill = idleBench();
    mill.line('G1X100F600');
    mill.pass(500);
    mill.bytes([0x91]);
    mill.pass(500);
    expect(mill.status()).toContain('FS:660,');
    expect(mill.controller.machine.overrides.feed).toBe(110);
  });

  it('checks without moving in check mode and resets on leaving it', () => {
    const mill = idleBench();
    expect(mill.line('$C')).toEqual(['[MSG:Enabled]', 'ok']);
    expect(mill.line('G1X10F100')).toEqual(['ok']);
    expect(mill.line('G5')).toEqual(['error:20']);
    expect(mill.line('$C')).toEqual(['[MSG:Disabled]', 'ok']);
    expect(mill.pass(20)).toEqual([banner]);
    expect(mill.controller.machine.motion.position.x).toBe(0);
  });

  it('sends a banner without an alarm line after a brown-out, at machine zero', () => {
    const mill = idleBench();
    mill.line('G1X100F3000');
    mill.pass(500);
    mill.controller.powerCycle();
    expect(mill.pass(200)).toEqual([banner, locked]);
    expect(mill.controller.machine.motion.position.x).toBe(0);
  });
});
