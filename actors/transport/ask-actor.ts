import { ErrorCode, NatsError } from 'nats';
import { type Outcome, outcomeSchema } from './envelopes.ts';
import { decodeJson, encodeJson, type Messages } from './messages.ts';

/** Asks whoever answers for an actor, in whatever process that is. Never rejects: where nobody answers the outcome is `owner-silent`. */
export async function askActor(
  messages: Messages,
  subject: string,
  { body, timeoutMs }: { readonly body: unknown; readonly timeoutMs: number },
): Promise<Outcome> {
  const { connection } = messages;
  if (!connection) return silent('The message server does not answer.');
  try {
    const reply = await connection.request(subject, encodeJson(body), { timeout: timeoutMs });
    const parsed = outcomeSchema.safeParse(decodeJson(reply.data));
    return parsed.success ? parsed.data : silent('The answer is not understood.');
  } catch (cause) {
    const nobody = cause instanceof NatsError && cause.code === ErrorCode.NoResponders;
    return silent(nobody ? 'No node listens for it.' : 'No answer in time.');
  }
}

function silent(message: string): Outcome {
  return { outcome: 'owner-silent', seq: 0, reasons: [{ code: 'owner-silent', message }] };
}
