import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { LaneHello } from './protocol.ts';
import { type StopTargets, serveLane } from './serve-lane.ts';

export interface StopServer {
  close(): Promise<void>;
}

/** Listens for the stop lane on a Unix socket that only this user can open, behind a shared secret. */
export async function startStopServer(path: string, secret: string, targets: StopTargets): Promise<StopServer> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer(socket => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    serveLane(socket, { admits: knows(secret), targets });
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

/** The lane of this computer knows the secret. */
function knows(secret: string): (hello: LaneHello) => boolean {
  return hello => {
    const [given, wanted] = [Buffer.from(hello.secret ?? ''), Buffer.from(secret)];
    return given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted);
  };
}
