import type { ServerFrame } from '../../gateway/contract/live.ts';
import type { Env, Socket } from '../client/env.ts';

/** A socket whose other end is the test. */
export class FakeSocket implements Socket {
  readyState = 0;
  bufferedAmount = 0;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];

  constructor(
    readonly url: string,
    readonly protocols: readonly string[],
  ) {}

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.();
  }

  /** The server says something. */
  say(frame: unknown): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  sentOf(type: string): Record<string, unknown>[] {
    return this.sent.filter(frame => frame.type === type);
  }
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Everything outside the page, in the hands of the test: clock, timers, sockets, HTTP. */
export class FakeWorld {
  readonly sockets: FakeSocket[] = [];
  readonly requests: { method: string; path: string; body: unknown }[] = [];
  readonly answers = new Map<string, { status: number; body: unknown }>();
  readonly env: Env;
  #now = 1_000_000;
  #timers: Timer[] = [];
  #bytes = 0;

  constructor() {
    this.answers.set('POST /api/v1/auth/ws-ticket', { status: 200, body: { ticket: 'ticket-1' } });
    this.env = {
      now: () => this.#now,
      monotonic: () => this.#now,
      random: () => 0.5,
      randomBytes: bytes => bytes.fill(this.#bytes++ % 256),
      fetch: async (path, init) => this.#fetch(path, init),
      socket: (url, protocols) => this.#socket(url, protocols),
      later: (ms, run) => this.#later(ms, run),
      alone: (_name, run) => run(),
      place: { secure: false, host: 'wit.test:8000', hostname: 'wit.test' },
    };
  }

  get now(): number {
    return this.#now;
  }

  /** The newest socket whose address contains `part`. */
  socket(part: string): FakeSocket {
    const found = this.sockets.findLast(socket => socket.url.includes(part));
    if (!found) throw new Error(`no socket to ${part}`);
    return found;
  }

  /** Time passes; due timers run in order, and promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = this.#timers.filter(timer => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter(timer => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settle();
    }
    this.#now = end;
  }

  /** Time passes while the page sleeps: timers run late, all at the end. */
  async sleep(ms: number): Promise<void> {
    this.#now += ms;
    await this.advance(0);
  }

  #socket(url: string, protocols: readonly string[]): FakeSocket {
    const socket = new FakeSocket(url, protocols);
    this.sockets.push(socket);
    return socket;
  }

  #later(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer);
    };
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const method = init.method ?? 'GET';
    this.requests.push({ method, path, body: typeof init.body === 'string' ? JSON.parse(init.body) : init.body });
    const answer = this.answers.get(`${method} ${path}`);
    if (!answer) throw new TypeError('network');
    return new Response(JSON.stringify(answer.body), { status: answer.status });
  }
}

/** Lets promises that are ready run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 12; i += 1) await Promise.resolve();
}

/** A system frame with everything well. */
export function wellSystem(at: number): ServerFrame {
  return {
    type: 'system',
    data: {
      at,
      site: 'main',
      database: { ok: true, since: at },
      messages: { ok: true, since: at },
      nodes: [{ id: 'node-1', ok: true, since: at, lastHeard: at }],
      impairments: [],
    },
  };
}
