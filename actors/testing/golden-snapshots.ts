import { createHash } from 'node:crypto';
import { arrival, command, millInput, preparation, programEnded, running } from '../../statecharts/equipment/test-bench.ts';
import { equipmentKind } from '../equipment/equipment-kind.ts';
import { jobKind } from '../jobs/job-kind.ts';
import { canonical, type Json, plainJson } from '../storage/journal-entry.ts';
import type { Chart, ChartEvent } from '../system/chart.ts';
import { startChartActor } from '../system/chart-actor.ts';

/** Stored states of one form of a chart, as a node of that time wrote them. */
export interface Golden {
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

/** The charts of this release, ready for a state to be put into. */
export const goldenCharts: readonly Chart[] = [equipmentKind(millInput, () => null), jobKind(jobInput)];

const pressed = { type: 'stop.pressed', stopId: 's-1', by: 'mara', byName: 'Mara', at: 11, written: true };
const readyBySetup = [command('CLEAR', {}), { type: 'device.cleared', at: 6 }, command('SET_MODE', { mode: 'setup' })];

const lives: Readonly<Record<string, Readonly<Record<string, readonly ChartEvent[]>>>> = {
  equipment: {
    new: [],
    prepared: asEvents(preparation),
    running: asEvents(running),
    held: asEvents([...running, command('HOLD', {}), { type: 'device.condition', condition: 'held', at: 11 }]),
    stopped: asEvents([...running, pressed, { type: 'device.aborted', at: 12 }]),
    broken: asEvents([...running, { type: 'device.alarm', code: 'alarm-1', text: 'Hard limit', positionLost: true, at: 11 }]),
    complete: asEvents([...running, programEnded('complete'), { type: 'device.condition', condition: 'idle', at: 2_000 }]),
    homing: asEvents([...arrival, command('CHECK_IN', {}), ...readyBySetup, command('HOME', {})]),
    stale: asEvents([...running, { type: 'link.silent', at: 11 }]),
  },
  job: { checking: [], ready: [{ type: 'job.checked', check, at: 1 }] },
};

function asEvents(events: readonly object[]): readonly ChartEvent[] {
  return events as readonly ChartEvent[];
}

/** The golden states of the charts of this release. */
export function makeGolden(chart: Chart): Golden {
  const { id, version, hash } = chart;
  const states = Object.entries(lives[id] ?? {}).map(([name, events]) => {
    const actor = startChartActor({ chart, from: null });
    for (const event of events) actor.send(event);
    const state = plainJson(actor.persisted());
    return { name, hash: hashOfState(state), state };
  });
  return { chart: { id, version, hash }, states };
}

/** SHA-256 of a stored state, hex. */
export function hashOfState(state: Json): string {
  return createHash('sha256').update(canonical(state)).digest('hex');
}
