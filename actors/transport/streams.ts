import { DiscardPolicy, type JetStreamManager, type NatsConnection, nanos, RetentionPolicy, StorageType, type StreamConfig } from 'nats';

const dayMs = 86_400_000;

/** How long events are kept. */
export const eventsKeptDays = 7;

/** What JetStream keeps: seven days of events, and the last status of every actor. */
const streams: readonly (Partial<StreamConfig> & { name: string })[] = [
  {
    name: 'EVENTS',
    subjects: ['wit.*.*.*.event.>'],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    max_age: nanos(eventsKeptDays * dayMs),
    max_bytes: 1_073_741_824,
    discard: DiscardPolicy.Old,
    // As long as a catch-up after an outage may take; later repeats carry the same id for the reader to see.
    duplicate_window: nanos(600_000),
  },
  {
    name: 'STATUS',
    subjects: ['wit.*.*.*.status'],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    max_msgs_per_subject: 1,
    max_bytes: 268_435_456,
    discard: DiscardPolicy.Old,
  },
];

/**
 * Makes both streams, each on so many servers, or changes what is another way than wanted; throws when the server refuses or does not
 * answer. A stream that is as it should be is left alone: a cluster with a member away answers no change.
 */
export async function ensureStreams(connection: NatsConnection, replicas: number): Promise<void> {
  const manager = await connection.jetstreamManager({ timeout: 3_000 });
  for (const stream of streams) {
    const wanted = { ...stream, num_replicas: replicas };
    const standing = await configOf(manager, stream.name);
    if (standing === null) await manager.streams.add(wanted);
    else if (!isAsWanted(standing, wanted)) await manager.streams.update(stream.name, wanted);
  }
}

async function configOf({ streams }: JetStreamManager, name: string): Promise<StreamConfig | null> {
  try {
    return (await streams.info(name)).config;
  } catch (cause) {
    if (isNoSuchStream(cause)) return null;
    throw cause;
  }
}

function isAsWanted(standing: StreamConfig, wanted: Partial<StreamConfig>): boolean {
  return Object.entries(wanted).every(([key, value]) => JSON.stringify(standing[key as keyof StreamConfig]) === JSON.stringify(value));
}

/** The server's answer that it has no stream of this name. */
export function isNoSuchStream(cause: unknown): boolean {
  return errorOf(cause) === 10_059;
}

/** The server's answer that nothing stands at this place of a stream. */
export function isNoMessage(cause: unknown): boolean {
  return errorOf(cause) === 10_037;
}

function errorOf(cause: unknown): number | undefined {
  return (cause as { api_error?: { err_code?: number } } | null)?.api_error?.err_code;
}
