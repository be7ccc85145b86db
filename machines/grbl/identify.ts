import type { Axes, Capability, Envelope, WorkOffsets } from '../../statecharts/equipment/reports.ts';
import { mapAxes } from '../gcode/axes.ts';
import { changedModes } from '../gcode/start-modes.ts';
import type { Message } from './parse.ts';
import { misfit, type Variant } from './variant.ts';

/** What a controller says of itself in answer to `$I`, `$$`, `$#` and `$G`, collected line by line. */
export interface Facts {
  readonly firmware: string;
  readonly version: string | null;
  readonly info: string;
  readonly options: string;
  readonly plannerBlocks: number;
  readonly rxBytes: number;
  readonly settings: Readonly<Record<number, number>>;
  /** As reported, in the controller's unit. */
  readonly offsets: WorkOffsets;
  /** Added to Z by G43.1, without its sign, in the controller's unit. */
  readonly toolLength: number;
  readonly modes: readonly string[];
}

/** Nothing known yet. */
export const noFacts: Facts = {
  firmware: 'Grbl',
  version: null,
  info: '',
  options: '',
  plannerBlocks: 15,
  rxBytes: 128,
  settings: {},
  offsets: {},
  toolLength: 0,
  modes: [],
};

/** The queries in the order they are sent, each waited for; all of them only read. */
export const queries = ['$I', '$$', '$#', '$G'] as const;

/** Adds what one message tells. */
export function learn(facts: Facts, message: Message): Facts {
  switch (message.kind) {
    case 'banner':
      return { ...facts, firmware: message.firmware };
    case 'version':
      return { ...facts, version: message.version, info: message.info };
    case 'options':
      return { ...facts, options: message.letters, plannerBlocks: message.plannerBlocks, rxBytes: message.rxBytes };
    case 'setting':
      return { ...facts, settings: { ...facts.settings, [message.number]: message.value } };
    case 'offset':
      return { ...facts, offsets: { ...facts.offsets, [message.name]: message.axes } };
    case 'tool-length':
      return { ...facts, toolLength: message.length };
    case 'modes':
      return { ...facts, modes: message.words };
    default:
      return facts;
  }
}

/** mm per reported unit: `$13` switches reports to inches. Null before `$$` was read. */
export function reportUnit(facts: Facts): number | null {
  const inches = facts.settings[13];
  if (inches === undefined) return null;
  return inches === 1 ? 25.4 : 1;
}

/** Name by which the same controller is recognised: the text stored in it, else its build. */
export function identityOf(facts: Facts): string {
  return facts.info.trim() || `${facts.firmware} ${facts.version ?? 'unknown'}`;
}

/** The active work coordinate system, e.g. `G54`; null before `$G` was read. */
export function activeSystem(facts: Facts): string | null {
  return facts.modes.find(word => /^G5[4-9]$/.test(word)) ?? null;
}

/** What the controller would print as zero. */
const noLength = 0.0005;

/** The modes programs are not checked for, a tool length and a beam that is on among them; null when the controller has not told all of them. */
export function modesChanged(facts: Facts, variant: Variant): readonly string[] | null {
  const changed = changedModes(facts.modes);
  const longer = facts.toolLength > noLength && !facts.modes.some(word => word.startsWith('G43'));
  const burning = variant.laser.absent === undefined ? facts.modes.filter(word => word === 'M3' || word === 'M4') : [];
  return changed && [...changed, ...(longer ? ['G43.1'] : []), ...burning];
}

/**
 * Travel in machine coordinates. Without homing machine zero is wherever the controller woke up, so there is none. GRBL puts the
 * travel on the negative side; built with HOMING_FORCE_SET_ORIGIN (`Z` in the options) an axis that homes to its low end (`$23`)
 * counts upwards (system.c, travel limits).
 */
export function envelopeOf(facts: Facts): Envelope | null {
  const travel = axisSettings(facts, 130);
  if (!travel || facts.settings[22] !== 1) return null;
  const mask = facts.options.includes('Z') ? (facts.settings[23] ?? 0) : 0;
  const upwards = (axis: 'x' | 'y' | 'z') => (mask & { x: 1, y: 2, z: 4 }[axis]) !== 0;
  return {
    min: mapAxes(axis => (upwards(axis) ? 0 : -travel[axis])),
    max: mapAxes(axis => (upwards(axis) ? travel[axis] : 0)),
  };
}

/** G54 to G59 and G92 in mm. */
export function workOffsets(facts: Facts): WorkOffsets {
  const unit = reportUnit(facts) ?? 1;
  const wanted = Object.entries(facts.offsets).filter(([name]) => /^G(5[4-9]|92)$/.test(name));
  return Object.fromEntries(wanted.map(([name, axes]) => [name, mapAxes(axis => axes[axis] * unit)]));
}

/** What moves the machine, and is absent from one that does not fit. */
const moving = ['program', 'jog', 'mdi', 'override', 'home', 'laser'];

/** What this build with these settings can do as a machine of this kind. */
export function capabilitiesOf(facts: Facts, variant: Variant): Capability[] {
  const absent = misfit(facts, variant)?.text;
  const able = ableTo(facts, variant);
  return absent === undefined ? able : able.map(({ name, ...rest }) => (moving.includes(name) ? { name, absent } : { name, ...rest }));
}

function ableTo(facts: Facts, variant: Variant): Capability[] {
  const always = (['program', 'hold', 'jog', 'mdi', 'override'] as const).map(name => ({ name }));
  return [
    ...always,
    facts.settings[22] === 1 ? { name: 'home' } : { name: 'home', absent: 'Homing is switched off in the controller ($22=0).' },
    facts.options.includes('+') ? { name: 'door' } : { name: 'door', absent: 'The firmware was built without a safety door input.' },
    variant.laser,
  ];
}

function axisSettings(facts: Facts, first: number): Axes | null {
  const [x, y, z] = [first, first + 1, first + 2].map(number => facts.settings[number]);
  return x === undefined || y === undefined || z === undefined ? null : { x, y, z };
}
