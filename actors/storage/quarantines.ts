import type { Database } from './database.ts';
import type { Json } from './journal-entry.ts';

/** A stored state that nobody went on from. Times in ms since 1970. */
export interface QuarantinedState {
  readonly id: number;
  readonly actorId: string;
  /** Of the snapshot; 0: there was none. */
  readonly seq: number;
  readonly at: number;
  /** Of the chart that left it. */
  readonly version: string;
  readonly chartHash: string;
  readonly code: string;
  /** One sentence. */
  readonly why: string;
  readonly acknowledgedAt: number | null;
  /** Name of the person. */
  readonly acknowledgedBy: string | null;
}

/** Writes down that the actor began anew; once for each state. Throws when the database is away. */
export async function recordQuarantine(
  db: Database,
  found: Omit<QuarantinedState, 'id' | 'acknowledgedAt' | 'acknowledgedBy'>,
): Promise<void> {
  const { actorId, seq, at, version, chartHash, code, why } = found;
  const values = { actor_id: actorId, seq, at: new Date(at), version, chart_hash: chartHash, code, why };
  await db
    .insertInto('quarantine')
    .values({ ...values, acknowledged_at: null, acknowledged_by: null })
    .onConflict(oc => oc.columns(['actor_id', 'seq']).doNothing())
    .execute();
}

/** The newest first, at most `limit`, acknowledged ones too. */
export async function readQuarantines(db: Database, limit: number): Promise<QuarantinedState[]> {
  const rows = await db.selectFrom('quarantine').selectAll().orderBy('id', 'desc').limit(limit).execute();
  return rows.map(toQuarantined);
}

/** What of this actor nobody has acknowledged, the newest first. */
export async function openQuarantines(db: Database, actorId: string): Promise<QuarantinedState[]> {
  const open = db.selectFrom('quarantine').selectAll().where('actor_id', '=', actorId).where('acknowledged_at', 'is', null);
  return (await open.orderBy('id', 'desc').execute()).map(toQuarantined);
}

/** One of them, or null. */
export async function findQuarantine(db: Database, id: number): Promise<QuarantinedState | null> {
  const row = await db.selectFrom('quarantine').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toQuarantined(row) : null;
}

/** The state itself, as it was stored; null when the actor had none. */
export async function quarantinedState(db: Database, { actorId, seq }: Pick<QuarantinedState, 'actorId' | 'seq'>): Promise<Json> {
  const row = await db.selectFrom('snapshot').select('state').where('actor_id', '=', actorId).where('seq', '=', seq).executeTakeFirst();
  return (row?.state as Json | undefined) ?? null;
}

/** False when it was acknowledged before. */
export async function acknowledgeQuarantine(db: Database, id: number, { by, at }: { by: string; at: number }): Promise<boolean> {
  const row = await db
    .updateTable('quarantine')
    .set({ acknowledged_at: new Date(at), acknowledged_by: by })
    .where('id', '=', id)
    .where('acknowledged_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

interface Row {
  readonly id: number;
  readonly actor_id: string;
  readonly seq: number;
  readonly at: Date;
  readonly version: string;
  readonly chart_hash: string;
  readonly code: string;
  readonly why: string;
  readonly acknowledged_at: Date | null;
  readonly acknowledged_by: string | null;
}

function toQuarantined(row: Row): QuarantinedState {
  const { id, seq, version, code, why } = row;
  return {
    id,
    actorId: row.actor_id,
    seq,
    at: row.at.getTime(),
    version,
    chartHash: row.chart_hash,
    code,
    why,
    acknowledgedAt: row.acknowledged_at?.getTime() ?? null,
    acknowledgedBy: row.acknowledged_by,
  };
}
