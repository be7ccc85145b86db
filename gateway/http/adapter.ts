import uws, { type HttpRequest, type HttpResponse, type TemplatedApp, type WebSocket } from 'uWebSockets.js';
import { BodyPipe } from './body-pipe.ts';
import type { Accepted, LiveSocket, SocketRoute, StreamBody, WebHandler, WebReply, WebRequest, WebServer } from './exchange.ts';
import type { Log } from './log.ts';

/** The one file that touches uWebSockets.js. Its traps (all reproduced): an async handler without `onAborted` ends the process,
 * `req` is dead after the handler returns, a late `end` throws, and without the exclusive flag two servers share one port silently. */

export interface WebServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  readonly handler: WebHandler;
  // biome-ignore lint/suspicious/noExplicitAny: each route has its own socket data; the adapter only hands it back.
  readonly sockets: readonly SocketRoute<any>[];
  readonly log: Log;
}

/** Starts listening. Rejects with one sentence when the port is taken. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const app = options.tls ? uws.SSLApp({ cert_file_name: options.tls.certFile, key_file_name: options.tls.keyFile }) : uws.App();
  const open = new Set<{ end(code: number, reason: string): void }>();
  for (const route of options.sockets) addSockets(app, route, { open, log: options.log });
  app.any('/*', (res, req) => serve(res, req, options));
  const listener = await listen(app, options);
  let closed = false;
  return {
    port: uws.getSocketPort(listener),
    publish: (topic, text) => {
      if (!closed) app.publish(topic, text);
    },
    close: () => {
      if (closed) return;
      closed = true;
      uws.closeSocket(listener);
      for (const socket of [...open]) socket.end(1001, 'The server is going away.');
    },
  };
}

type ListenExclusively = (
  host: string,
  port: number,
  flags: number,
  done: (socket: Parameters<typeof uws.getSocketPort>[0] | false) => void,
) => void;

function listen(app: TemplatedApp, { host, port }: WebServerOptions): Promise<Parameters<typeof uws.getSocketPort>[0]> {
  return new Promise((resolve, reject) => {
    // The type file lacks this overload; the library has it.
    (app.listen as unknown as ListenExclusively).call(app, host, port, uws.ListenOptions?.LIBUS_LISTEN_EXCLUSIVE_PORT ?? 1, socket => {
      if (socket) resolve(socket);
      else reject(new Error(`Port ${port} on ${host} is in use, or the address is not this machine's.`));
    });
  });
}

function serve(res: HttpResponse, req: HttpRequest, options: WebServerOptions): void {
  // The library discards `res` with its end or abort: touching it afterwards throws, and an uncaught throw would end the process.
  let over = false;
  const body = new BodyPipe({
    pause: () => {
      if (!over) res.pause();
    },
    resume: () => {
      if (!over) res.resume();
    },
  });
  res.onAborted(() => {
    over = true;
    body.abort();
  });
  const request = readRequest(res, req, body);
  res.onData((chunk, last) => body.push(new Uint8Array(chunk.slice(0)), last ? 'last' : 'more'));
  const outgoing = {
    request,
    body,
    gone: () => over,
    end: () => {
      over = true;
    },
  };
  options
    .handler(request)
    .then(reply => write(res, { ...outgoing, reply }))
    .catch(error => {
      options.log('error', 'a request was dropped', { path: request.path, cause: error });
      if (!over) res.close();
    });
}

function readRequest(res: HttpResponse, req: HttpRequest, body: AsyncIterable<Uint8Array>): WebRequest {
  const headers: Record<string, string> = Object.create(null);
  req.forEachHeader((name, value) => {
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  });
  return {
    method: req.getCaseSensitiveMethod().toUpperCase(),
    path: req.getUrl(),
    query: req.getQuery() ?? '',
    headers,
    remote: Buffer.from(res.getRemoteAddressAsText()).toString(),
    body,
  };
}

interface Outgoing {
  readonly request: WebRequest;
  readonly reply: WebReply;
  /** True once `res` must not be touched: the client went away, or the answer is complete. */
  readonly gone: () => boolean;
  readonly end: () => void;
  readonly body: BodyPipe;
}

async function write(res: HttpResponse, { request, reply, gone, end, body }: Outgoing): Promise<void> {
  if (gone()) return;
  // An answer before the end of the upload (413, 401): let the rest flow, nobody keeps it.
  body.discard();
  const head = request.method === 'HEAD';
  if (reply.body !== null && isStream(reply.body) && !head) {
    res.cork(() => writeHead(res, reply));
    await writeStream(res, reply.body, gone);
    end();
    return;
  }
  res.cork(() => {
    writeHead(res, reply);
    if (head) res.endWithoutBody(bodySize(reply.body));
    else res.end(reply.body === null ? undefined : (reply.body as string | Uint8Array));
    end();
  });
}

function writeHead(res: HttpResponse, reply: WebReply): void {
  res.writeStatus(`${reply.status} ${statusTexts[reply.status] ?? 'Status'}`);
  for (const [name, value] of Object.entries(reply.headers)) res.writeHeader(name, value);
}

function isStream(body: string | Uint8Array | StreamBody): body is StreamBody {
  return typeof body === 'object' && 'chunks' in body;
}

function bodySize(body: WebReply['body']): number {
  if (body === null) return 0;
  if (typeof body === 'string') return Buffer.byteLength(body);
  return isStream(body) ? body.size : body.byteLength;
}

async function writeStream(res: HttpResponse, body: StreamBody, gone: () => boolean): Promise<void> {
  if (body.size === 0) {
    res.cork(() => res.endWithoutBody(0));
    return;
  }
  let sent = 0;
  for await (const chunk of body.chunks) {
    if (gone()) return;
    await writeChunk(res, { chunk, total: body.size, gone });
    sent += chunk.byteLength;
  }
  // A promised length that does not come is an error the client must see, not a wait for ever.
  if (sent < body.size && !gone()) res.close();
}

function writeChunk(res: HttpResponse, { chunk, total, gone }: { chunk: Uint8Array; total: number; gone: () => boolean }): Promise<void> {
  return new Promise(resolve => {
    const start = res.getWriteOffset();
    let accepted = false;
    res.cork(() => {
      [accepted] = res.tryEnd(chunk, total);
    });
    if (accepted || gone()) return resolve();
    const poll = setInterval(() => {
      if (gone()) finish();
    }, 200);
    const finish = () => {
      clearInterval(poll);
      resolve();
    };
    res.onWritable(offset => {
      const [ok] = res.tryEnd(chunk.subarray(offset - start), total);
      if (ok) finish();
      return ok;
    });
  });
}

interface SocketHost {
  readonly open: Set<{ end(code: number, reason: string): void }>;
  readonly log: Log;
}
interface Upgraded<T> {
  data: T;
  remote: string;
  live: Live<T> | null;
}

function addSockets<T>(app: TemplatedApp, route: SocketRoute<T>, { open, log }: SocketHost): void {
  const guarded = (socket: Live<T>, work: () => void) => {
    try {
      work();
    } catch (error) {
      log('error', 'a socket handler failed', { path: route.path, cause: error });
      socket.end(1011, 'Internal error.');
    }
  };
  app.ws<Upgraded<T>>(route.path, {
    maxPayloadLength: route.maxFrameBytes,
    maxBackpressure: route.maxBufferedBytes,
    closeOnBackpressureLimit: 1,
    idleTimeout: 32,
    sendPingsAutomatically: true,
    compression: uws.DISABLED,
    upgrade: (res, req, context) => upgrade(res, req, { context, route, log }),
    open: ws => {
      const live = new Live(ws);
      ws.getUserData().live = live;
      open.add(live);
      guarded(live, () => route.open(live));
    },
    message: (ws, message, isBinary) => {
      const { live } = ws.getUserData();
      if (!live || live.closed) return;
      // A binary frame is never valid JSON here; it is handed on as an empty text and refused like any malformed frame.
      const text = isBinary ? '' : Buffer.from(message).toString('utf8');
      guarded(live, () => route.message(live, text));
    },
    close: ws => {
      const { live } = ws.getUserData();
      if (!live) return;
      live.gone();
      open.delete(live);
      route.close(live);
    },
  });
}

type UpgradeContext = Parameters<HttpResponse['upgrade']>[4];

function upgrade<T>(
  res: HttpResponse,
  req: HttpRequest,
  { context, route, log }: { readonly context: UpgradeContext; readonly route: SocketRoute<T>; readonly log: Log },
): void {
  const request = readRequest(res, req, noBody());
  let gone = false;
  res.onAborted(() => {
    gone = true;
  });
  route
    .accept(request)
    .then(decision => {
      if (gone) return;
      res.cork(() => ('refuse' in decision ? refuseUpgrade(res, decision.refuse) : accepted(res, { request, context, ...decision })));
    })
    .catch(error => {
      log('error', 'an upgrade failed', { path: route.path, cause: error });
      if (!gone) res.close();
    });
}

function refuseUpgrade(res: HttpResponse, reply: WebReply): void {
  writeHead(res, reply);
  res.end(typeof reply.body === 'string' ? reply.body : '', true);
}

function accepted<T>(
  res: HttpResponse,
  { request, context, data, protocol }: Accepted<T> & { readonly request: WebRequest; readonly context: UpgradeContext },
): void {
  const upgraded: Upgraded<T> = { data, remote: request.remote, live: null };
  const extensions = request.headers['sec-websocket-extensions'] ?? '';
  res.upgrade(upgraded, request.headers['sec-websocket-key'] ?? '', protocol, extensions, context);
}

async function* noBody(): AsyncIterable<Uint8Array> {}

class Live<T> implements LiveSocket<T> {
  readonly data: T;
  readonly remote: string;
  #ws: WebSocket<Upgraded<T>> | null;

  constructor(ws: WebSocket<Upgraded<T>>) {
    this.#ws = ws;
    const user = ws.getUserData();
    this.data = user.data;
    this.remote = user.remote;
  }

  get closed(): boolean {
    return this.#ws === null;
  }

  send(text: string): boolean {
    return this.#ws !== null && this.#ws.send(text) !== 2;
  }

  buffered(): number {
    return this.#ws?.getBufferedAmount() ?? 0;
  }

  subscribe(topic: string): void {
    this.#ws?.subscribe(topic);
  }

  unsubscribe(topic: string): void {
    this.#ws?.unsubscribe(topic);
  }

  end(code: number, reason: string): void {
    this.#ws?.end(code, reason);
  }

  gone(): void {
    this.#ws = null;
  }
}

const statusTexts: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage',
};
