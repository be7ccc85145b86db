import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/** One entry of a simulator's wire log; `in` is towards the device, `t` CLOCK_MONOTONIC in ms. */
const entrySchema = z.looseObject({
  t: z.number(),
  dir: z.enum(['in', 'out', 'note']),
  hex: z.string().optional(),
  /** A whole line without its end. */
  line: z.string().optional(),
  /** A realtime byte, e.g. `0x18`. */
  rt: z.string().optional(),
  /** Bytes of a frame that has no end. */
  cut: z.boolean().optional(),
  /** The port number of the client that wrote, over a network. */
  peer: z.number().optional(),
});
export type WireEntry = z.infer<typeof entrySchema>;

/** Reads a wire log; a last line that is still being written is left out. */
export function readWire(file: string): WireEntry[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map(line => entrySchema.parse(JSON.parse(line)));
}

/** What the device received, realtime bytes left out, as text. */
export function receivedText(wire: readonly WireEntry[]): string {
  const bytes = wire.filter(entry => entry.dir === 'in' && entry.rt === undefined).map(entry => entry.hex ?? '');
  return Buffer.from(bytes.join(''), 'hex').toString('latin1');
}

/** The same as whole lines; half a line that a reset or the end of the log cut off is left out. */
export function receivedLines(wire: readonly WireEntry[]): string[] {
  const stretches = wire.reduce<WireEntry[][]>(
    (all, entry) => {
      if (entry.rt === '0x18') all.push([]);
      else all.at(-1)?.push(entry);
      return all;
    },
    [[]],
  );
  return stretches.flatMap(stretch => receivedText(stretch).split('\n').slice(0, -1));
}

/** The realtime bytes the device received, in order. */
export function receivedRealtime(wire: readonly WireEntry[]): number[] {
  return wire.flatMap(entry => (entry.dir === 'in' && entry.rt !== undefined ? [Number(entry.rt)] : []));
}

/** The frames the device received, in order, as hex; half a frame that nothing followed is left out. */
export function receivedFrames(wire: readonly WireEntry[]): string[] {
  return wire.flatMap(entry => (entry.dir === 'in' && entry.cut !== true && entry.hex !== undefined ? [entry.hex] : []));
}

/** Now on the clock of the wire log. */
export function wireNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
