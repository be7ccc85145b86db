import { deflateSync, inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { smallerPng } from './png.ts';

const colours = [0x102030, 0xffb020, 0x102030, 0xfafafa];

function part(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.byteLength);
  // Nobody checks the sum of what is read here.
  return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)]);
}

/** Two rows of two pixels: the first unfiltered, the second as the difference to the one above. */
function picture(): Buffer {
  const bytes = Buffer.from(colours.flatMap(colour => [colour >> 16, (colour >> 8) & 0xff, colour & 0xff]));
  const below = bytes.subarray(6).map((byte, i) => byte - (bytes[i] ?? 0));
  const rows = Buffer.concat([Buffer.from([0]), bytes.subarray(0, 6), Buffer.from([2]), below]);
  const header = Buffer.from([0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0]);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, part('IHDR', header), part('IDAT', deflateSync(rows)), part('IEND', Buffer.alloc(0))]);
}

function dataOf(png: Buffer, type: string): Buffer {
  const at = png.indexOf(type);
  return png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4));
}

test('a picture of few colours comes back with every pixel as it was', () => {
  const small = smallerPng(picture());
  const palette = dataOf(small, 'PLTE');
  const rows = inflateSync(dataOf(small, 'IDAT'));
  const indices = [rows[1], rows[2], rows[4], rows[5]];
  expect(indices.map(index => palette.readUIntBE((index ?? 0) * 3, 3))).toEqual(colours);
});

test('a picture of another kind is refused', () => {
  const indexed = picture();
  indexed[25] = 3;
  expect(() => smallerPng(indexed)).toThrow('8-bit RGB');
});
