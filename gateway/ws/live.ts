import type { Tickets } from '../auth/tickets.ts';
import type { LiveSocket, SocketRoute, WebRequest } from '../http/exchange.ts';
import { checkHost, isForeignPage, type OriginPolicy } from '../http/origin.ts';
import { problemReply, refuse } from '../http/problems.ts';
import type { SignedIn } from '../http/route.ts';
import type { Attendance } from './attendance.ts';
import { encode } from './broadcast.ts';
import { LiveClient, type LiveClientOptions } from './live-client.ts';
import { maxBufferedBytes } from './slow-client.ts';

export interface LiveOptions extends LiveClientOptions {
  readonly tickets: Tickets;
  readonly attendance: Attendance;
  readonly policy: () => OriginPolicy;
  readonly version: string;
}

const protocol = 'wit.v1';
/** Frames between 64 KiB and this are refused in words; beyond it the socket is closed unread. */
const closeAboveBytes = 1_048_576;
const recheckMs = 2_000;
const adaptMs = 100;
const listenMs = 3_000;

/** Who upgraded; null when the ticket was not good: such a socket is opened only to be closed with 4401, which a page can read. */
interface LiveData {
  readonly caller: SignedIn | null;
}

/** `/api/v1/live` and its clock work. */
export interface Live {
  readonly route: SocketRoute<LiveData>;
  /** Number of clients. */
  size(): number;
  close(): void;
}

/** Makes the live socket route; its timers run until `close`. */
export function liveRoute(options: LiveOptions): Live {
  const clients = new Map<LiveSocket<LiveData>, LiveClient>();
  options.sessions.onChange(sid => {
    for (const client of clients.values()) if (client.sid === sid) client.recheck();
  });
  const timers = [
    setInterval(() => forEach(clients, client => client.recheck()), recheckMs),
    setInterval(() => forEach(clients, client => client.subscriptions.adapt()), adaptMs),
    setInterval(() => listenForWire(clients, options), listenMs),
  ];
  return {
    route: {
      path: '/api/v1/live',
      maxFrameBytes: closeAboveBytes,
      maxBufferedBytes,
      accept: request => accept(request, options),
      open: socket => open(socket, { clients, options }),
      message: (socket, text) => clients.get(socket)?.heard(text),
      close: socket => {
        if (clients.delete(socket) && socket.data.caller) options.attendance.closed(socket.data.caller.id);
      },
    },
    size: () => clients.size,
    close: () => timers.forEach(timer => void clearInterval(timer)),
  };
}

type Clients = Map<LiveSocket<LiveData>, LiveClient>;

function forEach(clients: Clients, work: (client: LiveClient) => void): void {
  for (const client of [...clients.values()]) work(client);
}

async function accept(request: WebRequest, { policy, tickets }: LiveOptions): ReturnType<SocketRoute<LiveData>['accept']> {
  const foreign = checkHost(request, policy());
  if (foreign || isForeignPage(request, policy())) {
    return { refuse: problemReply(refuse('wrong-origin', 'This socket is for pages of this server only.'), 'urn:wit:live') };
  }
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map(part => part.trim());
  const ticket = offered[0] === protocol ? offered[1] : undefined;
  const caller = ticket === undefined ? null : await tickets.redeem(ticket);
  return { data: { caller }, protocol: offered.includes(protocol) ? protocol : '' };
}

function open(socket: LiveSocket<LiveData>, { clients, options }: { clients: Clients; options: LiveOptions }): void {
  const { caller } = socket.data;
  if (!caller) {
    socket.end(4401, 'This ticket is used up, expired or unknown.');
    return;
  }
  clients.set(socket, new LiveClient(socket, caller, options));
  options.attendance.opened(caller.id);
  socket.send(encode({ type: 'hello', at: options.now(), version: options.version }));
}

/** Owners publish wire lines only while somebody asks; the asking is renewed as long as a client is subscribed. */
function listenForWire(clients: Clients, { doors }: LiveOptions): void {
  const wanted = new Set<string>();
  forEach(clients, client => {
    for (const topic of client.subscriptions.topics) {
      const id = /^equipment\/([a-z0-9-]+)\/wire$/.exec(topic)?.[1];
      if (id !== undefined) wanted.add(id);
    }
  });
  for (const id of wanted) doors.listen(id);
}
