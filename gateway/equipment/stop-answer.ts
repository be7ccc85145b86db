import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { StopStage } from '../contract/live.ts';
import type { WebRequest } from '../http/exchange.ts';
import { type Refused, refuse } from '../http/problems.ts';
import type { Answer } from '../http/route.ts';
import type { Press, StopDoor } from './stop.ts';

const bodySchema = z.object({ stopId: z.uuid() });
const bodyLimit = 4_096;

/** The stopId of the body when there is a good one, else a new one: no malformed body stands between a person and a stop. */
export async function stopIdOf(request: WebRequest): Promise<string> {
  try {
    let text = '';
    for await (const chunk of request.body) {
      text += Buffer.from(chunk).toString('utf8');
      if (text.length > bodyLimit) break;
    }
    return bodySchema.parse(JSON.parse(text)).stopId;
  } catch {
    return randomUUID();
  }
}

/** Presses and answers at the first stage that tells how it went; anything but `written` is said as NOT CONFIRMED. */
export function pressAndWait(stop: StopDoor, press: Press): Promise<Answer | Refused> {
  return new Promise((resolve, reject) => {
    stop(press, stage => resolve(answerOf(stage))).catch(reject);
  });
}

function answerOf({ stage, reason }: StopStage): Answer | Refused {
  if (stage === 'written' || stage === 'confirmed') return { json: { outcome: 'accepted', seq: 0, reasons: [] } };
  if (stage === 'unknown-target') return refuse('unknown-equipment', 'There is no equipment of this name.');
  const message = `NOT CONFIRMED - use the hardware stop. ${reason ?? ''}`.trim();
  return refuse(stage === 'not-written' ? 'indeterminate' : 'owner-silent', message, { reasons: [{ code: stage, message }] });
}
