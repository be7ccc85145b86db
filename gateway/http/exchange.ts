/** What passes between the web server adapter and everything above it: plain values, no library in sight. */

/** One HTTP request. Header names are lower-case; the path is as sent, not decoded. */
export interface WebRequest {
  readonly method: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Address of the peer as the socket says it; forwarded headers are never read here. */
  readonly remote: string;
  /** The body, read once; it throws `BodyAborted` when the client goes away. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Body of known size, sent with back-pressure. */
export interface StreamBody {
  readonly size: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** One HTTP reply. */
export interface WebReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | StreamBody | null;
}

/** The client went away before its body was complete. */
export class BodyAborted extends Error {
  constructor() {
    super('The client went away before its request was complete.');
    this.name = 'BodyAborted';
  }
}

/** Answers a request; must not throw (the adapter closes the connection if it does). */
export type WebHandler = (request: WebRequest) => Promise<WebReply>;

/** One WebSocket, safe to use at any time: after its close every call does nothing. */
export interface LiveSocket<T> {
  readonly data: T;
  readonly remote: string;
  readonly closed: boolean;
  /** False when the message was dropped. */
  send(text: string): boolean;
  /** Bytes waiting in this process for a slow peer. */
  buffered(): number;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  /** Closes with a WebSocket close code (4401: log in again). */
  end(code: number, reason: string): void;
}

/** An upgrade that is made, with what the application keeps beside the socket. */
export interface Accepted<T> {
  readonly data: T;
  readonly protocol: string;
}

/** What the application does with the sockets of one path. */
export interface SocketRoute<T> {
  readonly path: string;
  /** Larger frames close the socket at once; the route itself refuses smaller ones in words. */
  readonly maxFrameBytes: number;
  /** A socket with more than this waiting is closed: nothing is dropped silently. */
  readonly maxBufferedBytes: number;
  /** Decides about the upgrade from its headers; a reply refuses it. No frame is read before. */
  accept(request: WebRequest): Promise<Accepted<T> | { readonly refuse: WebReply }>;
  open(socket: LiveSocket<T>): void;
  message(socket: LiveSocket<T>, text: string): void;
  close(socket: LiveSocket<T>): void;
}

/** A listening server. */
export interface WebServer {
  readonly port: number;
  /** Sends one text to every socket subscribed to the topic. */
  publish(topic: string, text: string): void;
  /** Stops listening and closes every socket; idempotent. */
  close(): void;
}
