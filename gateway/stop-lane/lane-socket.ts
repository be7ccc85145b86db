import type { z } from 'zod';
import type { Presser } from '../auth/stop-caller.ts';
import { laneClientFrame, type laneServerFrame } from '../contract/live.ts';
import type { LiveSocket, SocketRoute } from '../http/exchange.ts';
import { problemReply, refuse } from '../http/problems.ts';
import type { PassCheck } from './pass-check.ts';
import type { Presses, Tell } from './presses.ts';

export interface LaneSocketOptions {
  readonly passes: PassCheck;
  readonly presses: Presses;
  /** Would a node act on a press now? */
  readonly nodeAlive: () => boolean;
  readonly origins: () => readonly string[];
  readonly now: () => number;
}

/** One page at the lane. Frames are handled in order: a press right behind its pass waits for the check of the signature. */
interface LaneData {
  presser: Promise<Presser | null>;
  /** One for the socket: a press that it repeats is not told twice from then on. */
  tell: Tell;
}

type ServerFrame = z.infer<typeof laneServerFrame>;
type ClientFrame = z.infer<typeof laneClientFrame>;

/** The lane's WebSocket, at every path. */
export function laneSocket(options: LaneSocketOptions): SocketRoute<LaneData> {
  return {
    path: '/*',
    maxFrameBytes: 16_384,
    maxBufferedBytes: 262_144,
    accept: async request => {
      const { origin } = request.headers;
      if (origin !== undefined && !options.origins().includes(origin.toLowerCase())) {
        return { refuse: problemReply(refuse('wrong-origin', 'This socket is for pages of this workshop only.'), 'urn:wit:stop-lane') };
      }
      return { data: { presser: Promise.resolve(null), tell: () => undefined }, protocol: '' };
    },
    open: socket => {
      socket.data.tell = stage => send(socket, stage);
    },
    message: (socket, text) => heard(socket, { text, options }),
    close: socket => options.presses.leave(socket.data.tell),
  };
}

function heard(socket: LiveSocket<LaneData>, { text, options }: { text: string; options: LaneSocketOptions }): void {
  const frame = parse(text);
  if (frame === null) {
    send(socket, { code: 'invalid', error: 'This frame is not understood.' });
  } else if ('ping' in frame) {
    send(socket, { pong: frame.ping, node: options.nodeAlive() });
  } else if ('pass' in frame) {
    socket.data.presser = options.passes.check(frame.pass);
    void socket.data.presser.then(presser => greet(socket, { presser, options }));
  } else {
    void socket.data.presser.then(presser => press(socket, { presser, frame, options }));
  }
}

function greet(socket: LiveSocket<LaneData>, { presser, options }: { presser: Presser | null; options: LaneSocketOptions }): void {
  if (!presser) {
    send(socket, { code: 'bad-pass', error: 'This pass was not signed here. Log in again; until then use the hardware stop.' });
    return;
  }
  send(socket, { ready: true, node: options.nodeAlive() });
  if (presser.pass !== 'valid')
    send(socket, { code: `pass-${presser.pass}`, error: `This pass is ${presser.pass}. It still stops; log in again.` });
}

function press(
  socket: LiveSocket<LaneData>,
  { presser, frame, options }: { presser: Presser | null; frame: Extract<ClientFrame, { stopId: string }>; options: LaneSocketOptions },
): void {
  if (!presser) {
    send(socket, { code: 'not-authenticated', error: 'Send a stop pass first. Use the hardware stop.' });
    return;
  }
  const { stopId, equipment } = frame;
  options.presses.press({ stopId, equipment, ...presser, at: options.now() }, socket.data.tell);
}

function send(socket: LiveSocket<LaneData>, frame: ServerFrame): void {
  socket.send(JSON.stringify(frame));
}

function parse(text: string): ClientFrame | null {
  try {
    const parsed = laneClientFrame.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
