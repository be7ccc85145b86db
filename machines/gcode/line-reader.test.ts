import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keptLineBytes, LineReader } from './line-reader.ts';

function readAll(chunks: readonly Buffer[]) {
  const reader = new LineReader();
  return [...chunks.flatMap(chunk => [...reader.push(chunk)]), ...reader.end()];
}

it('finds the same lines however the file is cut into chunks', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\r', '\n', '\0'), maxLength: 40 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(40), { maxLength: 6 }), (content, cuts) => {
      const bytes = Buffer.from(content, 'latin1');
      const places = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
      const lines = content.split(/\r\n|\r|\n/);
      if (lines.at(-1) === '') lines.pop();
      expect(readAll(chunks).map(line => line.text)).toEqual(lines);
      expect(readAll(chunks).map(line => line.hasNul)).toEqual(lines.map(line => line.includes('\0')));
    }),
  );
});

it('keeps the head of an endless line only, and sees a NUL behind it', () => {
  const [line, next] = readAll([Buffer.alloc(9000, 0x61), Buffer.from('\0\nG0')]);
  expect(line).toMatchObject({ number: 1, cut: true, hasNul: true });
  expect(line?.text).toHaveLength(keptLineBytes);
  expect(next).toMatchObject({ number: 2, text: 'G0', cut: false, hasNul: false });
});
