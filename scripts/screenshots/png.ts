import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** 8-bit RGB pixels, row after row. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const paletteSize = 256;

/**
 * A screenshot of a flat page in a third of its bytes: its 256 most frequent colours, every other pixel takes the nearest of them. Reads
 * 8-bit RGB without interlace, which is what Chromium writes; throws for anything else.
 */
export function smallerPng(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png);
  const palette = frequentColours(pixels);
  const nearest = nearestIn(palette);
  // One byte per pixel behind a filter byte of 0 per row: flat areas compress best unfiltered (PNG specification, 12.7).
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = nearest(pixels.readUIntBE((y * width + x) * 3, 3));
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  const colours = Buffer.from(palette.flatMap(parts));
  const data = deflateSync(rows, { level: 9, memLevel: 9 });
  return Buffer.concat([signature, chunk('IHDR', header), chunk('PLTE', colours), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

function decode(png: Buffer): Picture {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  if (png[24] !== 8 || png[25] !== 2 || png[28] !== 0) throw new Error('not an 8-bit RGB picture without interlace');
  const filtered = inflateSync(Buffer.concat(dataOf(png)));
  const row = width * 3;
  const pixels = Buffer.alloc(row * height);
  for (let y = 0; y < height; y++) {
    const line = filtered.subarray(y * (row + 1), (y + 1) * (row + 1));
    for (let i = 0; i < row; i++) {
      const left = i < 3 ? 0 : at(pixels, y * row + i - 3);
      const up = y === 0 ? 0 : at(pixels, (y - 1) * row + i);
      const corner = i < 3 || y === 0 ? 0 : at(pixels, (y - 1) * row + i - 3);
      pixels[y * row + i] = at(line, i + 1) + predicted(at(line, 0), left, { up, corner });
    }
  }
  return { width, height, pixels };
}

function dataOf(png: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let offset = signature.length; offset < png.length; ) {
    const length = png.readUInt32BE(offset);
    if (png.toString('latin1', offset + 4, offset + 8) === 'IDAT') found.push(png.subarray(offset + 8, offset + 8 + length));
    offset += 12 + length;
  }
  return found;
}

/** The five filters of the PNG specification (9.2). */
function predicted(filter: number, left: number, { up, corner }: { up: number; corner: number }): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  return filter === 3 ? (left + up) >> 1 : paeth(left, up, corner);
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map(value => Math.abs(estimate - value)) as [number, number, number];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function frequentColours(pixels: Buffer): number[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < pixels.length; i += 3) {
    const colour = pixels.readUIntBE(i, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, paletteSize)
    .map(([colour]) => colour);
}

function nearestIn(palette: readonly number[]): (colour: number) => number {
  const known = new Map(palette.map((colour, index) => [colour, index]));
  return colour => {
    const index = known.get(colour) ?? nearestIndex(palette, colour);
    known.set(colour, index);
    return index;
  };
}

function nearestIndex(palette: readonly number[], colour: number): number {
  const wanted = parts(colour);
  const distances = palette.map(candidate => parts(candidate).reduce((sum, part, i) => sum + (part - (wanted[i] ?? 0)) ** 2, 0));
  return distances.indexOf(Math.min(...distances));
}

function parts(colour: number): number[] {
  return [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.byteLength);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function at(bytes: Buffer, index: number): number {
  return bytes[index] ?? 0;
}
