import type { Messages } from '../../actors/transport/messages.ts';
import { StreamsWatch } from '../../actors/transport/streams-watch.ts';
import type { SystemState } from '../contract/live.ts';
import type { DatabaseDoor } from '../http/database-door.ts';
import type { Log } from '../http/log.ts';
import { Broadcast, type Publish } from './broadcast.ts';
import { Documents, type Moment } from './documents.ts';
import { startFeed } from './feed.ts';
import { Nodes } from './nodes.ts';
import { recallDocuments } from './recall.ts';

export interface WorldOptions {
  readonly messages: Messages;
  readonly door: DatabaseDoor;
  readonly site: string;
  readonly moment: () => Moment;
  readonly publish: Publish;
  readonly log: Log;
}

/** What this gateway knows of the workshop, kept up to date, and told to every subscribed client. */
export interface World {
  readonly nodes: Nodes;
  readonly documents: Documents;
  readonly broadcast: Broadcast;
  readonly state: () => SystemState;
  close(): void;
}

const tickMs = 1_000;

/** Starts to listen; ends with `close`. */
export function openWorld(options: WorldOptions): World {
  const { messages, door, site, moment, publish, log } = options;
  const nodes = new Nodes();
  const documents = new Documents(nodes);
  const streams = new StreamsWatch({ messages, now: () => moment().at, log: line => log('info', line) });
  const state = (): SystemState => {
    const { at, mono } = moment();
    return { at, site, database: { ...door.health }, messages: messagesNow(streams, nodes, mono), nodes: nodes.list(at, mono) };
  };
  const broadcast = new Broadcast({ documents, nodes, moment, publish, system: state });
  const feed = startFeed({ messages, documents, nodes, site, moment, changed: change => broadcast.changed(change), log });
  door.onBack(() => {
    recallDocuments(door, documents).catch(error => log('warn', 'the last documents could not be read', { cause: error }));
  });
  const ticking = setInterval(() => broadcast.tick(), tickMs);
  return {
    nodes,
    documents,
    broadcast,
    state,
    close: () => {
      clearInterval(ticking);
      feed.close();
      streams.close();
    },
  };
}

/** As this gateway sees it, or else as a node says it that is heard now: it knows first that the store takes no events. */
function messagesNow(streams: StreamsWatch, nodes: Nodes, mono: number): SystemState['messages'] {
  const told = nodes.statuses.filter(({ node }) => nodes.truthOf(node, mono) === 'live').map(({ messages }) => messages);
  const trouble = [streams.state, ...told].find(({ ok }) => !ok);
  return trouble ? { ...trouble } : { ok: true, since: streams.state.since };
}
