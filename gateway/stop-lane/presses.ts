import { randomUUID } from 'node:crypto';
import type { LanePress, NodeFrame } from '../../actors/stop/protocol.ts';
import type { StopStage } from '../contract/live.ts';
import type { Latch } from './latch.ts';
import type { NodeLine } from './node-sockets.ts';
import { outcomeOf, type PressOutcome } from './press-outcome.ts';

/** Without `written` by then the page is told; with the way there and back it knows well within 500 ms. */
const confirmWithinMs = 250;
/** Whoever pressed hears of it for so long; the latch itself holds on. */
const watchMs = 600_000;
/** Who asks again for an answer that came late does so by then; a client that gives its one id to each press means another stop. */
const repeatWithinMs = 10_000;
/** Far more than people press within that time; the oldest go first. */
const watchLimit = 500;

type NodeStage = Exclude<NodeFrame, { pong: number }>;

export interface PressesOptions {
  readonly latch: Latch;
  readonly nodes: () => readonly NodeLine[];
  /** The other way, in parallel; answers come to `heard`. */
  readonly overMessages: (press: LanePress, heard: (stage: NodeStage) => void) => void;
  readonly mono: () => number;
}

export type Tell = (stage: StopStage) => void;

interface Watched {
  readonly at: number;
  readonly equipment: string;
  readonly tell: Set<Tell>;
  /** Each once: page, socket and messages all bring the same stages. */
  readonly stages: StopStage[];
  unknown: boolean;
}

/** Each press on its way: to every node at once, its stages back to whoever pressed, and again until it is taken. */
export class Presses {
  readonly #options: PressesOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: PressesOptions) {
    this.#options = options;
  }

  /**
   * Sends a press; everything that matters happens before this returns. The same stopId again is the same press: whoever sends it is told
   * what came of it so far, and hears on. With another equipment, or long after the machines have confirmed, it is a press of its own, under an
   * id of its own: a client that gives one id twice must not be told of a stop that never left. Returns the id.
   */
  press(press: LanePress, tell: Tell): string {
    const known = this.#watched.get(press.stopId);
    if (known && this.#isRepeat(press, known)) {
      known.tell.add(tell);
      for (const stage of known.stages) tell(stage);
      return press.stopId;
    }
    if (known) return this.press({ ...press, stopId: randomUUID() }, tell);
    const { latch, nodes, overMessages, mono } = this.#options;
    const watched: Watched = { at: mono(), equipment: press.equipment, tell: new Set([tell]), stages: [], unknown: false };
    for (const node of nodes()) node.press(press);
    this.#watch(press.stopId, watched);
    latch.add(press);
    this.#tell(press.stopId, { equipment: press.equipment, stage: 'received' });
    overMessages(press, stage => this.heard(stage));
    setTimeout(() => this.#late(press.stopId), confirmWithinMs);
    return press.stopId;
  }

  #isRepeat({ stopId, equipment }: LanePress, known: Watched): boolean {
    const isOver = this.#options.mono() - known.at > repeatWithinMs && this.outcome(stopId).confirmed;
    return known.equipment === equipment && !isOver;
  }

  /** Whoever pressed is gone, or has heard enough. */
  leave(tell: Tell): void {
    for (const watched of this.#watched.values()) watched.tell.delete(tell);
  }

  /** What has come of a press: true when it is so for every machine that it was meant for. */
  outcome(stopId: string): PressOutcome {
    const watched = this.#watched.get(stopId);
    if (!watched) return { written: false, confirmed: false };
    return outcomeOf(watched, this.#options.nodes());
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

  /** A node ended in order: what it had may come back with it, or elsewhere. */
  nodeGone(): void {
    this.#options.latch.moved();
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

  #isUnanswered({ stages }: Watched): boolean {
    return !stages.some(({ stage }) => stage === 'written' || stage === 'not-written' || stage === 'confirmed');
  }

  #watch(stopId: string, watched: Watched): void {
    this.#watched.set(stopId, watched);
    for (const oldest of this.#watched.keys()) {
      if (this.#watched.size <= watchLimit) break;
      this.#watched.delete(oldest);
    }
    setTimeout(() => this.#watched.get(stopId) === watched && this.#watched.delete(stopId), watchMs).unref();
  }

  #tell(stopId: string, { equipment, stage, reason }: Omit<StopStage, 'stopId' | 'ms'>): void {
    const watched = this.#watched.get(stopId);
    if (!watched || watched.stages.some(one => one.equipment === equipment && one.stage === stage)) return;
    const ms = Math.round((this.#options.mono() - watched.at) * 10) / 10;
    const told: StopStage = { stopId, equipment, stage, ms, ...(reason === undefined ? {} : { reason }) };
    watched.stages.push(told);
    for (const tell of watched.tell) tell(told);
  }
}
