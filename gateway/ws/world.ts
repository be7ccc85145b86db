import type { Messages } from '../../actors/transport/messages.ts';
import { StreamsWatch } from '../../actors/transport/streams-watch.ts';
import type { SystemState } from '../contract/live.ts';
import type { DatabaseDoor } from '../http/database-door.ts';
import type { Log } from '../http/log.ts';
import { Broadcast, type Publish } from './broadcast.ts';
import { Documents, type Moment } from './documents.ts';
import { startFeed } from './feed.ts';
import { Hindrances } from './hindrances.ts';
import { Nodes } from './nodes.ts';
import { recallDocuments, recallStatuses } from './recall.ts';

export interface WorldOptions {
  readonly messages: Messages;
  readonly door: DatabaseDoor;
  readonly site: string;
  readonly dataDir: string;
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
  /** Tells everybody what hinders this gateway; null: over. */
  hinder(code: string, sentence: string | null): void;
  close(): void;
}

const tickMs = 1_000;

/** Starts to listen; ends with `close`. */
export function openWorld(options: WorldOptions): World {
  const { messages, door, site, dataDir, moment, publish, log } = options;
  const nodes = new Nodes();
  const documents = new Documents(nodes);
  const hindrances = new Hindrances({ nodes, dataDir, moment, log });
  const streams = new StreamsWatch({ messages, now: () => moment().at, log: line => log('info', line) });
  const state = (): SystemState => {
    const { at, mono } = moment();
    const services = { database: { ...door.health }, messages: messagesNow(streams, nodes, mono) };
    return { at, site, ...services, nodes: nodes.list(at, mono), impairments: hindrances.list(mono) };
  };
  const broadcast = new Broadcast({ documents, nodes, moment, publish, system: state });
  const recall = (ids: readonly string[]) => recallStatuses(door, ids);
  const feed = startFeed({ messages, documents, nodes, site, moment, changed: change => broadcast.changed(change), recall, log });
  door.onBack(() => {
    recallDocuments(door, documents).catch(error => log('warn', 'the last documents could not be read', { cause: error }));
  });
  const ticking = setInterval(() => {
    hindrances.tick();
    broadcast.tick();
  }, tickMs);
  return {
    nodes,
    documents,
    broadcast,
    state,
    hinder: (code, sentence) => hindrances.set(code, sentence),
    close: () => {
      clearInterval(ticking);
      hindrances.close();
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
