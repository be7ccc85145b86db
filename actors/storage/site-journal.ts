import { sql, type Transaction } from 'kysely';
import { genesisHash, type Json, seal } from './journal-entry.ts';
import type { Tables } from './schema.ts';

/** The chain in the journal that tells what people changed about the workshop itself. */
export const siteActor = 'system/site';

/** One change as it is written down; `at` is ms since 1970. */
export interface SiteChange {
  readonly at: number;
  /** `rule.changed`, `training.noted`, ... */
  readonly type: string;
  readonly principal: Json;
  readonly data: Json;
}

/** Writes a change down in the transaction that makes it. Changes come one after another: the row of the chain is locked until the end. */
export async function journalSiteChange(tx: Transaction<Tables>, { at, type, principal, data }: SiteChange): Promise<void> {
  await sql`insert into actor (id, kind, chart, version, chart_hash) values (${siteActor}, 'system', 'none', '0', '0') on conflict do nothing`.execute(
    tx,
  );
  const { rows } = await sql<{
    seq: number;
  }>`update actor set seq = seq + 1, updated_at = now() where id = ${siteActor} returning seq`.execute(tx);
  const seq = rows[0]?.seq ?? 1;
  const last = await tx
    .selectFrom('event')
    .select('hash')
    .where('actor_id', '=', siteActor)
    .where('seq', '=', seq - 1)
    .executeTakeFirst();
  const unplaced = { at, type, source: 'system', commandId: null, correlationId: null, causationId: null, principal, data, value: null };
  const entry = seal(unplaced, { actorId: siteActor, seq, epoch: 0, prevHash: last?.hash ?? genesisHash });
  await tx
    .insertInto('event')
    .values({
      actor_id: siteActor,
      seq,
      epoch: 0,
      at: new Date(at),
      type,
      source: entry.source,
      command_id: null,
      correlation_id: null,
      causation_id: null,
      principal: JSON.stringify(entry.principal),
      data: JSON.stringify(entry.data),
      value: null,
      prev_hash: entry.prevHash,
      hash: entry.hash,
    })
    .execute();
}
