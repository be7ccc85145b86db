import type { Axes } from '../../statecharts/equipment/reports.ts';

/** GRBL's realtime bytes (gnea/grbl doc/markdown/commands.md, config.h): picked out of the stream at once, no newline, 8-bit. */
export const realtime = {
  hold: 0x21,
  resume: 0x7e,
  status: 0x3f,
  reset: 0x18,
  jogCancel: 0x85,
  feed100: 0x90,
  feedPlus10: 0x91,
  feedMinus10: 0x92,
  feedPlus1: 0x93,
  feedMinus1: 0x94,
  rapid100: 0x95,
  rapid50: 0x96,
  rapid25: 0x97,
  spindle100: 0x99,
  spindlePlus10: 0x9a,
  spindleMinus10: 0x9b,
  spindlePlus1: 0x9c,
  spindleMinus1: 0x9d,
} as const;

export type RealtimeName = keyof typeof realtime;

const shown: Partial<Record<RealtimeName, string>> = {
  hold: '! (feed hold)',
  resume: '~ (resume)',
  status: '?',
  reset: '0x18 (soft reset)',
  jogCancel: '0x85 (jog cancel)',
};

/** A realtime byte as consoles show it. */
export function realtimeText(name: RealtimeName): string {
  return shown[name] ?? `0x${realtime[name].toString(16)} (${name})`;
}

/** A line with its newline; null when it holds anything but printable ASCII or one of the three realtime characters. */
export function encodeLine(line: string): Uint8Array | null {
  return /^[\x20-\x7e]*$/.test(line) && !/[!?~]/.test(line) ? Buffer.from(`${line}\n`, 'latin1') : null;
}

/**
 * Lines during which GRBL writes its EEPROM with interrupts off and would lose received bytes: they are sent alone and waited for
 * (interface.md, "EEPROM issues").
 */
export function writesEeprom(line: string): boolean {
  const plain = line.toUpperCase().replace(/\s/g, '');
  if (plain.startsWith('$')) return !plain.startsWith('$J=');
  return /G(28\.1|30\.1)(?![0-9])/.test(plain) || (/G10(?![0-9.])/.test(plain) && /L(2|20)(?![0-9.])/.test(plain));
}

/** True when a line may change work offsets or the active coordinate system, so that both must be read again. */
export function changesOffsets(line: string): boolean {
  return /G(10|5[4-9]|92(\.[0-9])?|43\.1|49|28\.1|30\.1)(?![0-9])/.test(line.toUpperCase().replace(/\s/g, ''));
}

/** Seconds a line dwells (`G4 P1.5`), else 0. */
export function dwellSeconds(line: string): number {
  const plain = line.toUpperCase().replace(/\s/g, '');
  const seconds = /G0?4(?![0-9.]).*P([0-9.]+)|P([0-9.]+).*G0?4(?![0-9.])/.exec(plain);
  return seconds ? Number(seconds[1] ?? seconds[2]) || 0 : 0;
}

/** An incremental jog in mm that leaves the parser's modal state alone (jogging.md). */
export function jogLine(delta: Axes, feed: number): string {
  const words = (['x', 'y', 'z'] as const).filter(axis => delta[axis] !== 0).map(axis => `${axis.toUpperCase()}${decimal(delta[axis])}`);
  return `$J=G91G21${words.join('')}F${decimal(feed)}`;
}

/** Four decimals and no exponent, which GRBL would refuse. */
function decimal(value: number): string {
  return value.toFixed(4).replace(/\.?0+$/, '');
}
