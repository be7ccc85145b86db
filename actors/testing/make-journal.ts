import { sql } from 'kysely';
import type { Database } from '../storage/database.ts';
import { genesisHash, type JournalEntry, seal } from '../storage/journal-entry.ts';

/** How much to make. */
export interface JournalSize {
  readonly actors: number;
  readonly eventsEach: number;
}

const batch = 2_000;

/** Fills a scratch database with sound chains of events such as a mill has, fast: not through turns. */
export async function makeJournal(db: Database, { actors, eventsEach }: JournalSize): Promise<void> {
  for (let n = 1; n <= actors; n += 1) await makeChain(db, `equipment/made-${n}`, eventsEach);
}

async function makeChain(db: Database, actorId: string, events: number): Promise<void> {
  await sql`insert into actor (id, kind, chart, version, chart_hash, epoch, seq) values (${actorId}, 'equipment', 'equipment', '1.0.0', 'made', 1, ${events})`.execute(
    db,
  );
  let prevHash = genesisHash;
  for (let from = 1; from <= events; from += batch) {
    const entries = Array.from({ length: Math.min(batch, events - from + 1) }, (_, i) => {
      const entry = madeEntry({ actorId, seq: from + i, prevHash });
      prevHash = entry.hash;
      return entry;
    });
    await insert(db, entries);
  }
}

function madeEntry(place: { actorId: string; seq: number; prevHash: string }): JournalEntry {
  const none = { commandId: null, correlationId: null, causationId: null };
  const at = 1_700_000_000_000 + place.seq * 137;
  const principal = { kind: 'user', id: 'anna', name: 'Anna', role: 'operator', onBehalfOf: null };
  const data = { at, text: 'ok', position: { x: place.seq % 300, y: -12.5, z: -3 }, state: 'Run' };
  const value = { execution: 'Execute', connection: 'online', mode: 'processing', occupancy: { taken: 'here' } };
  return seal({ ...none, at, type: 'device.status', source: 'device', principal, data, value }, { ...place, epoch: 1 });
}

async function insert(db: Database, entries: readonly JournalEntry[]): Promise<void> {
  await sql`
    insert into event (actor_id, seq, epoch, at, type, source, principal, data, value, prev_hash, hash)
    select e->>'actorId', (e->>'seq')::bigint, 1, to_timestamp((e->>'at')::numeric / 1000), e->>'type', e->>'source',
      e->'principal', e->'data', e->'value', e->>'prevHash', e->>'hash'
    from jsonb_array_elements(${JSON.stringify(entries)}::jsonb) e`.execute(db);
}
