import type { Axes } from '../../statecharts/equipment/reports.ts';
import { parseStatus, type StatusLine } from './parse-status.ts';
import { parseAxes, parseNumbers } from './parse-values.ts';

/** Everything a GRBL 1.1 controller says, one line each (gnea/grbl doc/markdown/interface.md). */
export type Message =
  | { readonly kind: 'ok' }
  | { readonly kind: 'error'; readonly code: number }
  | { readonly kind: 'alarm'; readonly code: number }
  | { readonly kind: 'status'; readonly status: StatusLine }
  | { readonly kind: 'banner'; readonly firmware: string; readonly version: string }
  | { readonly kind: 'setting'; readonly number: number; readonly value: number }
  | { readonly kind: 'feedback'; readonly text: string }
  | { readonly kind: 'modes'; readonly words: readonly string[] }
  | { readonly kind: 'offset'; readonly name: string; readonly axes: Axes }
  /** mm or inches as `$13` says, added to Z by G43.1. */
  | { readonly kind: 'tool-length'; readonly length: number }
  | { readonly kind: 'version'; readonly version: string; readonly info: string }
  | { readonly kind: 'options'; readonly letters: string; readonly plannerBlocks: number; readonly rxBytes: number }
  /** The result of a stored start-up line; never a reply to a line of ours. */
  | { readonly kind: 'startup'; readonly line: string; readonly result: string }
  /** Something harmless that is not needed here, e.g. a probe result. */
  | { readonly kind: 'other'; readonly text: string }
  /** Not a line of this protocol: counted as a link error, never acted on. */
  | { readonly kind: 'garbage'; readonly text: string };

/** Parses one line without its line end. Total: anything that does not fit whole is garbage, never a guess. */
export function parseLine(line: string): Message {
  if (line === 'ok') return { kind: 'ok' };
  if (line.startsWith('<')) return parseStatusMessage(line);
  if (line.startsWith('[')) return parseBracket(line);
  if (line.startsWith('$')) return parseSetting(line);
  if (line.startsWith('>')) return parseStartup(line);
  return parseNumbered(line) ?? parseBanner(line) ?? garbage(line);
}

function parseStatusMessage(line: string): Message {
  const status = parseStatus(line);
  return status ? { kind: 'status', status } : garbage(line);
}

function parseNumbered(line: string): Message | null {
  const found = /^(error|ALARM):([0-9]{1,3})$/.exec(line);
  if (!found) return null;
  return { kind: found[1] === 'error' ? 'error' : 'alarm', code: Number(found[2]) };
}

function parseBanner(line: string): Message | null {
  const found = /^(Grbl|GrblHAL) ([0-9][0-9A-Za-z.]*) \[.*\]$/.exec(line);
  return found ? { kind: 'banner', firmware: found[1] ?? '', version: found[2] ?? '' } : null;
}

function parseSetting(line: string): Message {
  // A build without the GUI mode appends an explanation in parentheses.
  const found = /^\$([0-9]{1,3})=(-?[0-9]+(?:\.[0-9]+)?)(?: \(.*\)?)?$/.exec(line);
  if (found) return { kind: 'setting', number: Number(found[1]), value: Number(found[2]) };
  return /^\$N[0-9]=/.test(line) ? { kind: 'other', text: line } : garbage(line);
}

function parseStartup(line: string): Message {
  const found = /^>(.*):(ok|error:[0-9]{1,3})$/.exec(line);
  return found ? { kind: 'startup', line: found[1] ?? '', result: found[2] ?? '' } : garbage(line);
}

function parseBracket(line: string): Message {
  const found = /^\[([A-Za-z0-9]+):(.*)\]$/.exec(line);
  const name = found?.[1] ?? '';
  const text = found?.[2] ?? '';
  if (name === 'MSG') return { kind: 'feedback', text };
  if (name === 'GC') return { kind: 'modes', words: text.split(' ') };
  if (name === 'TLO') return parseToolLength(text) ?? garbage(line);
  if (name === 'VER') return parseVersion(text) ?? garbage(line);
  if (name === 'OPT') return parseOptions(text) ?? garbage(line);
  if (/^G(5[4-9]|28|30|92)$/.test(name)) return parseOffset(name, text) ?? garbage(line);
  if (found || /^\[HLP:/.test(line)) return { kind: 'other', text: line };
  return garbage(line);
}

function parseVersion(text: string): Message | null {
  const found = /^([0-9][0-9A-Za-z.]*)(?::(.*))?$/.exec(text);
  return found ? { kind: 'version', version: found[1] ?? '', info: found[2] ?? '' } : null;
}

function parseOptions(text: string): Message | null {
  const found = /^([^,]*),([0-9]{1,4}),([0-9]{1,5})(?:,.*)?$/.exec(text);
  if (!found) return null;
  return { kind: 'options', letters: found[1] ?? '', plannerBlocks: Number(found[2]), rxBytes: Number(found[3]) };
}

function parseOffset(name: string, text: string): Message | null {
  const axes = parseAxes(text);
  return axes ? { kind: 'offset', name, axes } : null;
}

function parseToolLength(text: string): Message | null {
  const numbers = parseNumbers(text);
  // grblHAL tells one length per axis: the largest counts.
  return numbers ? { kind: 'tool-length', length: Math.max(...numbers.map(Math.abs)) } : null;
}

function garbage(text: string): Message {
  return { kind: 'garbage', text };
}
