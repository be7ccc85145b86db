import type { Axes } from '../../statecharts/equipment/reports.ts';
import { parseAxes, parseNumbers } from './parse-values.ts';

const states = ['Idle', 'Run', 'Hold', 'Jog', 'Alarm', 'Door', 'Check', 'Home', 'Sleep', 'Tool'] as const;
export type StateName = (typeof states)[number];

/** One status report as it came; an absent field was not in it (what that means differs by field, see status.ts). */
export interface StatusLine {
  readonly state: StateName;
  readonly sub?: number;
  readonly machine?: Axes;
  readonly work?: Axes;
  readonly offset?: Axes;
  readonly feed?: number;
  readonly spindle?: number;
  readonly overrides?: { readonly feed: number; readonly rapid: number; readonly spindle: number };
  readonly pins?: readonly string[];
  readonly accessories?: string;
  readonly buffer?: { readonly blocks: number; readonly bytes: number };
}

type Field = (text: string) => Partial<StatusLine> | null;

const fields: Readonly<Record<string, Field>> = {
  MPos: text => withAxes('machine', text),
  WPos: text => withAxes('work', text),
  WCO: text => withAxes('offset', text),
  FS: text => withNumbers(text, ([feed, spindle]) => ({ feed, spindle })),
  F: text => withNumbers(`${text},0`, ([feed]) => ({ feed })),
  Bf: text => withNumbers(text, ([blocks, bytes]) => ({ buffer: { blocks, bytes } })),
  Ov: parseOverrides,
  Pn: text => (/^[A-Za-z]{1,16}$/.test(text) ? { pins: [...text] } : null),
  A: text => (/^[SCFM]{1,4}$/.test(text) ? { accessories: text } : null),
};

/**
 * Parses `<State[:sub]|MPos:...|...>`. The order of the fields after the first is free and unknown ones are ignored, but a known
 * field that does not parse makes the whole report worthless: null. The position is always there (interface.md).
 */
export function parseStatus(line: string): StatusLine | null {
  if (!line.endsWith('>') || line.includes('<', 1)) return null;
  const [head = '', ...rest] = line.slice(1, -1).split('|');
  const state = parseState(head);
  if (!state) return null;
  let status: StatusLine = state;
  for (const part of rest) {
    const colon = part.indexOf(':');
    const parse = Object.hasOwn(fields, part.slice(0, colon)) ? fields[part.slice(0, colon)] : undefined;
    if (!parse) continue;
    const field = parse(part.slice(colon + 1));
    if (!field) return null;
    status = { ...status, ...field };
  }
  return status.machine || status.work ? status : null;
}

function parseState(head: string): StatusLine | null {
  const [name, sub, ...more] = head.split(':');
  const state = states.find(known => known === name);
  if (!state || more.length > 0) return null;
  if (sub === undefined) return { state };
  return /^[0-9]{1,2}$/.test(sub) ? { state, sub: Number(sub) } : null;
}

function withAxes(name: 'machine' | 'work' | 'offset', text: string): Partial<StatusLine> | null {
  const axes = parseAxes(text);
  return axes ? { [name]: axes } : null;
}

function withNumbers(text: string, make: (pair: readonly [number, number]) => Partial<StatusLine>): Partial<StatusLine> | null {
  const [first, second, ...more] = parseNumbers(text) ?? [];
  return first === undefined || second === undefined || more.length > 0 ? null : make([first, second]);
}

function parseOverrides(text: string): Partial<StatusLine> | null {
  const [feed, rapid, spindle, ...more] = parseNumbers(text) ?? [];
  if (feed === undefined || rapid === undefined || spindle === undefined || more.length > 0) return null;
  return { overrides: { feed, rapid, spindle } };
}
