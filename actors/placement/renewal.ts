import { sql } from 'kysely';
import type { ChartForm } from '../../statecharts/migrations.ts';
import type { Database } from '../storage/database.ts';
import type { LeaseTimes } from '../system/lease.ts';

/** Counts on: a challenger that sees another number than before knows that the process lives. Rejects when the database is away. */
export async function renewInDatabase(db: Database, who: { node: string; boot: string }, times: LeaseTimes): Promise<void> {
  const position = JSON.stringify({ boot: who.boot, n: 1, ttlMs: times.ttlMs });
  await sql`
    insert into projection (name, position) values (${nameOf(who.node)}, ${position}::jsonb)
    on conflict (name) do update set position =
      ${position}::jsonb || jsonb_build_object('n', coalesce((projection.position->>'n')::bigint, 0) + 1)`.execute(db);
}

/** An equipment that any node may own, and how its owner last showed itself in the database. */
export interface Seat {
  readonly equipment: string;
  readonly type: string;
  readonly settings: unknown;
  /** 0 for one that nobody ever owned. */
  readonly epoch: number;
  /** Form of the chart of its last owner; null when nobody ever owned it. */
  readonly chart: ChartForm | null;
  /** Node and process that own it; null when it was given back in order, or never owned. */
  readonly owner: { readonly node: string; readonly boot: string } | null;
  /** The owner's count of renewals; null when the row is another process's, or there is none. */
  readonly renewal: { readonly n: number; readonly ttlMs: number } | null;
}

/** Every equipment without a node of its own. Rejects when the database is away. */
export async function readSeats(db: Database): Promise<Seat[]> {
  const { rows } = await sql<SeatRow>`
    select e.id, e.type, e.settings, coalesce(a.epoch, 0)::bigint as epoch, a.owner, a.nonce,
      a.version, a.chart_hash, p.position
    from equipment e
      left join actor a on a.id = 'equipment/' || e.id
      left join projection p on p.name = 'lease:' || a.owner
    where e.node is null and e.removed_at is null order by e.id`.execute(db);
  return rows.map(toSeat);
}

interface SeatRow {
  readonly id: string;
  readonly type: string;
  readonly settings: unknown;
  readonly epoch: number;
  readonly owner: string | null;
  readonly nonce: string | null;
  readonly version: string | null;
  readonly chart_hash: string | null;
  readonly position: { readonly boot?: string; readonly n?: number; readonly ttlMs?: number } | null;
}

function toSeat({ id, type, settings, epoch, owner, nonce, position, version, chart_hash: hash }: SeatRow): Seat {
  const own = owner === null || nonce === null ? null : { node: owner, boot: nonce };
  const renewal = own && position?.boot === own.boot ? { n: Number(position.n), ttlMs: Number(position.ttlMs) } : null;
  const chart = version === null || hash === null ? null : { version, hash };
  return { equipment: id, type, settings, epoch, chart, owner: own, renewal };
}

function nameOf(node: string): string {
  return `lease:${node}`;
}
