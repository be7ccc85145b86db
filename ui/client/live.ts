import { ticketResponse } from '../../gateway/contract/auth.ts';
import type { ClientFrame, ServerFrame } from '../../gateway/contract/live.ts';
import { serverFrame } from '../../gateway/contract/live.ts';
import type { Api } from './api.ts';
import { cell, type Readable } from './cell.ts';
import { type Env, type Socket, socketOpen } from './env.ts';
import type { ServerClock } from './server-clock.ts';

/** The live connection as people are told of it. `since` is server time, ms; `roundTrip` ms to the gateway and back. */
export type LiveState =
  | { readonly kind: 'connecting' | 'lost'; readonly since: number }
  | { readonly kind: 'open'; readonly roundTrip: number | null };

/** One WebSocket to `/api/v1/live`, kept open from log-in to log-out. */
export interface Live {
  readonly state: Readable<LiveState>;
  start(): void;
  stop(): void;
  /** Subscribes while at least one watcher wants a topic; the answer ends the watch. */
  watch(topics: readonly string[]): () => void;
  /** Asks the server for a topic's whole document again. */
  askAgain(topic: string): void;
  /** False when the connection is not open: nothing is queued. */
  send(frame: ClientFrame): boolean;
  onFrame(listener: (frame: ServerFrame) => void): () => void;
  /** The page woke or the network came back: try now instead of after the back-off. */
  wake(): void;
}

interface Parts {
  readonly env: Env;
  readonly api: Api;
  readonly clock: ServerClock;
}

const pingEvery = 2_000;
/** The server speaks at least once a second on `system`; after this much silence the socket is taken for dead, ms. */
const silence = 3_500;
const topicsPerFrame = 50;

/** Makes the client; nothing is opened before `start`. */
export function createLive(parts: Parts): Live {
  return new LiveClient(parts).face();
}

class LiveClient {
  readonly #env: Env;
  readonly #api: Api;
  readonly #clock: ServerClock;
  readonly #state = cell<LiveState>({ kind: 'connecting', since: 0 });
  readonly #wanted = new Map<string, number>();
  readonly #listeners = new Set<(frame: ServerFrame) => void>();
  readonly #pings = new Map<number, number>();
  #socket: Socket | null = null;
  #running = false;
  #opening = false;
  #attempt = 0;
  #pingNumber = 0;
  #heardAt = 0;
  #cancelTimer = (): void => {};

  constructor(parts: Parts) {
    this.#env = parts.env;
    this.#api = parts.api;
    this.#clock = parts.clock;
  }

  face(): Live {
    return {
      state: this.#state,
      start: () => this.#start(),
      stop: () => this.#stop(),
      watch: topics => this.#watch(topics),
      askAgain: topic => void this.#send({ type: 'subscribe', topics: [topic] }),
      send: frame => this.#send(frame),
      onFrame: listener => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
      wake: () => this.#wake(),
    };
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#state.set({ kind: 'connecting', since: this.#clock.now() });
    void this.#open();
  }

  #stop(): void {
    this.#running = false;
    this.#cancelTimer();
    this.#drop();
  }

  #wake(): void {
    if (!this.#running) return;
    const dead = this.#socket !== null && this.#env.monotonic() - this.#heardAt > silence;
    if (dead) this.#lost();
    if (this.#socket !== null || this.#opening) return;
    this.#cancelTimer();
    void this.#open();
  }

  async #open(): Promise<void> {
    this.#opening = true;
    const ticket = await this.#api.ask({ method: 'POST', path: 'auth/ws-ticket', json: {}, answer: ticketResponse });
    this.#opening = false;
    if (!this.#running || this.#socket !== null) return;
    if (!ticket.ok) return this.#retry();
    const { secure, host } = this.#env.place;
    const socket = this.#env.socket(`${secure ? 'wss' : 'ws'}://${host}/api/v1/live`, ['wit.v1', ticket.value.ticket]);
    this.#socket = socket;
    this.#heardAt = this.#env.monotonic();
    socket.onopen = () => this.#opened();
    socket.onmessage = event => this.#heard(event.data);
    socket.onclose = () => {
      if (this.#socket === socket) this.#lost();
    };
    this.#cancelTimer = this.#env.later(silence, () => this.#beat());
  }

  #opened(): void {
    this.#attempt = 0;
    this.#state.set({ kind: 'open', roundTrip: null });
    const topics = [...this.#wanted.keys()];
    for (let i = 0; i < topics.length; i += topicsPerFrame) this.#send({ type: 'subscribe', topics: topics.slice(i, i + topicsPerFrame) });
    this.#cancelTimer();
    this.#beat();
  }

  #beat(): void {
    if (this.#env.monotonic() - this.#heardAt >= silence) {
      this.#lost();
      return;
    }
    this.#pingNumber += 1;
    this.#pings.set(this.#pingNumber, this.#env.monotonic());
    this.#send({ type: 'ping', n: this.#pingNumber });
    this.#cancelTimer = this.#env.later(pingEvery, () => this.#beat());
  }

  #heard(data: unknown): void {
    this.#heardAt = this.#env.monotonic();
    const frame = parseFrame(data);
    if (frame === null) return;
    if (frame.type === 'hello') this.#clock.hear(frame.at);
    if (frame.type === 'system') this.#clock.hear(frame.data.at);
    if (frame.type === 'pong') this.#answered(frame.n, frame.at);
    for (const listener of [...this.#listeners]) listener(frame);
  }

  #answered(n: number, at: number): void {
    const sentAt = this.#pings.get(n);
    this.#pings.clear();
    if (sentAt === undefined) return;
    const roundTrip = this.#env.monotonic() - sentAt;
    this.#clock.hear(at, roundTrip);
    this.#state.set({ kind: 'open', roundTrip });
  }

  #lost(): void {
    this.#drop();
    if (!this.#running) return;
    if (this.#state.getSnapshot().kind !== 'lost') this.#state.set({ kind: 'lost', since: this.#clock.now() });
    this.#retry();
  }

  #retry(): void {
    const wait = Math.min(500 * 2 ** this.#attempt, 10_000) * (0.5 + this.#env.random());
    this.#attempt += 1;
    if (this.#state.getSnapshot().kind === 'connecting') this.#state.set({ kind: 'lost', since: this.#clock.now() });
    this.#cancelTimer();
    this.#cancelTimer = this.#env.later(wait, () => void this.#open());
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#pings.clear();
    this.#cancelTimer();
    socket?.close();
  }

  #watch(topics: readonly string[]): () => void {
    const fresh = topics.filter(topic => count(this.#wanted, topic, 1) === 1);
    if (fresh.length > 0) this.#send({ type: 'subscribe', topics: fresh });
    let watching = true;
    return () => {
      if (!watching) return;
      watching = false;
      const unwanted = topics.filter(topic => count(this.#wanted, topic, -1) === 0);
      if (unwanted.length > 0) this.#send({ type: 'unsubscribe', topics: unwanted });
    };
  }

  #send(frame: ClientFrame): boolean {
    if (this.#socket?.readyState !== socketOpen) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }
}

function count(wanted: Map<string, number>, topic: string, by: 1 | -1): number {
  const next = (wanted.get(topic) ?? 0) + by;
  if (next === 0) wanted.delete(topic);
  else wanted.set(topic, next);
  return next;
}

/** A frame of another version is dropped: what it would have told turns stale on screen, which is the truth. */
function parseFrame(data: unknown): ServerFrame | null {
  if (typeof data !== 'string') return null;
  try {
    const parsed = serverFrame.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
