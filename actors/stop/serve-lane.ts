import type { Socket } from 'node:net';
import { type LaneHello, type LanePress, laneFrameSchema, laneHelloSchema, type NodeFrame } from './protocol.ts';

/** What can be stopped: the press is performed before `press` returns. */
export interface StopTargets {
  readonly ids: readonly string[];
  press(press: LanePress, stage: (frame: NodeFrame) => void): void;
}

export interface LaneAccess {
  /** Whether whoever says hello may press; asked once for each connection, before any other frame is read. */
  admits(hello: LaneHello): boolean;
  readonly targets: StopTargets;
}

/** No honest frame is longer. */
const frameLimit = 4_096;

/** Speaks the node's side of the line on one connection, over whatever it came. */
export function serveLane(socket: Socket, { admits, targets }: LaneAccess): void {
  let admitted = false;
  let rest = '';
  socket.setNoDelay(true);
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!admitted) admitted = isHello(line, admits);
      else if (line !== '') take(line, socket, targets);
      if (!admitted) return void socket.destroy();
    }
    if (rest.length > frameLimit) socket.destroy();
  });
}

/** Synchronous from here to the driver's write: nothing may be awaited between a press and the stop byte. */
function take(line: string, socket: Socket, targets: StopTargets): void {
  const frame = laneFrameSchema.safeParse(parse(line));
  const answer = (answered: NodeFrame) => socket.writable && socket.write(`${JSON.stringify(answered)}\n`);
  if (!frame.success) socket.destroy();
  else if ('ping' in frame.data) answer({ pong: frame.data.ping, equipment: [...targets.ids] });
  else targets.press(frame.data, answer);
}

function isHello(line: string, admits: LaneAccess['admits']): boolean {
  const hello = laneHelloSchema.safeParse(parse(line));
  return hello.success && admits(hello.data);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
