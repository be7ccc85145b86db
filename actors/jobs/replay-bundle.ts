import type { EquipmentInput } from '../../statecharts/equipment/context.ts';
import type { JobInput } from '../../statecharts/job/chart.ts';
import { equipmentKind } from '../equipment/equipment-kind.ts';
import type { Bundle } from '../storage/journal-bundle.ts';
import type { Chart } from '../system/chart.ts';
import { type ReplayResult, replay } from '../system/replay.ts';
import { bundledJournal } from '../system/replay-source.ts';
import { jobKind } from './job-kind.ts';

/**
 * Derives everything anew that a proven bundle tells of, from its first snapshot of the form of the chart that its last one has, and
 * compares it with what was recorded: at any place that has this release, without a database. Null: no chart of ours lived this.
 */
export async function replayBundle(bundle: Bundle): Promise<ReplayResult<unknown> | null> {
  const chart = chartsByKind[bundle.header.actor.split('/')[0] ?? ''];
  const seq = bundle.entries.at(-1)?.seq;
  return chart && seq !== undefined ? replay(bundledJournal(bundle), { seq, chart, from: 'start' }) : null;
}

const chartsByKind: Readonly<Record<string, (input: unknown) => Chart<unknown>>> = {
  equipment: input => equipmentKind(input as EquipmentInput, () => null),
  job: input => jobKind(input as JobInput),
};
