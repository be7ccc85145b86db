import type { EquipmentInput } from '../../statecharts/equipment/context.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { Database } from '../storage/database.ts';
import { type ReplayResult, replayTo } from '../system/replay.ts';
import { equipmentKind } from './equipment-kind.ts';

export type EquipmentAt =
  | { readonly ok: true; readonly base: number; readonly status: EquipmentStatus }
  | (ReplayResult<EquipmentStatus> & { readonly ok: false });

/**
 * The status of an equipment after an event, derived anew from its journal. Its `decisionSeq` is 0: nothing can be commanded in the past.
 * Throws when the database is away.
 */
export async function equipmentAt(
  db: Database,
  asked: { readonly id: string; readonly seq: number; readonly from: 'snapshot' | 'start' },
): Promise<EquipmentAt> {
  const chart = (input: unknown) => equipmentKind(input as EquipmentInput, () => null);
  const replayed = await replayTo(db, { ...asked, actorId: `equipment/${asked.id}`, chart });
  if (!replayed.ok) return replayed;
  const { seq, epoch, at } = replayed.entry;
  const status = replayed.chart.toStatus(replayed.state, { seq, epoch, at, decisionSeq: 0, degraded: [] });
  return { ok: true, base: replayed.base, status };
}
