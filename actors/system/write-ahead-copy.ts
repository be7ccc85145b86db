import { sql } from 'kysely';
import { z } from 'zod';
import { type Database, sqlState } from '../storage/database.ts';
import { type ActorHead, append, findCommand, readEvents, readHead } from '../storage/journal.ts';
import { type JournalEntry, type JournalEvent, type Json, seal } from '../storage/journal-entry.ts';
import { noTimerChange, replaceTimers, type StoredTimer } from '../storage/timers.ts';
import type { WriteAheadFile } from '../storage/write-ahead.ts';

const json = z.json() as unknown as z.ZodType<Json>;
const text = z.string().nullable();

/** What the ledger wrote ahead: a sealed entry with its provisional place, and what belongs to its turn. */
const recordSchema = z.object({
  entry: z.object({
    actorId: z.string(),
    seq: z.number(),
    epoch: z.number(),
    at: z.number(),
    type: z.string(),
    source: z.string(),
    commandId: text,
    correlationId: text,
    causationId: text,
    principal: json,
    data: json,
    value: json,
    prevHash: z.string(),
    hash: z.string(),
  }),
  decisionSeq: z.number(),
  command: z.object({ id: z.string(), result: json }).nullable(),
  effects: z.array(z.object({ effect: json, class: z.string() })),
  // Files of the first release have neither.
  timers: z
    .object({
      stop: z.array(z.string()),
      start: z.array(z.object({ id: z.string(), startedAt: z.number(), dueAt: z.number(), event: json })),
    })
    .default({ stop: [], start: [] }),
  deadLetter: z.object({ reason: z.string(), message: json }).nullable().default(null),
});
type WriteAheadRecord = z.infer<typeof recordSchema>;

export interface CopyRequest {
  readonly actorId: string;
  readonly epoch: number;
  readonly file: WriteAheadFile;
  /** The journal's end before the outage; null when the process that knew it is gone. */
  readonly certainSeq: number | null;
  /** The append whose outcome nobody knows. */
  readonly unconfirmed: JournalEntry | null;
  /** Events that took effect and reached no disk. */
  readonly lost: number;
  /** The timers that run now, voided and lost turns left out; null when the process that knew them is gone. */
  readonly timers: readonly StoredTimer[] | null;
}

export type CopyResult =
  | {
      readonly ok: true;
      readonly head: ActorHead;
      /** Records that the server could not store; a note stands in the journal for each. */
      readonly refused: number;
      /** Records of the file that are in the journal: 0 when it was emptied, all that were copied when others were added meanwhile. */
      readonly standing: number;
    }
  | { readonly ok: false; readonly code: 'fenced' };

/**
 * Copies a write-ahead file into the journal in one transaction and empties it. A crash in between copies nothing twice: the
 * transaction also remembers which file was copied. Nobody else's append comes in between: the actor's row is locked, and an append that
 * is still under way then finds its place taken. Throws when the database is away or refuses all of it.
 */
export async function copyWriteAhead(db: Database, request: CopyRequest): Promise<CopyResult> {
  const { file } = request;
  const records = (await file.records()).map(parseRecord);
  const result = await db.transaction().execute(tx => new Copy(tx, request).run(records));
  if (!result.ok) return result;
  return { ...result, standing: (await file.clear(records.length)) ? 0 : records.length };
}

/** Throws a TypeError, which is no sign of a lost database. */
function parseRecord(record: Json): WriteAheadRecord {
  const parsed = recordSchema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw new TypeError(`a record has a form that this release does not know (${parsed.error.issues[0]?.path.join('.')})`);
}

type Copied = { readonly ok: true; readonly head: ActorHead; readonly refused: number } | (CopyResult & { readonly ok: false });

class Copy {
  readonly #tx: Database;
  readonly #request: CopyRequest;
  #head: ActorHead = { epoch: 0, seq: 0, decisionSeq: 0, hash: '' };
  #refused = 0;

  constructor(tx: Database, request: CopyRequest) {
    this.#tx = tx;
    this.#request = request;
  }

  async run(records: readonly WriteAheadRecord[]): Promise<Copied> {
    await this.#lock();
    const head = await readHead(this.#tx, this.#request.actorId);
    if (head === null || head.epoch !== this.#request.epoch) return { ok: false, code: 'fenced' };
    this.#head = head;
    const already = await this.#alreadyCopied();
    const rest = already > 0 ? records.slice(already) : await this.#withoutJournaled(records);
    if (already === 0) await this.#voidUnconfirmed(records[0]);
    for (const record of rest) {
      if (!(await this.#addOrSay(record))) return { ok: false, code: 'fenced' };
    }
    if (this.#request.lost > 0 && !(await this.#add(gapNote(rest.at(-1)?.entry.at ?? 0, this.#request.lost), null))) {
      return { ok: false, code: 'fenced' };
    }
    await this.#shutOut(head.seq);
    if (this.#request.timers) await replaceTimers(this.#tx, this.#request.actorId, this.#request.timers);
    await this.#remember(records.length);
    return { ok: true, head: this.#head, refused: this.#refused };
  }

  /** In a statement of its own: the next one then sees what whoever held the lock has written. */
  async #lock(): Promise<void> {
    await this.#tx.selectFrom('actor').select('id').where('id', '=', this.#request.actorId).forNoKeyUpdate().execute();
  }

  /** An append that nobody saw end, and that has not happened, may still come: its place is taken, so that it never will. */
  async #shutOut(before: number): Promise<void> {
    const { unconfirmed } = this.#request;
    if (unconfirmed === null || this.#head.seq > before || before >= unconfirmed.seq) return;
    const { at, type, commandId } = unconfirmed;
    await this.#add({ ...emptyNote, at, type: 'turn.abandoned', data: { type, commandId } }, null);
  }

  /** One record that cannot be stored must not keep all later ones from the journal: a note stands in for it. */
  async #addOrSay(record: WriteAheadRecord): Promise<boolean> {
    await sql`savepoint record`.execute(this.#tx);
    try {
      const added = await this.#add(record.entry, record);
      await sql`release savepoint record`.execute(this.#tx);
      return added;
    } catch (cause) {
      if (!/^(22|23|54)/.test(sqlState(cause) ?? '')) throw cause;
      await sql`rollback to savepoint record`.execute(this.#tx);
      this.#refused += 1;
      return this.#add(gapNote(record.entry.at, 1, { event: record.entry.type, why: String(cause) }), null);
    }
  }

  /** A report whose append was never confirmed may stand in the journal and in the file. */
  async #withoutJournaled(records: readonly WriteAheadRecord[]): Promise<readonly WriteAheadRecord[]> {
    const first = records[0];
    if (!first || first.entry.seq > this.#head.seq) return records;
    const [standing] = await readEvents(this.#tx, this.#request.actorId, { after: first.entry.seq - 1, limit: 1 });
    return standing?.hash === first.entry.hash ? records.slice(1) : records;
  }

  /**
   * A command that was refused as `journal-unavailable` but whose append went through after all: it was not performed, so the
   * journal must not claim it. The event stays (append-only) and is voided by a note; its stored reply becomes the true one.
   */
  async #voidUnconfirmed(first: WriteAheadRecord | undefined): Promise<void> {
    const { unconfirmed, certainSeq, actorId } = this.#request;
    if (unconfirmed === null || certainSeq === null || this.#head.hash !== unconfirmed.hash) return;
    if (first?.entry.hash === unconfirmed.hash) return;
    await this.#add({ ...emptyNote, at: unconfirmed.at, type: 'turn.voided', data: { seq: unconfirmed.seq } }, null);
    await this.#forgetSnapshot(unconfirmed.seq);
    if (unconfirmed.commandId === null) return;
    const result = JSON.stringify({ outcome: 'journal-unavailable', seq: 0, reasons: [] });
    await this.#tx
      .updateTable('command')
      .set({ result })
      .where('actor_id', '=', actorId)
      .where('command_id', '=', unconfirmed.commandId)
      .execute();
    await this.#tx
      .updateTable('outbox')
      .set({ state: 'voided' })
      .where('actor_id', '=', actorId)
      .where('seq', '=', unconfirmed.seq)
      .execute();
  }

  /** A state after a turn that counts as not taken is nobody's. */
  async #forgetSnapshot(seq: number): Promise<void> {
    await this.#tx.deleteFrom('snapshot').where('actor_id', '=', this.#request.actorId).where('seq', '=', seq).execute();
  }

  async #add(event: JournalEvent, record: WriteAheadRecord | null): Promise<boolean> {
    const { actorId, epoch } = this.#request;
    const command = record?.command ?? null;
    const isNew = command !== null && (await findCommand(this.#tx, actorId, command.id)) === null;
    const entry = seal(pick(event), { actorId, epoch, seq: this.#head.seq + 1, prevHash: this.#head.hash });
    const decisionSeq = record?.decisionSeq ?? this.#head.decisionSeq;
    const result = await append(this.#tx, {
      entry,
      decisionSeq,
      status: null,
      command: isNew ? command : null,
      effects: record?.effects ?? [],
      snapshot: null,
      timers: record?.timers ?? noTimerChange,
      deadLetter: record?.deadLetter ?? null,
      replayed: null,
      performedSeq: 0,
    });
    if (result.ok) this.#head = { epoch, decisionSeq, seq: entry.seq, hash: entry.hash };
    return result.ok;
  }

  get #name(): string {
    return `write-ahead:${this.#request.actorId}`;
  }

  /** How many records of this very file were copied by a process that died before it could empty the file. */
  async #alreadyCopied(): Promise<number> {
    const row = await this.#tx.selectFrom('projection').select('position').where('name', '=', this.#name).executeTakeFirst();
    return row?.position?.file === this.#request.file.fileId ? Number(row?.position?.records) : 0;
  }

  async #remember(records: number): Promise<void> {
    const position = JSON.stringify({ file: this.#request.file.fileId, records });
    await this.#tx
      .insertInto('projection')
      .values({ name: this.#name, position })
      .onConflict(conflict => conflict.column('name').doUpdateSet({ position }))
      .execute();
  }
}

const emptyNote = { source: 'note', commandId: null, correlationId: null, causationId: null, principal: null, value: null } as const;

function gapNote(at: number, events: number, more: Readonly<Record<string, string>> = {}): JournalEvent {
  return { ...emptyNote, at, type: 'journal.gap', data: { events, ...more } };
}

/** The event without its provisional place. */
function pick(event: JournalEvent): JournalEvent {
  const { at, type, source, commandId, correlationId, causationId, principal, data, value } = event;
  return { at, type, source, commandId, correlationId, causationId, principal, data, value };
}
