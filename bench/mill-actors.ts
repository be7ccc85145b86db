import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sql } from 'kysely';
import { equipmentKind } from '../actors/equipment/equipment-kind.ts';
import type { Database } from '../actors/storage/database.ts';
import { genesisHash } from '../actors/storage/journal-entry.ts';
import { noWriteAhead } from '../actors/storage/write-ahead.ts';
import { ActivationFence } from '../actors/system/fence.ts';
import { Ledger } from '../actors/system/ledger.ts';
import { type Committed, LiveActor } from '../actors/system/live-actor.ts';
import { realClock } from '../actors/system/real-ports.ts';
import { SwitchedWatch } from '../actors/testing/test-actor.ts';
import type { EquipmentStatus } from '../statecharts/equipment/status.ts';
import { arrival, millInput } from '../statecharts/equipment/test-bench.ts';

/** Whole mills as a node runs them, save for driver, line and write-ahead file: 10,000 of those are 10 GB of disk and tell nothing of the turn. */
export type MillActor = LiveActor<EquipmentStatus>;

const watch = new SwitchedWatch();

/** Their ids, which no other run used. */
export function millIds(count: number): readonly string[] {
  const run = randomUUID().slice(0, 8);
  return Array.from({ length: count }, (_, i) => `mill-${run}-${i}`);
}

/** The rows under which `startMill` may write. */
export async function acquireMills(db: Database, ids: readonly string[]): Promise<void> {
  const actors = JSON.stringify(ids.map(id => `equipment/${id}`));
  await sql`insert into actor (id, kind, chart, version, chart_hash, epoch)
    select id, 'equipment', 'equipment', '0', '0', 1 from jsonb_array_elements_text(${actors}::jsonb) id`.execute(db);
}

interface Beginning {
  /** A persisted state to go on from; null begins anew. */
  readonly from?: unknown;
  /** Hears of each turn. */
  readonly committed?: (turn: Committed<EquipmentStatus>) => void;
}

/** An actor that has not had a turn yet, or one that goes on from a persisted state. */
export function startMill(db: Database, id: string, { from = null, committed = () => undefined }: Beginning = {}): MillActor {
  const actorId = `equipment/${id}`;
  const fence = new ActivationFence(1);
  const head = { epoch: 1, seq: 0, decisionSeq: 0, hash: genesisHash };
  return new LiveActor({
    chart: equipmentKind({ ...millInput, id, name: id }, () => null),
    db,
    ledger: new Ledger({ db, actorId, head, fence, file: noWriteAhead, watch, timers: [], log: console.error }),
    fence,
    watch,
    clock: realClock,
    log: console.error,
    actorId,
    from,
    decisionSeq: 0,
    timers: [],
    degraded: () => [],
    perform: () => undefined,
    committed,
  });
}

/** Brings it online by the reports of a device. */
export async function bringOnline(mill: MillActor): Promise<void> {
  for (const event of arrival) mill.post('report', { kind: 'event', source: 'device', event: { ...event } });
  await mill.idle();
}

/** One turn: the device reports another zero point, which changes what is decided and shown. */
export async function oneTurn(mill: MillActor, i: number): Promise<void> {
  const event = { type: 'device.offsets', offsets: { G54: { x: -i, y: -100, z: -20 } }, at: Date.now() };
  mill.post('report', { kind: 'event', source: 'device', event });
  await mill.idle();
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes on the heap that are still needed. */
export function heapInUse(): number {
  for (let i = 0; i < 4; i += 1) collect();
  return process.memoryUsage().heapUsed;
}
