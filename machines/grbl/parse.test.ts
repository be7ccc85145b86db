import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLine } from './parse.ts';

describe('parseLine', () => {
  it.each([
    ['ok', { kind: 'ok' }],
    ['error:22', { kind: 'error', code: 22 }],
    ['ALARM:1', { kind: 'alarm', code: 1 }],
    ["Grbl 1.1h ['$' for help]", { kind: 'banner', firmware: 'Grbl', version: '1.1h' }],
    ['$130=800.000', { kind: 'setting', number: 130, value: 800 }],
    ['[MSG:Reset to continue]', { kind: 'feedback', text: 'Reset to continue' }],
    ['[VER:1.1h.20190830:my mill]', { kind: 'version', version: '1.1h.20190830', info: 'my mill' }],
    ['[OPT:V,15,128]', { kind: 'options', letters: 'V', plannerBlocks: 15, rxBytes: 128 }],
    ['[G54:-1.000,2.500,0.000]', { kind: 'offset', name: 'G54', axes: { x: -1, y: 2.5, z: 0 } }],
    ['[GC:G0 G55 G17]', { kind: 'modes', words: ['G0', 'G55', 'G17'] }],
    ['[PRB:0.000,0.000,0.000:0]', { kind: 'other', text: '[PRB:0.000,0.000,0.000:0]' }],
  ])('reads %s', (line, message) => {
    expect(parseLine(line)).toEqual(message);
  });

  it('does not take the result of a start-up line for a reply', () => {
    expect(parseLine('>G20G54:ok')).toEqual({ kind: 'startup', line: 'G20G54', result: 'ok' });
  });

  it('reads a status whatever the order of its fields', () => {
    expect(parseLine('<Hold:1|WPos:1.000,-2.000,3.500|Pn:XD|WCO:0.000,0.000,1.000|FS:100,8000|Ov:100,50,110>')).toEqual({
      kind: 'status',
      status: {
        state: 'Hold',
        sub: 1,
        work: { x: 1, y: -2, z: 3.5 },
        pins: ['X', 'D'],
        offset: { x: 0, y: 0, z: 1 },
        feed: 100,
        spindle: 8000,
        overrides: { feed: 100, rapid: 50, spindle: 110 },
      },
    });
  });

  it.each([
    'o',
    'okk',
    ' ok',
    'okok',
    'error:',
    'error:1x',
    'ALARM:',
    '<Idle|MPos:1.000,2.000>',
    '<Idle|MPos:1.0.0,2.000,3.000|FS:0,0>',
    '<Idle|MPos:0.000,0.000,0.000|FS:0,x>',
    '<Idle|FS:0,0>',
    '<Idlo|MPos:0.000,0.000,0.000>',
    '<Idle|MPos:0.000,0.000,0.000',
    '<Run|MPos:1.0<Idle|MPos:0.000,0.000,0.000>',
    '[G54:nan,0,0]',
    '[OPT:V,15]',
    '$x=1',
  ])('takes %j for garbage', line => {
    expect(parseLine(line)).toEqual({ kind: 'garbage', text: line });
  });

  it('never throws, whatever bytes come', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), line => typeof parseLine(line).kind === 'string'));
  });

  it('never invents a number out of a status with one byte changed', () => {
    const whole = '<Run|MPos:10.000,20.000,30.000|FS:500,12000>';
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const message = parseLine(`${whole.slice(0, at)}${String.fromCharCode(byte)}${whole.slice(at + 1)}`);
        if (message.kind !== 'status') return message.kind === 'garbage';
        return Object.values(message.status.machine ?? {}).every(Number.isFinite);
      }),
    );
  });

  it('loses a dropped byte as garbage or sees the line unchanged in kind, never as a reply', () => {
    fc.assert(
      fc.property(fc.constantFrom('<Idle|MPos:0.000,0.000,0.000>', '[MSG:Pgm End]', '>G54:ok', '$10=1'), fc.nat(40), (line, at) => {
        const kind = parseLine(line.slice(0, at % line.length) + line.slice((at % line.length) + 1)).kind;
        return kind !== 'ok' && kind !== 'error';
      }),
    );
  });
});
