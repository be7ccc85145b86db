import { z } from 'zod';
import { type LanePress, lanePressSchema } from '../../actors/stop/protocol.ts';
import type { NodeLine } from './node-sockets.ts';

const pendingSchema = z.array(z.object({ press: lanePressSchema, taken: z.array(z.string()) }));
/** Far more than people press while a node is down; the oldest go first. */
const limit = 500;
/** As long as a stop pass lives. */
const keepMs = 86_400_000;

/** A press that some node has not taken yet, and the equipment that did. */
export type Pending = z.infer<typeof pendingSchema>[number];

/** The presses that must not be forgotten, as JSON; anything unreadable is none. */
export function parsePending(text: string): Pending[] {
  try {
    return pendingSchema.parse(JSON.parse(text));
  } catch {
    return [];
  }
}

/**
 * The lane's latch: keeps each press until every node concerned has taken it, and says what to send again when a node comes back.
 * A node has taken a press when it says written, confirmed or not-written: from then on its own journaled latch holds.
 */
export class Latch {
  readonly #pending = new Map<string, Pending>();
  readonly #changed: (pending: readonly Pending[]) => void;

  constructor(known: readonly Pending[], changed: (pending: readonly Pending[]) => void) {
    for (const one of known) this.#pending.set(one.press.stopId, one);
    this.#changed = changed;
  }

  /** A new press; false when this stopId is known already. */
  add(press: LanePress): boolean {
    if (this.#pending.has(press.stopId)) return false;
    this.#pending.set(press.stopId, { press, taken: [] });
    this.#forgetOld(press.at);
    this.#changed([...this.#pending.values()]);
    return true;
  }

  /** A node took it for one equipment; the press is kept while others have not. */
  taken(stopId: string, equipment: string, nodes: readonly NodeLine[]): void {
    const pending = this.#pending.get(stopId);
    if (!pending || pending.taken.includes(equipment)) return;
    const next = { ...pending, taken: [...pending.taken, equipment] };
    if (isDone(next, nodes)) this.#pending.delete(stopId);
    else this.#pending.set(stopId, next);
    this.#changed([...this.#pending.values()]);
  }

  /** What a node that has just come back must still be told. */
  for(node: NodeLine): LanePress[] {
    return [...this.#pending.values()].filter(({ press, taken }) => concerns(press, taken, node)).map(({ press }) => press);
  }

  /** Equipment of these nodes that has not taken a press; of a press for one, that one. */
  missing(stopId: string, nodes: readonly NodeLine[]): string[] {
    const pending = this.#pending.get(stopId);
    if (!pending) return [];
    const { press, taken } = pending;
    const wanted = press.equipment === 'all' ? [...new Set(nodes.flatMap(node => node.equipment))] : [press.equipment];
    return wanted.filter(equipment => !taken.includes(equipment));
  }

  has(stopId: string): boolean {
    return this.#pending.has(stopId);
  }

  /** A press for equipment that no node ever owned would stay for ever. */
  #forgetOld(now: number): void {
    for (const [stopId, { press }] of this.#pending) {
      if (this.#pending.size <= limit && now - press.at < keepMs) break;
      this.#pending.delete(stopId);
    }
  }
}

function concerns(press: LanePress, taken: readonly string[], node: NodeLine): boolean {
  return node.equipment.some(equipment => !taken.includes(equipment) && (press.equipment === 'all' || press.equipment === equipment));
}

/** For `all` a silent node keeps the press: nobody knows what it owns now. */
function isDone({ press, taken }: Pending, nodes: readonly NodeLine[]): boolean {
  if (press.equipment !== 'all') return taken.includes(press.equipment);
  return nodes.every(node => node.alive && node.equipment.every(equipment => taken.includes(equipment)));
}
