import { z } from 'zod';
import type { Database } from './database.ts';
import { readEvents } from './journal.ts';
import { type JournalEntry, type Json, plainJson } from './journal-entry.ts';
import { type ChainTrouble, linkTrouble } from './verify-journal.ts';

const json = z.json() as unknown as z.ZodType<Json>;
const text = z.string().nullable();

const headerSchema = z.strictObject({
  bundle: z.literal('wit-journal'),
  v: z.literal(1),
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
const footerSchema = z.strictObject({ end: z.literal(true), events: z.number(), hash: z.string() });

export interface SliceAsked {
  readonly actorId: string;
  /** First seq, default 1. */
  readonly from?: number;
  /** Last seq; default the end of the journal. */
  readonly to?: number;
}

/**
 * A slice of an actor's journal as lines of JSON: what it belongs to, every event with its hashes, and an end that tells a file cut short
 * from a whole one. Yields nothing when the actor never lived.
 */
export async function* exportSlice(db: Database, { actorId, from = 1, to = Number.MAX_SAFE_INTEGER }: SliceAsked): AsyncIterable<string> {
  const actor = await db.selectFrom('actor').select(['chart', 'version', 'chart_hash']).where('id', '=', actorId).executeTakeFirst();
  if (!actor) return;
  const chart = { id: actor.chart, version: actor.version, hash: actor.chart_hash };
  let last: JournalEntry | null = null;
  let events = 0;
  for await (const entry of entriesOf(db, { actorId, from, to })) {
    if (last === null)
      yield line({ bundle: 'wit-journal', v: 1, actor: actorId, chart, from, prevHash: entry.prevHash } satisfies BundleHeader);
    yield line(entry);
    [last, events] = [entry, events + 1];
  }
  if (last) yield line({ end: true, events, hash: last.hash });
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

/** Checks a bundle without a database: every line, every hash, every link, and that it was not cut short. Lines come without their end. */
export async function verifyBundle(lines: AsyncIterable<string> | Iterable<string>): Promise<BundleResult> {
  let header: BundleHeader | null = null;
  let head = { seq: 0, hash: '' };
  let n = 0;
  for await (const raw of lines) {
    n += 1;
    const parsed = parseLine(raw);
    if (parsed === null || 'bundle' in parsed !== (n === 1)) return { ok: false, line: n, reason: 'malformed' };
    if ('bundle' in parsed) [header, head] = [parsed, { seq: parsed.from - 1, hash: parsed.prevHash }];
    else if (header && 'end' in parsed) return endOf(header, { head, n, footer: parsed });
    else if ('seq' in parsed) {
      const trouble = parsed.actorId === header?.actor ? linkTrouble(head, parsed) : { reason: 'changed' as const };
      if (trouble) return { ok: false, line: n, reason: trouble.reason };
      head = { seq: parsed.seq, hash: parsed.hash };
    }
  }
  return { ok: false, line: n + 1, reason: 'truncated' };
}

function endOf(
  header: BundleHeader,
  { head, n, footer }: { head: { seq: number; hash: string }; n: number; footer: z.infer<typeof footerSchema> },
): BundleResult {
  const events = head.seq - header.from + 1;
  if (footer.events !== events || footer.hash !== head.hash) return { ok: false, line: n, reason: 'truncated' };
  return { ok: true, header, events, hash: head.hash };
}

type BundleLine = BundleHeader | z.infer<typeof entrySchema> | z.infer<typeof footerSchema>;

function parseLine(raw: string): BundleLine | null {
  try {
    return z.union([entrySchema, footerSchema, headerSchema]).safeParse(JSON.parse(raw)).data ?? null;
  } catch {
    return null;
  }
}
