import type { Database } from '../storage/database.ts';

/** One equipment as it was added. */
export interface EquipmentRow {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly settings: unknown;
  readonly simulated: boolean;
}

/**
 * What this node is to host. Equipment that no node has yet is claimed here, by compare-and-swap: a local link stays with the
 * node that has the port. Throws when the database is away.
 */
export async function claimEquipment(db: Database, nodeId: string): Promise<EquipmentRow[]> {
  await db.updateTable('equipment').set({ node: nodeId }).where('node', 'is', null).where('removed_at', 'is', null).execute();
  const rows = await db
    .selectFrom('equipment')
    .select(['id', 'name', 'type', 'settings', 'simulated'])
    .where('node', '=', nodeId)
    .where('removed_at', 'is', null)
    .orderBy('id')
    .execute();
  return rows.map(row => ({ ...row, settings: row.settings as unknown }));
}
