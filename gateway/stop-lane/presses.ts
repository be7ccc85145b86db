import type { LanePress, NodeFrame } from '../../actors/stop/protocol.ts';
import type { StopStage } from '../contract/live.ts';
import type { Latch } from './latch.ts';
import type { NodeLine } from './node-sockets.ts';

/** Without `written` by then the page is told; with the way there and back it knows well within 500 ms. */
const confirmWithinMs = 250;
/** A page hears of a press for so long; the latch itself holds on. */
const watchMs = 600_000;

type NodeStage = Exclude<NodeFrame, { pong: number }>;

export interface PressesOptions {
  readonly latch: Latch;
  readonly nodes: () => readonly NodeLine[];
  /** The other way, in parallel; answers come to `heard`. */
  readonly overMessages: (press: LanePress, heard: (stage: NodeStage) => void) => void;
  readonly mono: () => number;
}

interface Watched {
  readonly at: number;
  readonly equipment: string;
  readonly tell: Set<(stage: StopStage) => void>;
  /** `equipment stage` told already: page, socket and messages all bring the same stages. */
  readonly told: Set<string>;
  unknown: boolean;
}

/** Each press on its way: to every node at once, its stages back to whoever pressed, and again until it is taken. */
export class Presses {
  readonly #options: PressesOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: PressesOptions) {
    this.#options = options;
  }

  /** Sends a press; everything that matters happens before this returns. The same stopId again only listens. */
  press(press: LanePress, tell: (stage: StopStage) => void): void {
    const known = this.#watched.get(press.stopId);
    if (known) {
      known.tell.add(tell);
      return;
    }
    const { latch, nodes, overMessages, mono } = this.#options;
    const watched: Watched = { at: mono(), equipment: press.equipment, tell: new Set([tell]), told: new Set(), unknown: false };
    for (const node of nodes()) node.press(press);
    this.#watched.set(press.stopId, watched);
    latch.add(press);
    this.#tell(press.stopId, { equipment: press.equipment, stage: 'received' });
    overMessages(press, stage => this.heard(stage));
    setTimeout(() => this.#late(press.stopId), confirmWithinMs);
    setTimeout(() => this.#watched.delete(press.stopId), watchMs).unref();
  }

  /** A stage from a node, whichever way it came. */
  heard({ stopId, equipment, stage, reason }: NodeStage): void {
    const watched = this.#watched.get(stopId);
    if (stage === 'unknown-target') {
      // Each node answers for its own equipment only: another one may have it.
      if (watched) watched.unknown = true;
      return;
    }
    this.#options.latch.taken(stopId, equipment);
    this.#tell(stopId, { equipment, stage, ...(reason === undefined ? {} : { reason }) });
  }

  /** A node has come (back), or lists other machines: each of them is told what it has not taken. */
  nodeReady(node: NodeLine): void {
    this.#options.latch.moved();
    for (const press of this.#options.latch.for(node)) node.press(press);
  }

  #late(stopId: string): void {
    const watched = this.#watched.get(stopId);
    if (!watched) return;
    for (const equipment of this.#options.latch.missing(stopId, this.#options.nodes())) {
      const unknown = watched.unknown && watched.equipment === equipment && this.#isUnanswered(watched);
      const reason = unknown
        ? 'No node that answers has this equipment; the press is kept for one that does.'
        : 'No node has confirmed. The press is kept and sent again.';
      this.#tell(stopId, { equipment, stage: unknown ? 'unknown-target' : 'node-silent', reason });
    }
  }

  #isUnanswered({ told }: Watched): boolean {
    return ![...told].some(entry => /(written|confirmed)$/.test(entry));
  }

  #tell(stopId: string, { equipment, stage, reason }: Omit<StopStage, 'stopId' | 'ms'>): void {
    const watched = this.#watched.get(stopId);
    const key = `${equipment} ${stage}`;
    if (!watched || watched.told.has(key)) return;
    watched.told.add(key);
    const ms = Math.round((this.#options.mono() - watched.at) * 10) / 10;
    for (const tell of watched.tell) tell({ stopId, equipment, stage, ms, ...(reason === undefined ? {} : { reason }) });
  }
}
