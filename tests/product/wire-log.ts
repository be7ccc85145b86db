import { readFileSync } from 'node:fs';

/** One chunk that crossed the simulated wire; `in` is host to device. `t` is the simulator's monotonic ms. */
export interface WireEntry {
  readonly t: number;
  readonly dir: 'in' | 'out';
  readonly bytes: Buffer;
}

/** Every complete entry of a simulator's wire log; a last line still being written is left out. */
export function readWireLog(path: string): WireEntry[] {
  const text = readFileSync(path, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as { t: number; dir: string; hex?: string })
    .filter(entry => entry.hex !== undefined && (entry.dir === 'in' || entry.dir === 'out'))
    .map(entry => ({ t: entry.t, dir: entry.dir as 'in' | 'out', bytes: Buffer.from(entry.hex ?? '', 'hex') }));
}

/** Bytes host to device, in order. */
export function hostBytes(entries: readonly WireEntry[]): Buffer {
  return Buffer.concat(entries.filter(entry => entry.dir === 'in').map(entry => entry.bytes));
}

/** GRBL's realtime bytes (interface.md): they overtake lines and are no part of them. */
function isRealtime(byte: number): boolean {
  return byte === 0x18 || byte === 0x21 || byte === 0x3f || byte === 0x7e || byte >= 0x80;
}

/** The lines the host sent, realtime bytes taken out; a reset (0x18) discards the half line before it, as the device does. */
function hostLines(bytes: Buffer): string[] {
  const lines: string[] = [];
  let line = '';
  for (const byte of bytes) {
    if (byte === 0x18) line = '';
    if (isRealtime(byte)) continue;
    if (byte === 0x0a || byte === 0x0d) {
      lines.push(line);
      line = '';
    } else line += String.fromCharCode(byte);
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** Lines of a program: what is left when identifying (`$...`, empty) and homing are taken away. */
export function programLines(entries: readonly WireEntry[]): string[] {
  return hostLines(hostBytes(entries)).filter(line => line !== '' && !line.startsWith('$'));
}
