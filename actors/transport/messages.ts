import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect, Events, type Msg, type NatsConnection, type Status } from 'nats';
import { z } from 'zod';
import type { PeerFiles } from '../config.ts';
import { inboxPrefix } from './inbox.ts';
import { readPeerIdentity } from './peer-identity.ts';

const credentialSchema = z.object({ user: z.string(), password: z.string() });

/** Whether the message service can be used now; `since` in ms since 1970. */
export interface MessagesState {
  readonly ok: boolean;
  readonly since: number;
}

export interface MessagesOptions {
  /** One server, or the members of a cluster with commas between. */
  readonly url: string;
  /** JSON file {user, password}; null where the server asks for none. */
  readonly credsFile: string | null;
  /** Who we are to servers that are spoken to by TLS (`tls://...`). */
  readonly peer?: PeerFiles | null;
  /** Shown in the server's connection list. */
  readonly name: string;
  now(): number;
  log(line: string): void;
}

export type MessageHandler = (message: Msg) => void;

/**
 * NATS as a thing that is there or away: it connects and reconnects for ever, nothing here waits for it, and nothing is queued
 * while it is away (late telemetry and late answers would be lies).
 */
export interface Messages {
  readonly state: MessagesState;
  /** The open connection, or null. */
  readonly connection: NatsConnection | null;
  /** Sends JSON; false when away (it is dropped). */
  publish(subject: string, data: unknown): boolean;
  /** Listens from now on, across every outage. Returns the way to stop. */
  subscribe(subject: string, handler: MessageHandler): () => void;
  /** Told at every change, and at once when already connected. Returns the way to stop. */
  onState(listener: (state: MessagesState) => void): () => void;
  close(): Promise<void>;
}

/** Begins to connect and returns at once. */
export function openMessages(options: MessagesOptions): Messages {
  const messages = new NatsMessages(options);
  void messages.run();
  return messages;
}

const retryMs = 250;

class NatsMessages implements Messages {
  readonly #options: MessagesOptions;
  readonly #handlers = new Map<symbol, { subject: string; handler: MessageHandler; stop: (() => void) | null }>();
  readonly #listeners = new Set<(state: MessagesState) => void>();
  #connection: NatsConnection | null = null;
  #state: MessagesState;
  #closed = false;

  constructor(options: MessagesOptions) {
    this.#options = options;
    this.#state = { ok: false, since: options.now() };
  }

  get state(): MessagesState {
    return this.#state;
  }

  get connection(): NatsConnection | null {
    return this.#state.ok ? this.#connection : null;
  }

  /**
   * One server at a time, each connection by a client of its own that never reconnects by itself: a server that hangs while it is connected
   * to and wakes later would make the client library (2.29) give up the connection that it has since made to another server, without closing
   * it, and every message would come twice.
   */
  async run(): Promise<void> {
    const servers = this.#options.url.split(',');
    const first = Math.floor(Math.random() * servers.length);
    for (let tried = 0, failed = 0; !this.#closed; tried += 1) {
      try {
        const connection = await this.#connect(servers[(first + tried) % servers.length] ?? '');
        failed = 0;
        await this.#serve(connection);
      } catch (cause) {
        failed += 1;
        if (failed === servers.length)
          this.#options.log(`messages: cannot connect: ${cause instanceof Error ? cause.message : String(cause)}`);
      }
      // Not all at the same moment, when a server came back.
      if (!this.#closed) await new Promise(resolve => setTimeout(resolve, retryMs * (failed > 0 ? 1 : 0) + retryMs * Math.random()));
    }
  }

  async #connect(server: string): Promise<NatsConnection> {
    const { credsFile, name } = this.#options;
    const credential = credsFile === null ? null : credentialSchema.parse(JSON.parse(await readFile(credsFile, 'utf8')));
    return connect({
      servers: [server],
      name,
      ...(credential ? { user: credential.user, pass: credential.password, inboxPrefix: inboxPrefix(credential.user) } : {}),
      ...(await this.#tls(server)),
      reconnect: false,
      // One address at a time as well: the name is resolved by the system.
      resolve: false,
      timeout: 2_000,
      // A hung server is noticed after two unanswered pings.
      pingInterval: 1_000,
      maxPingOut: 2,
    });
  }

  /** For `tls://`: then nothing less will do, and the certificate must be for the host that is named. Files are read at each connection. */
  async #tls(server: string): Promise<Pick<ConnectionOptions, 'tls'>> {
    if (!server.startsWith('tls://')) return {};
    const { peer } = this.#options;
    const host = new URL(server).hostname.replace(/^\[|\]$/g, '');
    // An address is no server name; the client library hands over what it does not know.
    return { tls: { ...(peer ? await readPeerIdentity(peer) : {}), ...(isIP(host) > 0 ? { host } : { servername: host }) } };
  }

  async #serve(connection: NatsConnection): Promise<void> {
    if (this.#closed) return connection.close();
    this.#connection = connection;
    for (const entry of this.#handlers.values()) entry.stop = listen(connection, entry);
    this.#become(true);
    void this.#follow(connection);
    await connection.closed();
    this.#become(false);
    for (const entry of this.#handlers.values()) entry.stop = null;
    this.#connection = null;
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status() as AsyncIterable<Status>) {
      if (status.type === Events.Error) this.#options.log(`messages: ${String(status.data)}`);
    }
  }

  #become(ok: boolean): void {
    if (ok === this.#state.ok) return;
    this.#state = { ok, since: this.#options.now() };
    if (!this.#closed) this.#options.log(ok ? 'messages: connected' : 'messages: away');
    for (const listener of this.#listeners) listener(this.#state);
  }

  publish(subject: string, data: unknown): boolean {
    if (!this.connection) return false;
    this.connection.publish(subject, encodeJson(data));
    return true;
  }

  subscribe(subject: string, handler: MessageHandler): () => void {
    const key = Symbol(subject);
    const entry = { subject, handler, stop: null as (() => void) | null };
    this.#handlers.set(key, entry);
    if (this.#connection) entry.stop = listen(this.#connection, entry);
    return () => {
      entry.stop?.();
      this.#handlers.delete(key);
    };
  }

  onState(listener: (state: MessagesState) => void): () => void {
    this.#listeners.add(listener);
    if (this.#state.ok) listener(this.#state);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = this.#connection;
    if (!connection) return;
    // What was published just now (the last status) should still go out, but a hung server must not hold the shutdown.
    await Promise.race([connection.flush().catch(() => undefined), new Promise(resolve => setTimeout(resolve, 500))]);
    await connection.close();
  }
}

function listen(connection: NatsConnection, { subject, handler }: { subject: string; handler: MessageHandler }): () => void {
  const subscription = connection.subscribe(subject, { callback: (error, message) => (error ? undefined : handler(message)) });
  return () => subscription.unsubscribe();
}

/** UTF-8 JSON. */
export function encodeJson(data: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(data));
}

/** The JSON in a message, or null when it holds none: whoever sent it is not one of us. */
export function decodeJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return null;
  }
}
