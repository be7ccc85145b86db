import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, type Frame, readCoil, readIdentification, writeCoil } from './encode.ts';
import { FrameSplitter, parseAnswer } from './parse.ts';

const frames = fc.record({
  transaction: fc.integer({ min: 0, max: 0xffff }),
  unit: fc.integer({ min: 0, max: 255 }),
  pdu: fc.uint8Array({ minLength: 1, maxLength: 253 }),
});
const requests = fc.oneof(
  fc.nat({ max: 0xffff }).map(readCoil),
  fc.tuple(fc.nat({ max: 0xffff }), fc.boolean()).map(([coil, level]) => writeCoil(coil, level)),
  fc.nat({ max: 255 }).map(readIdentification),
);

describe('frames', () => {
  it('are as the messaging guide draws them', () => {
    expect(Buffer.from(encodeFrame({ transaction: 0x1501, unit: 255, pdu: writeCoil(172, true) })).toString('hex')).toBe(
      '150100000006ff0500acff00',
    );
  });

  it('[F40] are the same however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 6 }), fc.array(fc.nat({ max: 40 }), { maxLength: 40 }), (all, cuts) => {
        const stream = Buffer.concat(all.map(frame => encodeFrame(frame)));
        const splitter = new FrameSplitter();
        const found: Frame[] = [];
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          found.push(...(splitter.push(stream.subarray(at, at + cut)) ?? []));
          at += cut;
        }
        expect(found).toEqual(all);
      }),
    );
  });

  it('[F40] of what is no Modbus are none, and nothing throws', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), pieces => {
        const splitter = new FrameSplitter();
        for (const piece of pieces) {
          const found = splitter.push(piece);
          if (found === null) return;
          for (const { pdu } of found) expect(pdu.length).toBeLessThanOrEqual(253);
        }
      }),
    );
  });

  it('[F40] after half a frame begin anew on another connection', () => {
    const splitter = new FrameSplitter();
    const frame = { transaction: 7, unit: 1, pdu: readCoil(3) };
    expect(splitter.push(encodeFrame(frame).subarray(0, 9))).toEqual([]);
    splitter.clear();
    expect(splitter.push(encodeFrame(frame))).toEqual([frame]);
  });
});

describe('answers', () => {
  it('[F40] are taken whole or not at all: what is a byte short or long is malformed', () => {
    const short = (bytes: number[]) => parseAnswer(readCoil(0), Uint8Array.from(bytes)).kind;
    expect(short([1, 1, 1])).toBe('coil');
    for (const bytes of [[1], [1, 1], [1, 1, 1, 0], [1, 2, 1], [1, 0, 1], [0x81], [0x81, 2, 0], [2, 1, 1], []])
      expect(short(bytes)).toBe('malformed');
  });

  it('[F40] of a write are its exact echo', () => {
    const request = writeCoil(4, true);
    expect(parseAnswer(request, request)).toEqual({ kind: 'written' });
    expect(parseAnswer(request, writeCoil(4, false)).kind).toBe('malformed');
    expect(parseAnswer(request, writeCoil(5, true)).kind).toBe('malformed');
    expect(parseAnswer(request, Uint8Array.of(0x85, 4))).toEqual({ kind: 'exception', code: 4 });
  });

  it('[F40] never say more than one of their kind for any bytes, and never throw', () => {
    fc.assert(
      fc.property(requests, fc.uint8Array({ maxLength: 260 }), (request, bytes) => {
        const answer = parseAnswer(request, bytes);
        if (answer.kind === 'coil') expect([request[0], bytes.length]).toEqual([1, 3]);
        if (answer.kind === 'written') expect(bytes).toEqual(request);
        if (answer.kind === 'exception') expect(bytes[0]).toBe((request[0] ?? 0) | 0x80);
      }),
    );
  });

  it('of an identification are its texts, in as many parts as it takes', () => {
    const text = [...Buffer.from('ACME')];
    const answer = Uint8Array.of(0x2b, 0x0e, 1, 1, 0xff, 2, 1, 0, text.length, ...text);
    expect(parseAnswer(readIdentification(), answer)).toEqual({ kind: 'identification', objects: new Map([[0, 'ACME']]), next: 2 });
    expect(parseAnswer(readIdentification(), answer.subarray(0, -1)).kind).toBe('malformed');
  });
});
