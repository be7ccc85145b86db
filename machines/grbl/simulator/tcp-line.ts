import { createServer, type Server, type Socket } from 'node:net';
import type { HostLine, HostLineListener } from './host-line.ts';

/** A network port on this computer. */
export interface TcpPlace {
  /** 0: a free one. */
  readonly tcp: number;
  /**
   * `one`: a second client is refused while the first is connected (grblHAL, Plugin_networking telnetd.c). `several`: all are heard and
   * all hear every answer (FluidNC 3.0, TelnetServer.cpp).
   */
  readonly clients: 'one' | 'several';
}

const host = '127.0.0.1';

/** Listens until closed. Closing resets every connection; a port once found is free to be listened on again. */
export async function openTcpLine(place: TcpPlace, listener: HostLineListener): Promise<HostLine> {
  const clients = new Set<Socket>();
  const server = createServer({ noDelay: true }, socket => {
    if (place.clients === 'one' && clients.size > 0) refuse(socket, listener);
    else serve(socket, clients, listener);
  });
  const port = await listen(server, place.tcp);
  server.on('error', cause => listener.ended(cause.message));
  return {
    place: `${host}:${port}`,
    write(bytes) {
      for (const socket of clients) socket.write(bytes);
    },
    async close() {
      const closed = new Promise<void>(done => server.close(() => done()));
      // The server may be closed before its sockets have said goodbye.
      const left = [...clients].map(socket => new Promise<void>(done => socket.once('close', () => done())));
      for (const socket of clients) cut(socket);
      await Promise.all([closed, ...left]);
    },
  };
}

function serve(socket: Socket, clients: Set<Socket>, listener: HostLineListener): void {
  const peer = socket.remotePort ?? 0;
  let why = 'closed';
  clients.add(socket);
  listener.note(`connected ${host}:${peer}`);
  socket.on('data', bytes => listener.data(bytes, peer));
  socket.on('error', cause => {
    why = cause.message;
  });
  socket.once('close', () => {
    clients.delete(socket);
    listener.note(`disconnected ${host}:${peer}: ${why}`);
  });
  socket.write(listener.joined(peer));
}

/** A reset, except where the client has said goodbye: libuv refuses to reset what is being shut down, and it would never close. */
function cut(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

function refuse(socket: Socket, listener: HostLineListener): void {
  listener.note(`refused ${host}:${socket.remotePort ?? 0}: another client is connected`);
  socket.on('error', () => {});
  socket.resetAndDestroy();
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
