import type { JournalEntry, Json } from '../storage/journal-entry.ts';
import type { CloudEvent } from './envelopes.ts';

/** A journal entry as everybody outside sees it. The caller's session and presence stay inside. */
export function toCloudEvent(entry: JournalEntry, site: string): CloudEvent {
  const principal = principalOf(entry.principal);
  return {
    specversion: '1.0',
    id: `${entry.actorId}:${entry.seq}`,
    source: `wit/${site}/${entry.actorId}`,
    type: entry.type,
    time: new Date(entry.at).toISOString(),
    subject: entry.actorId,
    datacontenttype: 'application/json',
    data: { ...withoutCaller(entry.data), source: entry.source },
    seq: entry.seq,
    epoch: entry.epoch,
    ...(entry.correlationId === null ? {} : { correlationid: entry.correlationId }),
    ...(entry.causationId === null ? {} : { causationid: entry.causationId }),
    ...(principal ? { principal } : {}),
  };
}

function withoutCaller(data: Json): Record<string, unknown> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return {};
  const { caller: _, ...rest } = data as Record<string, unknown>;
  return rest;
}

function principalOf(principal: Json): CloudEvent['principal'] | null {
  if (typeof principal !== 'object' || principal === null || !('kind' in principal)) return null;
  const { kind, id, onBehalfOf } = principal as Record<string, unknown>;
  return { kind: String(kind), id: String(id), ...(typeof onBehalfOf === 'string' ? { onBehalfOf } : {}) };
}
