import type { Socket } from 'node:net';
import { type LanePress, type NodeFrame, nodeFrameSchema } from '../../actors/stop/protocol.ts';
import type { Log } from '../http/log.ts';
import type { Dial, Dialled } from './dial.ts';

const pingMs = 250;
/** Without a pong for so long the node is not counted on; the socket stays, the node may only be busy. */
const aliveMs = 1_000;
/** Then the socket is given up and opened anew. */
const deadMs = 5_000;
const frameLimit = 65_536;

export interface NodeSocketOptions {
  readonly dial: Dial;
  /** What it is known to own before it has said so itself. */
  readonly equipment: readonly string[];
  readonly log: Log;
  readonly mono: () => number;
  /** The node answered for the first time on a new connection, or owns other equipment than before. */
  readonly onReady: () => void;
  readonly onStage: (stage: Exclude<NodeFrame, { pong: number }>) => void;
}

/** The kept-open, pinged line to one node's stop socket; it connects for ever until closed. */
export class NodeSocket {
  readonly #options: NodeSocketOptions;
  #socket: Socket | null = null;
  #equipment: readonly string[];
  #pongAt = Number.NEGATIVE_INFINITY;
  #openedAt = 0;
  /** The other side is known and hello is the first that it hears. */
  #greeted = false;
  #ready = false;
  #closed = false;
  #said: 'open' | 'broken' | null = null;
  readonly #timer: NodeJS.Timeout;
  #retry: NodeJS.Timeout | null = null;

  constructor(options: NodeSocketOptions) {
    this.#options = options;
    this.#equipment = options.equipment;
    this.#timer = setInterval(() => this.#ping(), pingMs);
    void this.#open();
  }

  /** It answered within the last second. */
  get alive(): boolean {
    return this.#ready && this.#options.mono() - this.#pongAt < aliveMs;
  }

  /** What the node said it owns, also while it is silent. */
  get equipment(): readonly string[] {
    return this.#equipment;
  }

  /** Writes a press at once; false when no connection is open. */
  press(press: LanePress): boolean {
    return this.#ready && this.#write(press);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    if (this.#retry) clearTimeout(this.#retry);
    this.#socket?.destroy();
  }

  async #open(): Promise<void> {
    this.#retry = null;
    let dialled: Dialled;
    try {
      dialled = await this.#options.dial.connect();
    } catch (cause) {
      this.#say('broken', cause);
      return this.#later();
    }
    const { socket, opens, hello } = dialled;
    if (this.#closed) return void socket.destroy();
    this.#socket = socket;
    this.#openedAt = this.#options.mono();
    this.#greeted = false;
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.on(opens, () => {
      this.#greeted = true;
      this.#write(hello);
      this.#ping();
    });
    this.#read(socket);
    // What is wrong shows in `alive` too; 'close' follows every error.
    socket.on('error', cause => this.#say('broken', cause));
    socket.on('close', () => this.#lost(socket));
  }

  #read(socket: Socket): void {
    let rest = '';
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > frameLimit) socket.destroy();
      for (const line of lines) if (line !== '') this.#heard(line);
    });
  }

  #heard(line: string): void {
    const frame = parse(line);
    if (frame === null) return;
    if (!('pong' in frame)) {
      this.#options.onStage(frame);
      return;
    }
    this.#pongAt = this.#options.mono();
    const news = !this.#ready || frame.equipment.join() !== this.#equipment.join();
    this.#equipment = frame.equipment;
    this.#ready = true;
    this.#say('open');
    if (news) this.#options.onReady();
  }

  #ping(): void {
    const now = this.#options.mono();
    if (this.#socket && now - Math.max(this.#pongAt, this.#openedAt) > deadMs) this.#socket.destroy();
    this.#write({ ping: now });
  }

  #write(frame: unknown): boolean {
    const socket = this.#socket;
    if (!socket?.writable || !this.#greeted) return false;
    socket.write(`${JSON.stringify(frame)}\n`);
    return true;
  }

  #lost(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#ready = false;
    this.#say('broken');
    this.#later();
  }

  #later(): void {
    if (!this.#closed && !this.#retry) this.#retry = setTimeout(() => void this.#open(), this.#options.dial.retryMs);
  }

  /** Once when it breaks or cannot be made, once when a node answers. */
  #say(state: 'open' | 'broken', cause?: unknown): void {
    if (this.#closed || this.#said === state) return;
    this.#said = state;
    const { dial, log } = this.#options;
    if (state === 'open') log('info', 'a node answers', { node: dial.name });
    else log('warn', 'there is no line to a node', { node: dial.name, cause });
  }
}

function parse(line: string): NodeFrame | null {
  try {
    const parsed = nodeFrameSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
