import { DiscardPolicy, type NatsConnection, nanos, RetentionPolicy, StorageType, type StreamConfig } from 'nats';

const dayMs = 86_400_000;

/** What JetStream keeps: seven days of events, and the last status of every actor. */
const streams: readonly (Partial<StreamConfig> & { name: string })[] = [
  {
    name: 'EVENTS',
    subjects: ['wit.*.*.*.event.>'],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    max_age: nanos(7 * dayMs),
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

/** Makes or updates both streams; throws when the server refuses or does not answer. */
export async function ensureStreams(connection: NatsConnection): Promise<void> {
  const manager = await connection.jetstreamManager({ timeout: 3_000 });
  const existing = new Set<string>();
  for await (const info of manager.streams.list()) existing.add(info.config.name);
  for (const stream of streams) {
    if (existing.has(stream.name)) await manager.streams.update(stream.name, stream);
    else await manager.streams.add(stream);
  }
}
