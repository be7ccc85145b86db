import { z } from 'zod';
import { listenJson } from '../../actors/transport/json-listener.ts';
import type { Messages } from '../../actors/transport/messages.ts';
import { subject } from '../../actors/transport/subjects.ts';

export interface SiteChangesOptions {
  readonly messages: Messages;
  readonly site: string;
}

const noteSchema = z.object({ people: z.array(z.string()).optional() });

/** Tells nodes and gateways that the database says something else about the workshop; `people`: about whom. Who misses it looks later. */
export function announceSiteChange({ messages, site }: SiteChangesOptions, people: readonly string[] = []): void {
  messages.publish(subject(site, 'system', 'site', 'changed'), { people });
}

/** Hears about whom something changed. Returns the way to stop. */
export function hearSiteChanges({ messages, site }: SiteChangesOptions, heard: (people: readonly string[]) => void): () => void {
  return listenJson(messages, subject(site, 'system', 'site', 'changed'), ({ body }) => {
    const note = noteSchema.safeParse(body);
    if (note.success && note.data.people) heard(note.data.people);
  });
}
