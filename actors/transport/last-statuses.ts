import { consumerOpts, type JsMsg, type NatsConnection } from 'nats';
import { decodeJson } from './messages.ts';
import { subject } from './subjects.ts';

/**
 * Every actor's last status as the stream keeps it: core subscriptions miss what was said while the connection was down. What is said
 * meanwhile comes by them, and may come first. Rejects when there is no such stream yet, or the server does not answer.
 */
export async function replayLastStatuses(connection: NatsConnection, site: string, take: (message: JsMsg) => void): Promise<void> {
  const consumer = consumerOpts().orderedConsumer().deliverLastPerSubject();
  const pattern = subject(site, '*' as 'equipment', '*', 'status');
  const subscription = await connection.jetstream().subscribe(pattern, consumer);
  void (async () => {
    for await (const message of subscription) {
      take(message);
      if (message.info.pending === 0) subscription.unsubscribe();
    }
  })().catch(() => undefined);
}

/** One equipment's last status as the stream keeps it. Rejects when it keeps none or the server does not answer. */
export async function keptStatus(connection: NatsConnection, site: string, equipment: string): Promise<unknown> {
  const { streams } = await connection.jetstreamManager({ timeout: 2_000, checkAPI: false });
  const { data } = await streams.getMessage('STATUS', { last_by_subj: subject(site, 'equipment', equipment, 'status') });
  return decodeJson(data);
}
