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
  const { db, actorId, watch, clock, log } = request;
  const { file, past } = await readPast(request);
  const epoch = await acquire(db, { ...request, expectedEpoch: request.expectedEpoch ?? past.head?.epoch ?? 0 });
  if (epoch === null) {
    await file.close();
    return { ok: false, code: 'contended' };
  }
  const [now, unfinished, kept] = await Promise.all([readHead(db, actorId), settleOutbox(db, actorId), readTimers(db, actorId)]);
  // An owner that had not heard of its end may have written until the epoch was raised; nobody can any more.
  const { head, restored } = now?.seq === (past.head?.seq ?? 0) ? past : await readState(request);
  const standing = head ? { ...head, epoch } : { epoch, seq: 0, decisionSeq: 0, hash: genesisHash };
  const timers = await timersOf(request, { restored, kept, seq: standing.seq, startedAt: clock.now() });
  const fence = new ActivationFence(epoch, request.tenure);
  const ledger = new Ledger({ db, actorId, head: standing, fence, file, watch, timers, log });
  const livedBefore = past.head !== null;
  return {
    ok: true,
    activation: { ledger, fence, file, ...restored, decisionSeq: standing.decisionSeq, livedBefore, timers, unfinished },
  };
}

/** The journal as it stands when nothing waits in the file any more. Disk and database are asked at once: a machine waits for both. */
async function readPast(request: ActivationRequest) {
  const [{ file, copied }, early] = await Promise.all([copyLeftovers(request), readState(request)]);
  return { file, past: copied ? await readState(request) : early };
}

/** The head first: what is replayed after it may only be more. */
async function readState({ db, chart, actorId }: ActivationRequest): Promise<{ head: ActorHead | null; restored: Restored }> {
  const head = await readHead(db, actorId);
  return { head, restored: await restoreState(db, chart, actorId) };
}

/** What a dead process wrote ahead under its epoch is copied before anybody raises that epoch. `copied`: the journal may have grown. */
async function copyLeftovers(request: ActivationRequest): Promise<{ file: WriteAheadFile; copied: boolean }> {
  const { writeAheadPath } = request;
  if (writeAheadPath === null) return { file: noWriteAhead, copied: false };
  const file = await openWriteAhead(writeAheadPath);
  const [first] = file.count > 0 ? await file.records() : [];
  if (first === undefined) return { file, copied: false };
  return { file: await copyOrSetAside(request, { file, path: writeAheadPath, first }), copied: true };
}

interface Leftover {
  readonly file: WriteAheadFile;
  readonly path: string;
  readonly first: Json;
}

async function copyOrSetAside({ db, actorId, clock, log }: ActivationRequest, { file, path, first }: Leftover): Promise<WriteAheadFile> {
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
  const aside = `${path}.foreign-${clock.now()}`;
  log(`${actorId}: its write-ahead file belongs to an older ownership and is set aside as ${aside}`);
  await file.close();
  await rename(path, aside);
  return openWriteAhead(path);
}

/** The epoch under which a file was written: when another owner has raised it since, the file is not part of the history any more. */
function epochOf(record: Json): number {
  const entry = typeof record === 'object' && record !== null && 'entry' in record ? record.entry : null;
  return typeof entry === 'object' && entry !== null && 'epoch' in entry ? Number(entry.epoch) : 0;
}

interface TimersOf {
  readonly restored: Restored;
  readonly kept: readonly StoredTimer[];
  readonly seq: number;
  readonly startedAt: number;
}

/** A state that is left alone leaves its delays too; one that was taken over may bring new ones. */
async function timersOf({ db, actorId }: ActivationRequest, { restored, kept, seq, startedAt }: TimersOf): Promise<readonly StoredTimer[]> {
  const goOn = restored.quarantine ? [] : kept;
  const more = restored.timers
    .filter(({ id }) => !goOn.some(timer => timer.id === id))
    .map(({ id, ms }) => ({ id, startedAt, dueAt: startedAt + ms, event: { type: 'timer.fired', id }, seq }));
  if (restored.quarantine || more.length > 0) await replaceTimers(db, actorId, [...goOn, ...more]);
  return [...goOn, ...more];
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
