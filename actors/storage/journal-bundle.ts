import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Database } from './database.ts';
import { readEvents } from './journal.ts';
import { canonical, genesisHash, type JournalEntry, type Json, plainJson } from './journal-entry.ts';
import { type ChainHead, type ChainTrouble, linkTrouble } from './verify-journal.ts';

const json = z.json() as unknown as z.ZodType<Json>;
const text = z.string().nullable();

const headerSchema = z.strictObject({
  bundle: z.literal('wit-journal'),
  /** 1 had no snapshots and no sum over the lines. */
  v: z.union([z.literal(1), z.literal(2)]),
  actor: z.string(),
  chart: z.strictObject({ id: z.string(), version: z.string(), hash: z.string() }),
  from: z.number().int().min(1),
  /** Hash of the event before the first. */
  prevHash: z.string(),
});
export type BundleHeader = z.infer<typeof headerSchema>;

const entrySchema = z.strictObject({
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
});

const snapshotSchema = z.strictObject({
  /** The event whose state it is; right before the first event of the bundle or any in it. */
  snapshot: z.number(),
  version: z.string(),
  chartHash: z.string(),
  /** SHA-256 of the state in canonical form, hex. */
  hash: z.string(),
  state: json,
});

/** What else the database had of the actor, row by row; kept, not interpreted. */
const rowSchema = z.strictObject({ row: z.enum(['command', 'outbox', 'timer', 'status']), of: json });
const footerSchema = z.strictObject({
  end: z.literal(true),
  events: z.number(),
  hash: z.string(),
  /** SHA-256, hex, of every line before this one; since form 2. */
  sum: z.string().optional(),
});

/** A snapshot as a bundle carries it. */
export interface BundledSnapshot {
  readonly seq: number;
  readonly version: string;
  readonly chartHash: string;
  readonly hash: string;
  readonly state: Json;
}

/** A bundle in memory. */
export interface Bundle {
  readonly header: BundleHeader;
  readonly entries: readonly JournalEntry[];
  readonly snapshots: readonly BundledSnapshot[];
}

export interface SliceAsked {
  readonly actorId: string;
  /** First seq, default 1. */
  readonly from?: number;
  /** Last seq; default the end of the journal. */
  readonly to?: number;
}

/**
 * A slice of an actor's journal as lines of JSON: what it belongs to, every event with its hashes and the snapshots between, and an end
 * that tells a file cut short from a whole one. A whole journal brings its other rows too. Yields nothing when the actor never lived.
 */
export async function* exportSlice(db: Database, { actorId, from = 1, to = Number.MAX_SAFE_INTEGER }: SliceAsked): AsyncIterable<string> {
  const row = await db
    .selectFrom('actor')
    .select(['chart', 'version', 'chart_hash', 'status'])
    .where('id', '=', actorId)
    .executeTakeFirst();
  if (!row) return;
  const chart = { id: row.chart, version: row.version, hash: row.chart_hash };
  const lines = new Lines();
  const snapshots = new Snapshots(db, actorId);
  let last: JournalEntry | null = null;
  for await (const entry of entriesOf(db, { actorId, from, to })) {
    if (last === null) {
      yield lines.add({ bundle: 'wit-journal', v: 2, actor: actorId, chart, from, prevHash: entry.prevHash } satisfies BundleHeader);
      yield* lines.each(await snapshots.upTo(from - 1, from - 1));
    }
    yield lines.add(entry);
    yield* lines.each(await snapshots.upTo(entry.seq, from));
    last = entry;
  }
  if (!last) return;
  if (from === 1 && to === Number.MAX_SAFE_INTEGER) yield* lines.each(await otherRows(db, actorId, row.status));
  yield line({ end: true, events: last.seq - from + 1, hash: last.hash, sum: lines.sum() });
}

/** Counts and sums what is written. */
class Lines {
  readonly #sum = createHash('sha256');

  add(value: object): string {
    const written = line(value);
    this.#sum.update(written);
    return written;
  }

  *each(values: readonly object[]): Iterable<string> {
    for (const value of values) yield this.add(value);
  }

  sum(): string {
    return this.#sum.digest('hex');
  }
}

/** The snapshots of an actor in their order; each is read when its event was. */
class Snapshots {
  readonly #db: Database;
  readonly #actorId: string;
  #seqs: number[] | null = null;

  constructor(db: Database, actorId: string) {
    [this.#db, this.#actorId] = [db, actorId];
  }

  /** Those of events in this range that were not given yet. */
  async upTo(seq: number, from: number): Promise<object[]> {
    const all = this.#db.selectFrom('snapshot').where('actor_id', '=', this.#actorId);
    this.#seqs ??= (await all.select('seq').orderBy('seq').execute()).map(row => row.seq);
    const due = this.#seqs.filter(one => one <= seq && one >= from);
    if (due.length === 0) return [];
    this.#seqs = this.#seqs.filter(one => one > seq);
    const rows = await all.selectAll().where('seq', 'in', due).orderBy('seq').execute();
    return rows.map(row => ({ snapshot: row.seq, version: row.version, chartHash: row.chart_hash, hash: row.hash, state: row.state }));
  }
}

async function otherRows(db: Database, actorId: string, status: unknown): Promise<object[]> {
  const of = (table: 'command' | 'outbox' | 'timer') => db.selectFrom(table).selectAll().where('actor_id', '=', actorId).execute();
  const [commands, effects, timers] = [await of('command'), await of('outbox'), await of('timer')];
  const rows = (row: string, all: readonly object[]) => all.map(one => ({ row, of: one }));
  return [...rows('command', commands), ...rows('outbox', effects), ...rows('timer', timers), { row: 'status', of: status ?? null }];
}

async function* entriesOf(db: Database, { actorId, from, to }: Required<SliceAsked>): AsyncIterable<JournalEntry> {
  for (let after = from - 1; after < to; ) {
    const page = await readEvents(db, actorId, { after, limit: Math.min(500, to - after) });
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.seq;
  }
}

function line(value: object): string {
  return `${JSON.stringify(plainJson(value))}\n`;
}

export type BundleResult =
  | { readonly ok: true; readonly header: BundleHeader; readonly events: number; readonly hash: string }
  | { readonly ok: false; readonly line: number; readonly reason: ChainTrouble['reason'] | 'malformed' };

export interface BundleCheck {
  /** Where the chain stood when somebody looked: an event at this place must be that one. */
  readonly seen?: ChainHead | undefined;
  /** Told of each line that was proven. */
  visit?(line: BundleLine): void;
}

type Lined = AsyncIterable<string> | Iterable<string>;

/** Checks a bundle without a database: every line, every hash, every link, and that it was not cut short. Lines come without their end. */
export async function verifyBundle(lines: Lined, { seen, visit }: BundleCheck = {}): Promise<BundleResult> {
  const proof = new BundleProof(seen);
  let n = 0;
  for await (const raw of lines) {
    n += 1;
    const parsed = parseLine(raw);
    const reason = parsed === null || 'bundle' in parsed !== (n === 1) ? 'malformed' : proof.take(parsed, raw);
    if (reason) return { ok: false, line: n, reason };
    if (parsed) visit?.(parsed);
    if (parsed && 'end' in parsed) return proof.result();
  }
  return { ok: false, line: n + 1, reason: 'truncated' };
}

/** A bundle in memory, once it was proven. */
export async function readBundle(lines: Lined): Promise<(BundleResult & { ok: true; bundle: Bundle }) | (BundleResult & { ok: false })> {
  const entries: JournalEntry[] = [];
  const snapshots: BundledSnapshot[] = [];
  const visit = (one: BundleLine) => {
    if ('snapshot' in one) snapshots.push(bundledSnapshot(one));
    else if ('seq' in one) entries.push(one);
  };
  const result = await verifyBundle(lines, { visit });
  return result.ok ? { ...result, bundle: { header: result.header, entries, snapshots } } : result;
}

function bundledSnapshot({ snapshot, ...rest }: z.infer<typeof snapshotSchema>): BundledSnapshot {
  return { seq: snapshot, ...rest };
}

/** What a bundle has proven so far. */
class BundleProof {
  readonly #seen: ChainHead | undefined;
  readonly #sum = createHash('sha256');
  #header: BundleHeader | null = null;
  #head: ChainHead = { seq: 0, hash: '' };

  constructor(seen: ChainHead | undefined) {
    this.#seen = seen;
  }

  /** What is wrong with the next line; null: nothing. */
  take(parsed: BundleLine, raw: string): (BundleResult & { ok: false })['reason'] | null {
    if ('end' in parsed) return this.#end(parsed);
    this.#sum.update(`${raw}\n`);
    if ('bundle' in parsed) return this.#begin(parsed);
    if ('snapshot' in parsed) return parsed.snapshot === this.#head.seq && hashOfState(parsed.state) === parsed.hash ? null : 'changed';
    return 'seq' in parsed ? this.#entry(parsed) : null;
  }

  #begin(header: BundleHeader): 'broken-link' | null {
    const { from, prevHash } = header;
    [this.#header, this.#head] = [header, { seq: from - 1, hash: prevHash }];
    return from === 1 && prevHash !== genesisHash ? 'broken-link' : null;
  }

  result(): BundleResult & { ok: true } {
    if (!this.#header) throw new Error('a bundle without a header has no result');
    return { ok: true, header: this.#header, events: this.#head.seq - this.#header.from + 1, hash: this.#head.hash };
  }

  #entry(entry: JournalEntry): ChainTrouble['reason'] | null {
    if (entry.actorId !== this.#header?.actor) return 'changed';
    const trouble = linkTrouble(this.#head, entry);
    if (trouble) return trouble.reason;
    this.#head = { seq: entry.seq, hash: entry.hash };
    return entry.seq === this.#seen?.seq && entry.hash !== this.#seen.hash ? 'rewritten' : null;
  }

  #end({ events, hash, sum }: z.infer<typeof footerSchema>): 'truncated' | 'changed' | null {
    const header = this.#header;
    if (!header || events !== this.#head.seq - header.from + 1 || hash !== this.#head.hash) return 'truncated';
    return header.v === 1 || sum === this.#sum.digest('hex') ? null : 'changed';
  }
}

type BundleLine =
  | BundleHeader
  | z.infer<typeof entrySchema>
  | z.infer<typeof snapshotSchema>
  | z.infer<typeof rowSchema>
  | z.infer<typeof footerSchema>;

function parseLine(raw: string): BundleLine | null {
  try {
    return z.union([entrySchema, snapshotSchema, rowSchema, footerSchema, headerSchema]).safeParse(JSON.parse(raw)).data ?? null;
  } catch {
    return null;
  }
}

function hashOfState(state: Json): string {
  return createHash('sha256').update(canonical(state)).digest('hex');
}
