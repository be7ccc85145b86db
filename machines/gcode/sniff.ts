import type { LineProblem } from './rules.ts';

/** What the first bytes of a file tell about it: a reason to refuse it whole, or how many bytes of a mark to skip. */
export type Sniffed = { readonly refused: LineProblem } | { readonly skip: number };

/** Looks at the first bytes (a few kB) of a file that should be g-code. */
export function sniff(head: Buffer): Sniffed {
  if (head.length === 0) return { refused: { code: 'empty', message: 'The file is empty.' } };
  if (isUtf16(head)) return { refused: { code: 'utf-16', message: 'The file is UTF-16 text; save it as plain text (ASCII or UTF-8).' } };
  if (isBinary(head)) return { refused: { code: 'binary', message: 'The file is not text but binary data.' } };
  return { skip: head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0 };
}

/** A byte order mark, or NUL in every second place as Latin text has it without a mark. */
function isUtf16(head: Buffer): boolean {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) return true;
  const pairs = Math.floor(Math.min(head.length, 512) / 2);
  const nuls = [0, 0];
  for (let i = 0; i < pairs * 2; i += 1) if (head[i] === 0) nuls[i % 2] = (nuls[i % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = nuls;
  return pairs >= 2 && Math.max(even, odd) > 0.7 * pairs && Math.min(even, odd) < 0.1 * pairs;
}

/** More than a tenth control characters that no text has. */
function isBinary(head: Buffer): boolean {
  let strange = 0;
  for (const byte of head) if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) strange += 1;
  return strange > 0.1 * head.length;
}
