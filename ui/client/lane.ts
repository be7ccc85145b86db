import type { z } from 'zod';
import type { StopStage } from '../../gateway/contract/live.ts';
import { type laneClientFrame, laneServerFrame } from '../../gateway/contract/live.ts';
import { cell, type Readable } from './cell.ts';
import { type Env, type Socket, socketOpen } from './env.ts';

/** The stop lane as seen from here. `ready` without `node`: the lane answers, but would not get a confirmation. */
export type LaneState = { readonly kind: 'closed' } | { readonly kind: 'ready'; readonly node: boolean; readonly roundTrip: number | null };

/** The socket to the stop lane, kept open and pinged from log-in, so that a press finds an open door. */
export interface Lane {
  readonly state: Readable<LaneState>;
  /** Opens with the stop pass of the log-in; a new pass takes effect at the next opening. */
  start(pass: string, port: number): void;
  stop(): void;
  /** False when the lane is not open. `equipment` is an id or `all`. */
  press(stopId: string, equipment: string): boolean;
  onStage(listener: (stage: StopStage) => void): () => void;
  wake(): void;
}

type LaneFrame = z.infer<typeof laneClientFrame>;

const pingEvery = 1_000;
const silence = 3_000;
const retryAfter = 500;

/** Makes the client of the stop lane; nothing is opened before `start`. */
export function createLane(env: Env): Lane {
  return new LaneClient(env).face();
}

class LaneClient {
  readonly #env: Env;
  readonly #state = cell<LaneState>({ kind: 'closed' });
  readonly #listeners = new Set<(stage: StopStage) => void>();
  #socket: Socket | null = null;
  #door: { readonly pass: string; readonly port: number } | null = null;
  #heardAt = 0;
  #cancelTimer = (): void => {};

  constructor(env: Env) {
    this.#env = env;
  }

  face(): Lane {
    return {
      state: this.#state,
      start: (pass, port) => {
        this.#door = { pass, port };
        if (this.#socket === null) this.#open();
      },
      stop: () => {
        this.#door = null;
        this.#close();
      },
      press: (stopId, equipment) => this.#send({ stopId, equipment }),
      onStage: listener => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
      wake: () => this.#wake(),
    };
  }

  #open(): void {
    if (this.#door === null) return;
    const { pass, port } = this.#door;
    const { secure, hostname } = this.#env.place;
    const socket = this.#env.socket(`${secure ? 'wss' : 'ws'}://${hostname}:${port}/`, []);
    this.#socket = socket;
    this.#heardAt = this.#env.monotonic();
    socket.onopen = () => {
      this.#send({ pass });
      this.#beat();
    };
    socket.onmessage = event => this.#heard(event.data);
    socket.onclose = () => {
      if (this.#socket === socket) this.#lost();
    };
    this.#cancelTimer = this.#env.later(silence, () => this.#lost());
  }

  #beat(): void {
    this.#cancelTimer();
    if (this.#env.monotonic() - this.#heardAt >= silence) {
      this.#lost();
      return;
    }
    this.#send({ ping: this.#env.monotonic() });
    this.#cancelTimer = this.#env.later(pingEvery, () => this.#beat());
  }

  #heard(data: unknown): void {
    this.#heardAt = this.#env.monotonic();
    const frame = parseFrame(data);
    if (frame === null || 'error' in frame) return;
    if ('ready' in frame) this.#state.set({ kind: 'ready', node: frame.node, roundTrip: null });
    else if ('pong' in frame) this.#state.set({ kind: 'ready', node: frame.node, roundTrip: this.#env.monotonic() - frame.pong });
    else for (const listener of [...this.#listeners]) listener(frame);
  }

  #lost(): void {
    this.#close();
    if (this.#door !== null) this.#cancelTimer = this.#env.later(retryAfter * (1 + this.#env.random()), () => this.#open());
  }

  #close(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#cancelTimer();
    this.#state.set({ kind: 'closed' });
    socket?.close();
  }

  #wake(): void {
    if (this.#socket !== null && this.#env.monotonic() - this.#heardAt > silence) this.#lost();
    if (this.#socket !== null || this.#door === null) return;
    this.#cancelTimer();
    this.#open();
  }

  #send(frame: LaneFrame): boolean {
    if (this.#socket?.readyState !== socketOpen) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }
}

function parseFrame(data: unknown): z.infer<typeof laneServerFrame> | null {
  if (typeof data !== 'string') return null;
  try {
    const parsed = laneServerFrame.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
