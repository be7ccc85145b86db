import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LanePress, NodeFrame } from '../../actors/stop/protocol.ts';
import { NodeSocket } from './node-socket.ts';

const lookMs = 200;
const socketName = /^stop-[a-z0-9-]{1,40}\.sock$/;

/** A node as the latch sees it. */
export interface NodeLine {
  readonly alive: boolean;
  readonly equipment: readonly string[];
  press(press: LanePress): boolean;
}

export interface NodeSocketsOptions {
  /** `$DATA/run` */
  readonly folder: string;
  readonly secret: () => Promise<string>;
  readonly mono: () => number;
  readonly onReady: (node: NodeLine) => void;
  readonly onStage: (stage: Exclude<NodeFrame, { pong: number }>) => void;
}

/** The lines to every node of this data directory; a socket file that appears is connected to within a fraction of a second. */
export class NodeSockets {
  readonly #options: NodeSocketsOptions;
  readonly #sockets = new Map<string, NodeSocket>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: NodeSocketsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), lookMs);
    void this.#look();
  }

  /** Every node known, also the silent ones: a crashed node leaves its socket file behind. */
  get lines(): readonly NodeLine[] {
    return [...this.#sockets.values()];
  }

  /** At least one node would act on a press now. */
  get alive(): boolean {
    return this.lines.some(line => line.alive);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets.values()) socket.close();
  }

  async #look(): Promise<void> {
    const { folder, onReady, ...rest } = this.#options;
    const names = (await readdir(folder).catch(() => [])).filter(name => socketName.test(name));
    for (const name of names) {
      if (this.#sockets.has(name)) continue;
      const socket: NodeSocket = new NodeSocket({ ...rest, path: join(folder, name), onReady: () => onReady(socket) });
      this.#sockets.set(name, socket);
    }
    this.#forget(names);
  }

  /** A node that ended in order took its socket file away. */
  #forget(names: readonly string[]): void {
    for (const [name, socket] of this.#sockets) {
      if (names.includes(name) || socket.alive) continue;
      socket.close();
      this.#sockets.delete(name);
    }
  }
}
