import { findType } from '../../machines/catalog.ts';
import type { EquipmentType, Locality } from '../../machines/driver.ts';
import type { EquipmentInput } from '../../statecharts/equipment/context.ts';
import type { Database } from '../storage/database.ts';

/** One equipment as it was added. */
export interface EquipmentRow {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly settings: unknown;
  readonly simulated: boolean;
}

/** Where a device can be reached from, as its type says of its settings; null for a type or settings unknown here. */
export function localityOf({ type, settings }: Pick<EquipmentRow, 'type' | 'settings'>): Locality | null {
  const known = findType(type);
  const parsed = known?.settings.safeParse(settings);
  return known && parsed?.success ? known.locality(parsed.data) : null;
}

/** What the chart is given of an equipment that this node drives. */
export function inputOf(row: EquipmentRow, type: EquipmentType, node: string): EquipmentInput {
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    node,
    simulated: row.simulated,
    capabilities: type.capabilities,
    stopPath: type.stopPath,
    profile: type.profile,
    needsHoming: true,
    chain: 'none',
  };
}

/**
 * What this node alone is to host. Equipment on a local link that no node has yet is claimed here, by compare-and-swap: it stays with
 * the node that has the port. What every node can reach is left to placement. Throws when the database is away.
 */
export async function claimEquipment(db: Database, nodeId: string): Promise<EquipmentRow[]> {
  const free = (await select(db).where('node', 'is', null).execute()).filter(row => localityOf(row) === 'local');
  for (const { id } of free)
    await db.updateTable('equipment').set({ node: nodeId }).where('id', '=', id).where('node', 'is', null).execute();
  const rows = await select(db).where('node', '=', nodeId).orderBy('id').execute();
  return rows.map(plain);
}

/** One equipment, or null when it was removed. Throws when the database is away. */
export async function readEquipment(db: Database, id: string): Promise<EquipmentRow | null> {
  const row = await select(db).where('id', '=', id).executeTakeFirst();
  return row ? plain(row) : null;
}

function select(db: Database) {
  return db.selectFrom('equipment').select(['id', 'name', 'type', 'settings', 'simulated']).where('removed_at', 'is', null);
}

function plain(row: Omit<EquipmentRow, 'settings'> & { settings: object }): EquipmentRow {
  return { ...row, settings: row.settings as unknown };
}
