import { describe, expect, it } from 'vitest';
import { Controller } from './controller.ts';

/** A laser at machine zero, unlocked and without travel limits, on a clock that only moves when told to. */
function laser(kind: 'mill' | 'laser' = 'laser') {
  let now = 1000;
  const sent: string[] = [];
  const controller = new Controller({ name: 'bench', kind, timeFactor: 1, now, emit: text => void sent.push(text) });
  const bytes = (data: Iterable<number>) => {
    sent.splice(0);
    for (const byte of data) controller.receive(byte, now);
    return sent.join('').trim().split('\r\n');
  };
  const lines = (...texts: string[]) => texts.map(text => bytes(Buffer.from(`${text}\n`, 'latin1')).at(-1));
  const pass = (ms: number) => {
    now += ms;
    controller.advance(now);
  };
  /** S that the status report shows. */
  const power = () => Number(/FS:\d+,(\d+)/.exec(bytes([0x3f])[0] ?? '')?.[1]);
  const feed = () => Number(/FS:(\d+),/.exec(bytes([0x3f])[0] ?? '')?.[1]);
  lines('$X', '$20=0', '$21=0', 'G10L2P1X0Y0Z0');
  return { bytes, lines, pass, power, feed };
}

const hold = [0x21];
const resume = [0x7e];

describe('a laser with $32=1 (laser_mode.md)', () => {
  it('tells its laser mode in $$, a mill does not', () => {
    expect(laser().bytes(Buffer.from('$$\n'))).toEqual(expect.arrayContaining(['$30=1000', '$32=1']));
    expect(laser('mill').bytes(Buffer.from('$$\n'))).toContain('$32=0');
  });

  it('burns in G1 and not in a rapid, although M3 stays on', () => {
    const { lines, pass, power } = laser();
    lines('M3S600', 'G1X50F1200', 'G0X0');
    pass(1000);
    expect(power()).toBe(600);
    pass(2000);
    expect(power()).toBe(0);
  });

  it('does not burn at rest in M4, and follows the speed while it moves', () => {
    const { lines, pass, power, feed } = laser();
    lines('G1F3000', 'M4S1000');
    expect(power()).toBe(0);
    lines('X100');
    pass(50);
    const share = feed() / 3000;
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(1);
    expect(power() / 1000).toBeCloseTo(share, 2);
    pass(1000);
    expect(power()).toBe(1000);
  });

  it('burns at rest in M3 once the motion mode is G1, as when it is focused', () => {
    const { lines, power } = laser();
    lines('M3S10');
    expect(power()).toBe(0);
    lines('G1F100');
    expect(power()).toBe(10);
    lines('M5');
    expect(power()).toBe(0);
  });

  it('changes power from line to line without a stop', () => {
    const { lines, pass, power, feed } = laser();
    lines('G1F3000', 'M4S800');
    expect(lines('X10S800', 'X100S200')).toEqual(['ok', 'ok']);
    pass(600);
    expect(feed()).toBe(3000);
    expect(power()).toBe(200);
  });

  it('a mill waits for the motion before it changes the speed of the spindle', () => {
    const { lines } = laser('mill');
    lines('G1F3000', 'M3S8000', 'X10');
    expect(lines('X100S2000')).not.toEqual(['ok']);
  });

  it('switches the beam off in a hold that stands, and on again when it goes on', () => {
    const { lines, pass, power, bytes } = laser();
    lines('M3S500', 'G1X200F1200');
    pass(1000);
    bytes(hold);
    pass(500);
    expect(power()).toBe(0);
    bytes(resume);
    pass(200);
    expect(power()).toBe(500);
  });

  it('leaves the beam on in a hold without laser mode: why a laser needs $32=1', () => {
    const { lines, pass, power, bytes } = laser();
    lines('$32=0', 'M3S500', 'G1X200F1200');
    pass(1000);
    bytes(hold);
    pass(500);
    expect(power()).toBe(500);
  });
});
