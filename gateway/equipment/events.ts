import { readEventsBackwards } from '../../actors/storage/journal.ts';
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
  const entries = await door.ask(db => readEventsBackwards(db, actor, { before: before ?? null, limit }));
  if (entries.length === 0 && !(await hasLived(door, actor))) return null;
  return entries.map(entry => toCloudEvent(entry, site));
}

async function hasLived(door: DatabaseDoor, actor: string): Promise<boolean> {
  const row = await door.ask(db => db.selectFrom('actor').select('id').where('id', '=', actor).executeTakeFirst());
  return row !== undefined;
}
