import { toCloudEvent } from '../../actors/transport/cloud-event.ts';
import type { CloudEvent } from '../../actors/transport/envelopes.ts';
import type { DatabaseDoor } from '../http/database-door.ts';

export interface EventsAsked {
  readonly actor: string;
  readonly site: string;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** A slice of an actor's journal, newest first; null when the actor has never lived. */
export async function readEvents(door: DatabaseDoor, { actor, site, before, limit }: EventsAsked): Promise<CloudEvent[] | null> {
  const rows = await door.ask(db => {
    const slice = db.selectFrom('event').selectAll().where('actor_id', '=', actor).orderBy('seq', 'desc').limit(limit);
    return (before === undefined ? slice : slice.where('seq', '<', before)).execute();
  });
  if (rows.length === 0 && !(await lived(door, actor))) return null;
  return rows.map(row =>
    toCloudEvent(
      {
        actorId: row.actor_id,
        seq: row.seq,
        epoch: row.epoch,
        at: row.at.getTime(),
        type: row.type,
        source: row.source,
        commandId: row.command_id,
        correlationId: row.correlation_id,
        causationId: row.causation_id,
        principal: row.principal,
        data: row.data,
        value: row.value,
        prevHash: row.prev_hash,
        hash: row.hash,
      },
      site,
    ),
  );
}

async function lived(door: DatabaseDoor, actor: string): Promise<boolean> {
  const row = await door.ask(db => db.selectFrom('actor').select('id').where('id', '=', actor).executeTakeFirst());
  return row !== undefined;
}
