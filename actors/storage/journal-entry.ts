import { createHash } from 'node:crypto';

/** A value as JSON holds it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What the journal holds of one event, before it has its place in the chain. `at` is ms since 1970. */
export interface JournalEvent {
  readonly at: number;
  readonly type: string;
  /** Who brought it: `command`, `device`, `stop`, `timer`, `system`, `job` were given to the chart; `note` and `refusal` were not. */
  readonly source: string;
  readonly commandId: string | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  readonly principal: Json;
  readonly data: Json;
  readonly value: Json;
}

/** A journal event at its place: `hash` covers everything here and `prevHash`, so that any later change is found. */
export interface JournalEntry extends JournalEvent {
  readonly actorId: string;
  readonly seq: number;
  readonly epoch: number;
  readonly prevHash: string;
  readonly hash: string;
}

/** `prev_hash` of an actor's first event. */
export const genesisHash = '0'.repeat(64);

/** Gives the event its place after `previous` and seals it. */
export function seal(event: JournalEvent, place: Pick<JournalEntry, 'actorId' | 'seq' | 'epoch' | 'prevHash'>): JournalEntry {
  const clean = { ...event, principal: plainJson(event.principal), data: plainJson(event.data), value: plainJson(event.value), ...place };
  return { ...clean, hash: hashOf(clean) };
}

/** SHA-256, hex, over the entry in canonical form (keys sorted), which survives jsonb. */
export function hashOf(entry: Omit<JournalEntry, 'hash'>): string {
  const parts = [
    entry.actorId,
    entry.seq,
    entry.epoch,
    entry.at,
    entry.type,
    entry.source,
    entry.commandId,
    entry.correlationId,
    entry.causationId,
    entry.principal,
    entry.data,
    entry.value,
    entry.prevHash,
  ];
  return createHash('sha256').update(canonical(parts)).digest('hex');
}

/** JSON text with sorted keys: equal values give equal text. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
}

/**
 * The value as PostgreSQL will give it back: no undefined, no NUL and no lone surrogate (jsonb refuses both, and a device line
 * may hold anything).
 */
export function plainJson(value: unknown): Json {
  return value === undefined ? null : JSON.parse(storableText(value));
}

/** `plainJson` as text. */
export function storableText(value: unknown): string {
  const text = JSON.stringify(value);
  if (!suspicious.test(text)) return text;
  return JSON.stringify(JSON.parse(text, (_key, field) => (typeof field === 'string' ? storable(field) : field)));
}

/** JSON writes NUL and lone surrogates in no other way, so the rare text that has one is found without walking the value. */
const suspicious = /\\u(?:0000|d[89a-f])/i;

function storable(text: string): string {
  return Buffer.from(text).toString().replaceAll('\0', '\uFFFD');
}
