import { ErrorCode, NatsError, RequestStrategy } from 'nats';
import { decodeJson, encodeJson, type Messages } from '../../actors/transport/messages.ts';

/** What became of a request: an answer, or why there is none. */
export type RequestResult =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly why: 'away' | 'no-responders' | 'timeout' };

/** Asks the one owner of a subject. Never throws; nothing is queued for a server that is away: a command that comes late is worse than none. */
export async function request(
  messages: Messages,
  subject: string,
  { body, timeoutMs }: { body: unknown; timeoutMs: number },
): Promise<RequestResult> {
  const { connection } = messages;
  if (!connection) return { ok: false, why: 'away' };
  try {
    const reply = await connection.request(subject, encodeJson(body), { timeout: timeoutMs });
    return { ok: true, data: decodeJson(reply.data) };
  } catch (error) {
    if (error instanceof NatsError && error.code === ErrorCode.NoResponders) return { ok: false, why: 'no-responders' };
    return { ok: false, why: error instanceof NatsError && error.code === ErrorCode.Timeout ? 'timeout' : 'away' };
  }
}

/** Asks and hears every reply for `forMs`. False when the server is away; never throws. */
export async function requestMany(
  messages: Messages,
  subject: string,
  { body, forMs, heard }: { body: unknown; forMs: number; heard: (reply: unknown) => void },
): Promise<boolean> {
  const { connection } = messages;
  if (!connection) return false;
  try {
    const replies = await connection.requestMany(subject, encodeJson(body), { strategy: RequestStrategy.Timer, maxWait: forMs });
    for await (const reply of replies) if (reply.data.byteLength > 0) heard(decodeJson(reply.data));
    return true;
  } catch (error) {
    // Nobody listens: the server was there, the owner was not.
    return error instanceof NatsError && error.code === ErrorCode.NoResponders;
  }
}
