import { rename } from 'node:fs/promises';
import type { Database } from '../storage/database.ts';
import { type ActorHead, acquire, readHead, type ShardStanding } from '../storage/journal.ts';
import { genesisHash, type Json } from '../storage/journal-entry.ts';
import { readTimers, replaceTimers, type StoredTimer } from '../storage/timers.ts';
import { noWriteAhead, openWriteAhead, type WriteAheadFile } from '../storage/write-ahead.ts';
import type { Chart } from './chart.ts';
import type { DatabaseWatch } from './database-watch.ts';
import { ActivationFence } from './fence.ts';
import type { Tenure } from './lease.ts';
import { Ledger } from './ledger.ts';
import type { Clock, Log } from './ports.ts';
import { type Restored, restoreState } from './restore.ts';
import { copyWriteAhead } from './write-ahead-copy.ts';

export interface ActivationRequest {
  readonly db: Database;
  readonly watch: DatabaseWatch;
  readonly chart: Chart;
  readonly actorId: string;
  readonly kind: string;
  readonly owner: string;
  readonly nonce: string;
  /** Null for an actor that takes nothing while the database is away. */
  readonly writeAheadPath: string | null;
  /** The lease under which it acts; none where nobody else can reach the device. */
  readonly tenure?: Tenure;
  /** The lease shard under which it is taken, and only while that is held. */
  readonly shard?: ShardStanding | null;
  /** Takes it over only from this epoch, at which the right to do so was looked at. */
  readonly expectedEpoch?: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** The right to run an actor and everything its past left behind. */
export interface Activation {
  readonly ledger: Ledger;
  readonly fence: ActivationFence;
  readonly file: WriteAheadFile;
  /** Persisted state, or null for a new life. */
  readonly from: unknown;
  readonly migrated: Restored['migrated'];
  readonly quarantine: Restored['quarantine'];
  readonly decisionSeq: number;
  /** False for an actor that never lived before. */
  readonly livedBefore: boolean;
  /** Delays of the life before that have not run out in a turn. */
  readonly timers: readonly StoredTimer[];
  /** Effects that were written down but perhaps not done when the last owner died. */
  readonly unfinished: readonly { readonly seq: number; readonly effect: Json; readonly class: string }[];
}

export type ActivationResult = { readonly ok: true; readonly activation: Activation } | { readonly ok: false; readonly code: 'contended' };

/**
 * Takes an actor over: first what was written ahead goes into the journal, then the state is read, then the epoch is raised.
 * `contended` when another process raised it in between. Throws when the database is away.
 */
export async function activate(request: ActivationRequest): Promise<ActivationResult> {
  const { db, chart, actorId, watch } = request;
  const file = await copyLeftovers(request);
  const before = await readHead(db, actorId);
  const restored = await restoreState(db, chart, actorId);
  const expectedEpoch = request.expectedEpoch ?? before?.epoch ?? 0;
  const epoch = await acquire(db, { ...request, expectedEpoch });
  if (epoch === null) {
    await file.close();
    return { ok: false, code: 'contended' };
  }
  const head: ActorHead = { epoch, seq: before?.seq ?? 0, decisionSeq: before?.decisionSeq ?? 0, hash: before?.hash ?? genesisHash };
  const fence = new ActivationFence(epoch, request.tenure);
  const timers = await timersOf(request, restored, head.seq);
  const ledger = new Ledger({ db, actorId, head, fence, file, watch, timers, log: request.log });
  const unfinished = await settleOutbox(db, actorId);
  const livedBefore = before !== null;
  return { ok: true, activation: { ledger, fence, file, ...restored, decisionSeq: head.decisionSeq, livedBefore, timers, unfinished } };
}

/** What a dead process wrote ahead under its epoch is copied before anybody raises that epoch. */
async function copyLeftovers({ db, actorId, writeAheadPath, clock, log }: ActivationRequest): Promise<WriteAheadFile> {
  if (writeAheadPath === null) return noWriteAhead;
  const file = await openWriteAhead(writeAheadPath);
  const [first] = await file.records();
  if (first === undefined) return file;
  const copied = await copyWriteAhead(db, {
    actorId,
    epoch: epochOf(first),
    file,
    certainSeq: null,
    unconfirmed: null,
    lost: 0,
    timers: null,
  });
  if (copied.ok) return file;
  const aside = `${writeAheadPath}.foreign-${clock.now()}`;
  log(`${actorId}: its write-ahead file belongs to an older ownership and is set aside as ${aside}`);
  await file.close();
  await rename(writeAheadPath, aside);
  return openWriteAhead(writeAheadPath);
}

/** The epoch under which a file was written: when another owner has raised it since, the file is not part of the history any more. */
function epochOf(record: Json): number {
  const entry = typeof record === 'object' && record !== null && 'entry' in record ? record.entry : null;
  return typeof entry === 'object' && entry !== null && 'epoch' in entry ? Number(entry.epoch) : 0;
}

/** A state that is left alone leaves its delays too; one that was taken over may bring new ones. */
async function timersOf({ db, actorId, clock }: ActivationRequest, restored: Restored, seq: number): Promise<readonly StoredTimer[]> {
  const kept = restored.quarantine ? [] : await readTimers(db, actorId);
  const startedAt = clock.now();
  const more = restored.timers
    .filter(({ id }) => !kept.some(timer => timer.id === id))
    .map(({ id, ms }) => ({ id, startedAt, dueAt: startedAt + ms, event: { type: 'timer.fired', id }, seq }));
  if (restored.quarantine || more.length > 0) await replaceTimers(db, actorId, [...kept, ...more]);
  return [...kept, ...more];
}

/** Nothing physical is repeated: an intent without outcome is marked indeterminate, the rest is left to whoever asks. */
async function settleOutbox(db: Database, actorId: string) {
  const rows = await db
    .updateTable('outbox')
    .set(eb => ({ state: eb.case().when('class', '=', 'physical').then('indeterminate').else('dropped').end() }))
    .where('actor_id', '=', actorId)
    .where('state', '=', 'pending')
    .returning(['seq', 'effect', 'class'])
    .execute();
  return rows.map(row => ({ seq: row.seq, effect: row.effect as Json, class: row.class }));
}
