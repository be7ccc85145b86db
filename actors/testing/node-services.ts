import type { NodeServices } from '../equipment/node-services.ts';
import { nodePaths } from '../node-paths.ts';
import { SiteRoom } from '../site/site-room.ts';
import { Impairments } from '../supervision/impairments.ts';
import { AssertionKeys } from '../system/assertions.ts';
import type { Clock, Log } from '../system/ports.ts';
import { realRandom } from '../system/real-ports.ts';
import { EventPublisher } from '../transport/event-publisher.ts';
import { openMessages } from '../transport/messages.ts';
import { StatusPublisher } from '../transport/status-publisher.ts';
import { StreamsWatch } from '../transport/streams-watch.ts';
import { SwitchedWatch } from './test-actor.ts';
import { until } from './until.ts';
import type { Workshop } from './workshop.ts';

/** What the node `n1` of a workshop gives its actors, without the node; the database is away when the test says so. */
export async function openNodeServices(
  shop: Workshop,
  { clock, log = () => undefined }: { readonly clock: Clock; readonly log?: Log },
): Promise<NodeServices & { readonly watch: SwitchedWatch }> {
  const { WIT_NATS_URL: url = '', WIT_NATS_CREDS: credsFile = null } = shop.env;
  const { db } = shop.ground;
  const watch = new SwitchedWatch();
  const messages = openMessages({ url, credsFile, name: 'node services', now: () => clock.now(), log });
  await until('the services are connected', () => messages.state.ok);
  const streams = new StreamsWatch({ messages, now: () => clock.now(), log });
  return {
    site: 'main',
    nodeId: 'n1',
    boot: 'b1',
    paths: nodePaths(shop.dataDir, 'n1'),
    clock,
    random: realRandom,
    log,
    db,
    watch,
    messages,
    streams,
    statuses: new StatusPublisher({ messages, streams, clock }),
    events: new EventPublisher({ db, messages, streams, replicas: 1, site: 'main', mismatch: () => undefined }),
    keys: new AssertionKeys(db, clock),
    impairments: new Impairments({ now: () => clock.now(), log }),
    surroundings: await SiteRoom.open({ db, watch, messages, site: 'main', timeZone: 'UTC', clock, log }),
  };
}

/** Ends them, after the actors. */
export async function closeNodeServices({ surroundings, events, statuses, streams, messages }: NodeServices): Promise<void> {
  await surroundings.close();
  await events.close();
  statuses.close();
  streams.close();
  await messages.close();
}
