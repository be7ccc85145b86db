import { createHash } from 'node:crypto';
import type { Caller } from '../../statecharts/caller.ts';
import { arrival, command, mara, millInput, preparation, programEnded, running } from '../../statecharts/equipment/test-bench.ts';
import { profileNames } from '../../statecharts/profiles/profile.ts';
import { equipmentKind } from '../equipment/equipment-kind.ts';
import { jobKind } from '../jobs/job-kind.ts';
import { canonical, type Json, plainJson } from '../storage/journal-entry.ts';
import type { Chart, ChartEvent } from '../system/chart.ts';
import { startChartActor } from '../system/chart-actor.ts';

/** Stored states of one form of a chart, as a node of that time wrote them. */
export interface Golden {
  /** Of the chart among those of its release; since 2.0.0, before it there was one for all equipment. */
  readonly name?: string;
  readonly chart: { readonly id: string; readonly version: string; readonly hash: string };
  readonly states: readonly { readonly name: string; readonly hash: string; readonly state: Json }[];
}

const jobInput = {
  id: 'job-1',
  name: 'a.nc',
  file: { id: 'f', name: 'a.nc', hash: 'abc', size: 9 },
  equipment: 'mill-1',
  createdBy: 'mara',
};
const check = { ok: true, lines: 100, problems: [], bounds: null };

/** The charts of this release by name, ready for a state to be put into. */
export const goldenCharts: Readonly<Record<string, Chart>> = {
  ...Object.fromEntries(profileNames.map(profile => [`equipment-${profile}`, equipmentKind({ ...millInput, profile }, () => null)])),
  job: jobKind(jobInput),
};

/** The chart of this release that a state of another one goes to. */
export function presentChart(golden: Pick<Golden, 'name' | 'chart'>): Chart {
  const name = golden.name ?? (golden.chart.id === 'equipment' ? 'equipment-motion' : golden.chart.id);
  const chart = goldenCharts[name];
  if (!chart) throw new Error(`no chart ${name}`);
  return chart;
}

const arm: ChartEvent = { ...command('ARM_LASER', {}) };
const laserCapabilities = [...millInput.capabilities, { name: 'laser' }];
const maintainer: Caller = { ...mara, id: 'otto', name: 'Otto', role: 'maintainer' };
const pressed = { type: 'stop.pressed', stopId: 's-1', by: 'mara', byName: 'Mara', at: 11, written: true };
const alarm = { type: 'device.alarm', code: 'alarm-1', text: 'Hard limit', positionLost: true, at: 11 };
const readyBySetup = [command('CLEAR', {}), { type: 'device.cleared', at: 6 }, command('SET_MODE', { mode: 'setup' })];
const due = { type: 'service.due', items: [{ id: 'oil', text: 'Oil', since: 1, enforced: false }], at: 11 };

/** What happens to a machine of any family that runs programs. */
const withProgram = {
  prepared: asEvents(preparation),
  running: asEvents(running),
  held: asEvents([...running, command('HOLD', {}), { type: 'device.condition', condition: 'held', at: 11 }]),
  stopped: asEvents([...running, pressed, { type: 'device.aborted', at: 12 }]),
  broken: asEvents([...running, alarm]),
  complete: asEvents([...running, programEnded('complete'), { type: 'device.condition', condition: 'idle', at: 2_000 }]),
  stale: asEvents([...running, { type: 'link.silent', at: 11 }]),
};

/** What happens to one of any family. */
const any = {
  new: [],
  arrived: asEvents(arrival),
  reserved: asEvents([...arrival, command('RESERVE', {})]),
  left: asEvents([...arrival, command('CHECK_IN', {}), { type: 'holder.gone', at: 11 }]),
  'locked out': asEvents([...arrival, command('LOCK_OUT', { reason: 'belt' }, maintainer)]),
  due: asEvents([...arrival, due]),
};

const lives: Readonly<Record<string, Readonly<Record<string, readonly ChartEvent[]>>>> = {
  'equipment-motion': {
    ...any,
    ...withProgram,
    acknowledged: asEvents([...running, alarm, { type: 'device.aborted', at: 12 }, command('ACK_ALARM', {})]),
    offered: asEvents([...preparation, command('HAND_OVER', { to: 'otto' })]),
    homing: asEvents([...arrival, command('CHECK_IN', {}), ...readyBySetup, command('HOME', {})]),
  },
  'equipment-laser': { ...armed({ ...any, ...withProgram }), armed: armed({ it: [...asEvents(preparation), arm] }).it ?? [] },
  'equipment-printer': { ...any, ...withProgram, hot: asEvents([...preparation, { type: 'device.heat', on: true, at: 11 }]) },
  'equipment-process': { ...any, ...withProgram },
  'equipment-switch': { ...any, on: asEvents([...arrival, { type: 'device.output', on: true, at: 11 }]) },
  job: { checking: [], ready: [{ type: 'job.checked', check, at: 1 }] },
};

/** A laser can be armed, and is before each start. */
function armed(all: Readonly<Record<string, readonly ChartEvent[]>>): Readonly<Record<string, readonly ChartEvent[]>> {
  const able = (event: ChartEvent) => (event.type === 'device.identified' ? { ...event, capabilities: laserCapabilities } : event);
  const ready = (event: ChartEvent) => (event.type === 'START' ? [arm, event] : [able(event)]);
  return Object.fromEntries(Object.entries(all).map(([name, events]) => [name, events.flatMap(ready)]));
}

function asEvents(events: readonly object[]): readonly ChartEvent[] {
  return events as readonly ChartEvent[];
}

/** The golden states of one chart of this release. */
export function makeGolden(name: string): Golden {
  const chart = presentChart({ name, chart: { id: name, version: '', hash: '' } });
  const { id, version, hash } = chart;
  const states = Object.entries(lives[name] ?? {}).map(([label, events]) => {
    const actor = startChartActor({ chart, from: null });
    for (const event of events) actor.send(event);
    const state = plainJson(actor.persisted());
    return { name: label, hash: hashOfState(state), state };
  });
  return { name, chart: { id, version, hash }, states };
}

/** SHA-256 of a stored state, hex. */
export function hashOfState(state: Json): string {
  return createHash('sha256').update(canonical(state)).digest('hex');
}
