import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { LanePress } from '../../actors/stop/protocol.ts';
import { confirmStopWithinMs, type StopStage } from '../contract/live.ts';
import type { WebHandler, WebReply, WebRequest } from '../http/exchange.ts';
import { problemReply, refuse } from '../http/problems.ts';
import type { LaneSocketOptions } from './lane-socket.ts';
import type { Presses } from './presses.ts';

const bodySchema = z.object({
  stopId: z.uuid().optional(),
  equipment: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional(),
});
const bodyLimit = 4_096;
/**
 * POST /stop with a stop pass as bearer token, for clients that are no browser: presses `all`, or `{equipment}` of the body. 200 when every
 * machine confirmed that it rests, 504 (NOT CONFIRMED) when not all have by the time of a page; the same `stopId` again tells the rest.
 */
export function laneHttp(options: LaneSocketOptions): WebHandler {
  return async request => {
    if (request.path === '/health' && request.method === 'GET') return json(200, { ok: true, node: options.nodeAlive() });
    if (request.path !== '/stop') return problemReply(refuse('not-found', 'POST /stop, or open a WebSocket.'), instance());
    if (request.method !== 'POST') return problemReply(refuse('method-not-allowed', 'POST /stop.'), instance());
    const { origin } = request.headers;
    if (origin !== undefined && !options.origins().includes(origin.toLowerCase())) {
      return problemReply(refuse('wrong-origin', 'Pages press through the WebSocket.'), instance());
    }
    return press(request, options);
  };
}

async function press(request: WebRequest, options: LaneSocketOptions): Promise<WebReply> {
  const pass = /^Bearer ([A-Za-z0-9._-]{1,4096})$/.exec(request.headers.authorization ?? '')?.[1];
  const presser = pass === undefined ? null : await options.passes.check(pass);
  if (!presser) return problemReply(refuse('not-authenticated', 'Send a stop pass as bearer token. Use the hardware stop.'), instance());
  const { stopId: wished = randomUUID(), equipment = 'all' } = await readBody(request);
  const { stopId, stages } = await pressed(options.presses, { stopId: wished, equipment, ...presser, at: options.now() });
  const { written, confirmed } = options.presses.outcome(stopId);
  return json(confirmed ? 200 : 504, { stopId, confirmed, written, pass: presser.pass, stages });
}

/** Its id and stages, when the machine has confirmed or the time for that is over: of `all` nobody knows before who will still answer. */
function pressed(presses: Presses, press: LanePress): Promise<{ readonly stopId: string; readonly stages: readonly StopStage[] }> {
  const stages: StopStage[] = [];
  return new Promise(resolve => {
    const done = (stopId: string) => {
      clearTimeout(timer);
      presses.leave(tell);
      resolve({ stopId, stages });
    };
    const tell = (stage: StopStage) => {
      stages.push(stage);
      if (press.equipment !== 'all' && presses.outcome(stage.stopId).confirmed) done(stage.stopId);
    };
    const timer = setTimeout(() => done(stopId), confirmStopWithinMs);
    const stopId = presses.press(press, tell);
  });
}

/** A body that is not understood presses everything: it must never stand between a person and a stop. */
async function readBody(request: WebRequest): Promise<z.infer<typeof bodySchema>> {
  let text = '';
  try {
    for await (const chunk of request.body) {
      text += Buffer.from(chunk).toString('utf8');
      if (text.length > bodyLimit) return {};
    }
    return bodySchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

function json(status: number, body: unknown): WebReply {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  return { status, headers, body: JSON.stringify(body) };
}

function instance(): string {
  return `urn:uuid:${randomUUID()}`;
}
