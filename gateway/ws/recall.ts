import { readLastStatuses } from '../../actors/storage/journal.ts';
import { type EquipmentStatus, equipmentStatusSchema } from '../../statecharts/equipment/status.ts';
import { jobStatusSchema } from '../../statecharts/job/status.ts';
import type { DatabaseDoor } from '../http/database-door.ts';
import type { Documents } from './documents.ts';

const newest = 500;

/** Fills in the last committed documents from the database, for the time until their owners speak; they are shown as unknown. */
export async function recallDocuments(door: DatabaseDoor, documents: Documents): Promise<void> {
  const rows = await door.ask(db =>
    db
      .selectFrom('actor')
      .select(['id', 'status'])
      .where('status', 'is not', null)
      .where('kind', 'in', ['equipment', 'job'])
      .orderBy('updated_at', 'desc')
      .limit(newest)
      .execute(),
  );
  for (const { id, status } of rows.reverse()) {
    const [kind, name = ''] = id.split('/');
    const equipment = kind === 'equipment' ? equipmentStatusSchema.safeParse(status) : null;
    if (equipment?.success) documents.putStatus(name, equipment.data);
    const job = kind === 'job' ? jobStatusSchema.safeParse(status) : null;
    if (job?.success) documents.putJob(name, job.data);
  }
}

/** The last committed statuses of these equipments, for whoever missed what their owners said. Rejects when the database is away. */
export async function recallStatuses(door: DatabaseDoor, ids: readonly string[]): Promise<EquipmentStatus[]> {
  const actors = ids.map(id => `equipment/${id}`);
  return (await door.ask(db => readLastStatuses(db, actors))).flatMap(status => equipmentStatusSchema.safeParse(status).data ?? []);
}
