import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { type LanePress, laneFrameSchema, laneHelloSchema, type NodeFrame } from './protocol.ts';

/** What can be stopped: the press is performed before `press` returns. */
export interface StopTargets {
  readonly ids: readonly string[];
  press(press: LanePress, stage: (frame: NodeFrame) => void): void;
}

export interface StopServer {
  close(): Promise<void>;
}

/** No honest frame is longer. */
const frameLimit = 4_096;

/** Listens for the stop lane on a Unix socket that only this user can open, behind a shared secret. */
export async function startStopServer(path: string, secret: string, targets: StopTargets): Promise<StopServer> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer(socket => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    serve(socket, secret, targets);
  });
  await listening(server, path);
  await chmod(path, 0o600);
  return {
    close: () => {
      for (const socket of open) socket.destroy();
      return new Promise(resolve => server.close(() => resolve()));
    },
  };
}

/** The shared secret: read, or made with mode 0600 when it is missing. */
export async function readStopSecret(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    const secret = randomBytes(32).toString('base64url');
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, secret, { mode: 0o600, flag: 'wx' }).catch(() => undefined);
    return (await readFile(path, 'utf8')).trim();
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function serve(socket: Socket, secret: string, targets: StopTargets): void {
  let authentic = false;
  let rest = '';
  socket.setNoDelay(true);
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!authentic) authentic = isHello(line, secret);
      else if (line !== '') take(line, socket, targets);
      if (!authentic) return void socket.destroy();
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

function isHello(line: string, secret: string): boolean {
  const hello = laneHelloSchema.safeParse(parse(line));
  if (!hello.success) return false;
  const [given, wanted] = [Buffer.from(hello.data.secret), Buffer.from(secret)];
  return given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
