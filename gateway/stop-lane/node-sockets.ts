import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PeerFiles } from '../../actors/config.ts';
import type { LanePress } from '../../actors/stop/protocol.ts';
import { type Dial, dialFar, dialHere } from './dial.ts';
import type { KnownNode } from './known-nodes.ts';
import { NodeSocket, type NodeSocketOptions } from './node-socket.ts';

const lookMs = 200;
const socketName = /^stop-([a-z0-9-]{1,40})\.sock$/;

/** A node as the latch sees it. */
export interface NodeLine {
  readonly alive: boolean;
  readonly equipment: readonly string[];
  press(press: LanePress): boolean;
}

export interface NodeSocketsOptions extends Pick<NodeSocketOptions, 'mono' | 'onStage' | 'log'> {
  /** `$DATA/run` */
  readonly folder: string;
  readonly secretFile: string;
  /** The nodes of other computers, by id. */
  readonly far: () => ReadonlyMap<string, KnownNode>;
  /** Who we are to them; null: we cannot speak to them. */
  readonly peer: PeerFiles | null;
  readonly onReady: (node: NodeLine) => void;
  /** It ended in order, or has another address now. */
  readonly onGone: () => void;
}

interface Way {
  readonly dial: Dial;
  readonly equipment: readonly string[];
}

/** The lines to every node of this data directory and of other computers; one that appears is connected to within a fraction of a second. */
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
    const { folder, secretFile, far, peer, onReady, onGone: _, ...rest } = this.#options;
    const here = (await readdir(folder).catch(() => [])).flatMap(name => socketName.exec(name)?.[1] ?? []);
    const ways = new Map<string, Way>();
    for (const node of here) ways.set(node, { dial: dialHere(node, join(folder, `stop-${node}.sock`), secretFile), equipment: [] });
    for (const [node, { address, equipment }] of far()) {
      // What is here is spoken to here.
      if (peer && !here.includes(node)) ways.set(`${node} ${address}`, { dial: dialFar(node, address, peer), equipment });
    }
    for (const [key, way] of ways) {
      if (this.#sockets.has(key)) continue;
      const socket: NodeSocket = new NodeSocket({ ...rest, ...way, onReady: () => onReady(socket) });
      this.#sockets.set(key, socket);
    }
    this.#forget(ways);
  }

  /** A node that ended in order took its socket file away; one that moved has another address. */
  #forget(ways: ReadonlyMap<string, unknown>): void {
    for (const [key, socket] of this.#sockets) {
      if (ways.has(key) || socket.alive) continue;
      socket.close();
      this.#sockets.delete(key);
      this.#options.onGone();
    }
  }
}
