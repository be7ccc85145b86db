import {
  DiscardPolicy,
  headers,
  type JetStreamClient,
  type NatsConnection,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats';
import { subject } from './subjects.ts';

/** Something a service does not do, in one sentence; `code` is stable. */
export interface Finding {
  readonly code: string;
  readonly sentence: string;
}

/** Memory only, gone after ten seconds; every node of every site may use the same one. */
const stream = {
  name: 'SELFTEST',
  subjects: ['wit.*.node.*.selftest.>'],
  retention: RetentionPolicy.Limits,
  storage: StorageType.Memory,
  discard: DiscardPolicy.Old,
  max_age: nanos(10_000),
  max_msgs: 1_000,
  duplicate_window: nanos(10_000),
  // Not in the types of this client; a server that does not know it says nothing and leaves it out.
  allow_msg_ttl: true,
} satisfies Partial<StreamConfig> & { allow_msg_ttl: boolean };

/**
 * Asks this NATS server for what W.I.T. relies on, or might, and looks at what it really does: servers ignore options they do not know
 * without a word. Throws when it is away or refuses.
 */
export async function testMessages(connection: NatsConnection, place: { site: string; node: string; run: string }): Promise<Finding[]> {
  const manager = await connection.jetstreamManager({ timeout: 800 });
  const { config } = await manager.streams.add(stream);
  const jetstream = connection.jetstream({ timeout: 800 });
  const base = subject(place.site, 'node', place.node, 'selftest', place.run);
  const [once, swapped] = await Promise.all([keepsOnce(jetstream, `${base}.once`), swapsOnce(jetstream, `${base}.swap`)]);
  const ttl = 'allow_msg_ttl' in config && config.allow_msg_ttl === true;
  return [
    ...(once ? [] : [duplicates]),
    ...(swapped ? [] : [lostSwap]),
    ...(ttl ? [] : [noTtl(connection.info?.version)]),
    ...(config.duplicate_window === stream.duplicate_window ? [] : [duplicates]),
  ];
}

/** The same message id twice: kept once, and said so. */
async function keepsOnce(jetstream: JetStreamClient, name: string): Promise<boolean> {
  await jetstream.publish(name, undefined, { msgID: name });
  return (await jetstream.publish(name, undefined, { msgID: name })).duplicate;
}

/** Two who both believe to be the first: one of them is refused. */
async function swapsOnce(jetstream: JetStreamClient, name: string): Promise<boolean> {
  const first = () => {
    const h = headers();
    h.set('Nats-Expected-Last-Subject-Sequence', '0');
    return jetstream.publish(name, undefined, { headers: h }).then(
      () => 1,
      () => 0,
    );
  };
  const [a, b] = await Promise.all([first(), first()]);
  return a + b === 1;
}

const duplicates: Finding = {
  code: 'nats-duplicates',
  sentence: 'NATS keeps repeated messages twice: readers of EVENTS must look at the message id themselves.',
};
const lostSwap: Finding = {
  code: 'nats-compare-and-swap',
  sentence: 'NATS lets two writers both win a compare-and-swap: W.I.T. does not use it, nothing else here should.',
};

function noTtl(version: string | undefined): Finding {
  return {
    code: 'nats-per-key-ttl',
    sentence: `NATS ${version ?? ''} ignores a time to live per key without a word: W.I.T. does not use it, nothing else here should.`,
  };
}
