import { appendTogether } from '../storage/append-group.ts';
import { type Database, isAway } from '../storage/database.ts';
import type { ActorHead, Append } from '../storage/journal.ts';
import { type JournalEntry, type JournalEvent, plainJson, seal } from '../storage/journal-entry.ts';
import type { StoredTimer } from '../storage/timers.ts';
import type { WriteAheadFile } from '../storage/write-ahead.ts';
import type { DatabaseWatch } from './database-watch.ts';
import type { ActivationFence } from './fence.ts';
import { type Haste, late } from './haste.ts';
import type { Log } from './ports.ts';
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

/** How a turn is to be written down. */
export interface CommitTerms {
  readonly durability: Durability;
  /** Who must not wait for a database that does not answer. */
  readonly haste: Haste;
}

/** `message` of `journal-unavailable` is the cause in words, without a full stop. */
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
  readonly log: Log;
}

/** The journal as one live actor sees it: its place in it, and the local file that stands in for it. */
export class Ledger {
  readonly #options: LedgerOptions;
  #place: { readonly seq: number; readonly hash: string };
  /** The journal's end as last known for certain. */
  #certain: { readonly seq: number; readonly hash: string };
  #unconfirmed: JournalEntry | null = null;
  /** Records of the file that are in the journal: others came while they were copied. */
  #copied = 0;
  #lost = 0;
  /** Why the server refuses what was written ahead; null: it does not. */
  #refusal: string | null = null;
  #recovering: Promise<boolean> | null = null;
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

  /** Seq of the last event that took effect; ahead of the journal while the database is away. It never falls. */
  get seq(): number {
    return this.#place.seq;
  }

  get epoch(): number {
    return this.#options.fence.epoch;
  }

  /** Something waits to be copied or cleared up once the database is back. */
  get behind(): boolean {
    return this.#options.file.count > this.#copied || this.#lost > 0 || this.#unconfirmed !== null;
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
  async commit(turn: TurnRecord, { durability, haste }: CommitTerms): Promise<CommitResult> {
    if (!this.#options.fence.valid()) return fenced;
    const { actorId, watch } = this.#options;
    if (this.behind && watch.state.ok) await haste.within(this.recover());
    const entry = seal(turn.event, { actorId, seq: this.#place.seq + 1, epoch: this.epoch, prevHash: this.#place.hash });
    if (watch.state.ok && !this.behind) {
      const result = await this.#append(entry, turn, haste);
      if (result !== 'unknown') return result;
    }
    if (durability === 'journal') return { ok: false, code: 'journal-unavailable', message: this.#cause };
    return this.#keepLocally(entry, turn);
  }

  get #cause(): string {
    const { state } = this.#options.watch;
    return state.ok ? (this.#refusal ?? 'it is slow to answer, and a stop does not wait for it') : state.cause;
  }

  /** `unknown`: the statement may have been carried out or may still be; whoever asks for the journal's end must look. */
  async #append(entry: JournalEntry, turn: TurnRecord, haste: Haste): Promise<CommitResult | 'unknown'> {
    const { db, fence, watch } = this.#options;
    const performed = this.#performedSeq;
    const { event: _, ...rest } = turn;
    const appending = appendTogether(db, { ...rest, entry, performedSeq: performed > this.#markedSeq ? performed : 0 });
    try {
      const result = await haste.within(appending);
      if (result === late) {
        this.#unconfirmed = entry;
        void this.#lookAfter(appending);
        return 'unknown';
      }
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
      if (!isAway(cause)) return { ok: false, code: 'not-storable', message: textOf(cause) };
      watch.reportTrouble(cause);
      this.#unconfirmed = entry;
      return 'unknown';
    }
  }

  /** An append that nobody waits for any more: when it is over, the journal is looked at. */
  async #lookAfter(appending: Promise<unknown>): Promise<void> {
    const { watch } = this.#options;
    await appending.catch(cause => {
      if (isAway(cause)) watch.reportTrouble(cause);
    });
    if (watch.state.ok) await this.recover();
  }

  async #keepLocally(entry: JournalEntry, turn: TurnRecord): Promise<CommitResult> {
    const { decisionSeq, command, effects, timers, deadLetter } = turn;
    const record = { entry, decisionSeq, command, effects, timers, deadLetter };
    const kept = await this.#options.file.append(plainJson(record));
    // The lost events of an outage become one note in the journal, so only the first of them takes a place: if each took one, everybody would
    // have heard of places beyond the journal's end, and would call old whatever follows the outage.
    const places = kept || this.#lost === 0 ? 1 : 0;
    if (!kept) {
      this.#lost += 1;
      this.#incomplete = true;
    }
    // Counted from now: what was copied meanwhile may have moved the end beyond the place that this event was given.
    const taken = { ...entry, seq: this.#place.seq + places };
    this.#took(taken, turn);
    return { ok: true, kept: kept ? 'local' : 'nowhere', entry: taken };
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
   * Copies what was written ahead into the journal, in order, once. False while the database is away or refuses it. `lost` events
   * never reached the disk: the journal says how many. Two who ask at the same time get the same answer. Never throws.
   */
  recover(): Promise<boolean> {
    this.#recovering ??= this.#recover().finally(() => {
      this.#recovering = null;
    });
    return this.#recovering;
  }

  async #recover(): Promise<boolean> {
    const { db, actorId, fence, file } = this.#options;
    if (!this.behind || !fence.valid()) return true;
    const lost = this.#lost;
    try {
      const copied = await copyWriteAhead(db, {
        actorId,
        epoch: fence.epoch,
        file,
        certainSeq: this.#certain.seq,
        unconfirmed: this.#unconfirmed,
        lost,
        timers: [...this.#timers.values()],
      });
      if (!copied.ok) {
        fence.revoke('another owner holds a newer epoch');
        return false;
      }
      [this.#unconfirmed, this.#copied, this.#lost, this.#refusal] = [null, copied.standing, this.#lost - lost, null];
      this.#certain = copied.head;
      if (copied.refused > 0) this.#incomplete = true;
      if (!this.behind) this.#place = copied.head;
      return true;
    } catch (cause) {
      this.#notCopied(cause);
      return false;
    }
  }

  /** Away is said by the watch; a refusal by the server that is there has another way out, and is said once. */
  #notCopied(cause: unknown): void {
    const { watch, log, actorId } = this.#options;
    if (isAway(cause)) {
      watch.reportTrouble(cause);
      return;
    }
    const refusal = `it does not take what was written down locally: ${textOf(cause)}`;
    if (refusal !== this.#refusal) log(`${actorId}: the database is there, but ${refusal}; it is kept and tried again`);
    this.#refusal = refusal;
  }
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

const fenced: CommitResult = { ok: false, code: 'fenced', message: 'This process no longer owns the equipment.' };
