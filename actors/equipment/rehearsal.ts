import { findType } from '../../machines/catalog.ts';
import { readHead } from '../storage/journal.ts';
import { openWriteAhead } from '../storage/write-ahead.ts';
import { startChartActor } from '../system/chart-actor.ts';
import { restoreState } from '../system/restore.ts';
import { equipmentKind } from './equipment-kind.ts';
import { readPast } from './equipment-past.ts';
import { inputOf, readEquipment } from './equipment-row.ts';
import type { Hosting } from './start-equipment.ts';

/** So often: connections are open after the first, and most of the code is compiled after the last. */
const times = 3;

/**
 * Reads, taking nothing, all that a start of this equipment and of its jobs reads, and makes room on the disk. A node that is about to take a running machine over does
 * so while the machine still moves, since it rests from its old owner's last byte to its new one's first. Rejects when the database is away.
 */
export async function rehearse({ services, jobs }: Hosting, id: string): Promise<void> {
  // A new one is filled with zeros and waits for the disk.
  const file = await openWriteAhead(services.paths.writeAhead(`equipment/${id}`));
  await file.close();
  for (let i = 0; i < times; i += 1) await Promise.all([rehearseEquipment(services, id), jobs.rehearse(id)]);
}

async function rehearseEquipment(services: Hosting['services'], id: string): Promise<void> {
  const { db } = services;
  const actorId = `equipment/${id}`;
  const [row, head] = await Promise.all([readEquipment(db, id), readHead(db, actorId)]);
  const type = row ? findType(row.type) : null;
  if (!row || !type || !head) return;
  const chart = equipmentKind(inputOf(row, type, services.nodeId), () => null);
  const [{ from, quarantine }] = await Promise.all([
    restoreState(db, chart, actorId),
    readPast(services, { id, actorId, chart: chart.hash, epoch: head.epoch, seq: head.seq }),
  ]);
  if (quarantine) return;
  const actor = startChartActor({ chart, from });
  chart.decisionDigest(actor.state());
  JSON.stringify(chart.toStatus(actor.state(), { ...head, at: services.clock.now(), degraded: [] }));
  actor.stop();
}
