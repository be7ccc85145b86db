import { appendTogether } from '../storage/append-group.ts';
import { type Database, isAway } from '../storage/database.ts';
import type { ActorHead, Append } from '../storage/journal.ts';
import { type JournalEntry, type JournalEvent, plainJson, seal } from '../storage/journal-entry.ts';
import type { StoredTimer } from '../storage/timers.ts';
import type { WriteAheadFile } from '../storage/write-ahead.ts';
import type { DatabaseWatch } from './database-watch.ts';
import type { ActivationFence } from './fence.ts';
import { copyWriteAhead } from './write-ahead-copy.ts';

/** A turn as the ledger keeps it; its place (seq, hash) is given here. */
export interface TurnRecord extends Omit<Append, 'entry' | 'performedSeq'> {
  readonly event: JournalEvent;
}

/**
 * `journal`: only the database will do. `local`: the local file will do while the database is away; what happened, happened,
 * so it takes effect even when the local file fails, and the loss is counted.
 */
export type Durability = 'journal' | 'local';

export type CommitResult =
  | { readonly ok: true; readonly kept: 'journal' | 'local' | 'nowhere'; readonly entry: JournalEntry }
  | { readonly ok: false; readonly code: 'journal-unavailable' | 'fenced' | 'duplicate' | 'not-storable'; readonly message: string };

export interface LedgerOptions {
  readonly db: Database;
  readonly actorId: string;
  readonly head: ActorHead;
  readonly fence: ActivationFence;
  readonly file: WriteAheadFile;
  readonly watch: DatabaseWatch;
  /** That run at the beginning. */
  readonly timers: readonly StoredTimer[];
}

/** The journal as one live actor sees it: its place in it, and the local file that stands in for it. */
export class Ledger {
  readonly #options: LedgerOptions;
  #place: { readonly seq: number; readonly hash: string };
  /** The journal's end as last known for certain. */
  #certain: { readonly seq: number; readonly hash: string };
  #unconfirmed: JournalEntry | null = null;
  #local = 0;
  #lost = 0;
  #performedSeq = 0;
  #markedSeq = 0;
  #timers: ReadonlyMap<string, StoredTimer>;
  #incomplete = false;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#place = options.head;
    this.#certain = options.head;
    this.#timers = new Map(options.timers.map(timer => [timer.id, timer]));
  }

  /** Seq of the last event that took effect; ahead of the journal while the database is away. */
  get seq(): number {
    return this.#place.seq;
  }

  get epoch(): number {
    return this.#options.fence.epoch;
  }

  /** Something waits to be copied or cleared up once the database is back. */
  get behind(): boolean {
    return this.#local > 0 || this.#lost > 0 || this.#unconfirmed !== null;
  }

  /** The database cannot take an append now. */
  get away(): boolean {
    return !this.#options.watch.state.ok;
  }

  /** Events are missing from the journal: only a snapshot can restore the actor, so the next turn must bring one. */
  get needsSnapshot(): boolean {
    return this.#incomplete;
  }

  /** Effects up to this turn are with the driver; the next append marks them as done. */
  performed(seq: number): void {
    this.#performedSeq = seq;
  }

  /** Never throws. */
  async commit(turn: TurnRecord, durability: Durability): Promise<CommitResult> {
    if (!this.#options.fence.valid()) return fenced;
    const { actorId, watch } = this.#options;
    if (this.behind && watch.state.ok) await this.recover();
    const entry = seal(turn.event, { actorId, seq: this.#place.seq + 1, epoch: this.epoch, prevHash: this.#place.hash });
    if (watch.state.ok && !this.behind) {
      const result = await this.#append(entry, turn);
      if (result !== 'away') return result;
    }
    if (durability === 'journal') {
      return { ok: false, code: 'journal-unavailable', message: `The database does not answer: ${watch.state.cause}.` };
    }
    return this.#keepLocally(entry, turn);
  }

  async #append(entry: JournalEntry, { event: _, ...turn }: TurnRecord): Promise<CommitResult | 'away'> {
    const { db, fence, watch } = this.#options;
    try {
      const performed = this.#performedSeq;
      const result = await appendTogether(db, { ...turn, entry, performedSeq: performed > this.#markedSeq ? performed : 0 });
      if (result.ok) {
        this.#took(entry, turn);
        this.#certain = entry;
        this.#markedSeq = performed;
        if (turn.snapshot) this.#incomplete = false;
        return { ok: true, kept: 'journal', entry };
      }
      if (result.code === 'duplicate') return { ok: false, code: 'duplicate', message: 'The command was seen before.' };
      fence.revoke('another owner holds a newer epoch');
      return fenced;
    } catch (cause) {
      if (!isAway(cause)) return { ok: false, code: 'not-storable', message: cause instanceof Error ? cause.message : String(cause) };
      watch.reportTrouble(cause);
      // The statement may still have been carried out: whoever asks after the outage must look.
      this.#unconfirmed = entry;
      return 'away';
    }
  }

  async #keepLocally(entry: JournalEntry, turn: TurnRecord): Promise<CommitResult> {
    const { decisionSeq, command, effects, timers, deadLetter } = turn;
    const record = { entry, decisionSeq, command, effects, timers, deadLetter };
    const kept = await this.#options.file.append(plainJson(record));
    if (kept) this.#local += 1;
    else {
      this.#lost += 1;
      this.#incomplete = true;
    }
    this.#took(entry, turn);
    return { ok: true, kept: kept ? 'local' : 'nowhere', entry };
  }

  #took(entry: JournalEntry, { timers }: Pick<TurnRecord, 'timers'>): void {
    this.#place = entry;
    if (timers.stop.length + timers.start.length === 0) return;
    const running = new Map(this.#timers);
    for (const id of timers.stop) running.delete(id);
    for (const timer of timers.start) running.set(timer.id, { ...timer, seq: entry.seq });
    this.#timers = running;
  }

  /**
   * Copies what was written ahead into the journal, in order, once. False while the database is still away. `lost` events never
   * reached the disk: the journal says how many.
   */
  async recover(): Promise<boolean> {
    const { db, actorId, fence, file, watch } = this.#options;
    if (!this.behind || !fence.valid()) return true;
    try {
      const copied = await copyWriteAhead(db, {
        actorId,
        epoch: fence.epoch,
        file,
        certainSeq: this.#certain.seq,
        unconfirmed: this.#unconfirmed,
        lost: this.#lost,
        timers: [...this.#timers.values()],
      });
      if (!copied.ok) {
        fence.revoke('another owner holds a newer epoch');
        return false;
      }
      this.#place = this.#certain = copied.head;
      [this.#unconfirmed, this.#local, this.#lost] = [null, 0, 0];
      return true;
    } catch (cause) {
      watch.reportTrouble(cause);
      return false;
    }
  }
}

const fenced: CommitResult = { ok: false, code: 'fenced', message: 'This process no longer owns the equipment.' };
