import { z } from 'zod';
import { type LanePress, lanePressSchema } from '../../actors/stop/protocol.ts';
import type { NodeLine } from './node-sockets.ts';

const pendingSchema = z.array(z.object({ press: lanePressSchema, taken: z.array(z.string()) }));
/** Far more than people press while a node is down; the oldest go first. */
const limit = 500;
/** As long as a stop pass lives. */
const keepMs = 86_400_000;

/** A press that some machine may not have taken yet, and the equipment that did. */
export type Pending = z.infer<typeof pendingSchema>[number];

/** The presses that must not be forgotten, as JSON; anything unreadable is none. */
export function parsePending(text: string): Pending[] {
  try {
    return pendingSchema.parse(JSON.parse(text));
  } catch {
    return [];
  }
}

export interface LatchOptions {
  /** What an earlier lane kept. */
  readonly known: readonly Pending[];
  /** ms; longer than a machine needs to change hands or to be tried again. */
  readonly settleMs: number;
  /** monotonic ms */
  readonly mono: () => number;
  readonly changed: (pending: readonly Pending[]) => void;
}

/**
 * The lane's latch: keeps each press until every machine concerned has taken it, and says what to send when a node comes back or lists another
 * machine. A machine has taken a press when its node says written, confirmed or not-written: from then on its own journaled latch holds, and
 * this press never reaches it again, whoever released it meanwhile.
 *
 * A node that starts lists its machines one after the other, and one that changes hands is in nobody's list for a while. So a press for all is
 * kept beyond the last machine that took it, until no node has come, gone or listed anything else for `settleMs`.
 */
export class Latch {
  readonly #options: LatchOptions;
  readonly #pending = new Map<string, Pending>();
  /** Since when (monotonic ms) a press for all has been taken by every machine that any node lists. */
  readonly #completeSince = new Map<string, number>();

  constructor(options: LatchOptions) {
    this.#options = options;
    for (const one of options.known) this.#pending.set(one.press.stopId, one);
  }

  /** A new press; false when this stopId is known already. */
  add(press: LanePress): boolean {
    if (this.#pending.has(press.stopId)) return false;
    this.#pending.set(press.stopId, { press, taken: [] });
    this.#forgetOld(press.at);
    this.#changed();
    return true;
  }

  /** A node took it for one equipment; the press is kept for those that have not. */
  taken(stopId: string, equipment: string): void {
    const pending = this.#pending.get(stopId);
    if (!pending || pending.taken.includes(equipment)) return;
    if (pending.press.equipment === equipment) this.#pending.delete(stopId);
    else this.#pending.set(stopId, { ...pending, taken: [...pending.taken, equipment] });
    this.#changed();
  }

  /** What a node must still be told, each press for each machine alone: what has taken it may have been released since. */
  for(node: NodeLine): LanePress[] {
    const wanted = ({ press, taken }: Pending) =>
      node.equipment.filter(id => !taken.includes(id) && (press.equipment === 'all' || press.equipment === id));
    return [...this.#pending.values()].flatMap(pending => wanted(pending).map(equipment => ({ ...pending.press, equipment })));
  }

  /** Equipment of these nodes that has not taken a press; of a press for one, that one. `all`: somebody is silent and nobody knows what it owns. */
  missing(stopId: string, nodes: readonly NodeLine[]): string[] {
    const pending = this.#pending.get(stopId);
    if (!pending) return [];
    const { press, taken } = pending;
    if (press.equipment !== 'all') return [press.equipment];
    const missing = [...new Set(nodes.flatMap(node => node.equipment))].filter(equipment => !taken.includes(equipment));
    return missing.length > 0 || isComplete(pending, nodes) ? missing : ['all'];
  }

  /** A node has come (back) or lists other machines than before: more may follow. */
  moved(): void {
    this.#completeSince.clear();
  }

  /** Forgets each press for all that every machine has taken, once the nodes have stood still for long enough. */
  settle(nodes: readonly NodeLine[]): void {
    const { mono, settleMs } = this.#options;
    const before = this.#pending.size;
    for (const [stopId, pending] of this.#pending) {
      if (!isComplete(pending, nodes)) {
        this.#completeSince.delete(stopId);
        continue;
      }
      const since = this.#completeSince.get(stopId) ?? mono();
      this.#completeSince.set(stopId, since);
      if (mono() - since >= settleMs) this.#forget(stopId);
    }
    if (this.#pending.size < before) this.#changed();
  }

  /** A press for equipment that no node ever owned would stay for ever. */
  #forgetOld(now: number): void {
    for (const [stopId, { press }] of this.#pending) {
      if (this.#pending.size <= limit && now - press.at < keepMs) break;
      this.#forget(stopId);
    }
  }

  #forget(stopId: string): void {
    this.#pending.delete(stopId);
    this.#completeSince.delete(stopId);
  }

  #changed(): void {
    this.#options.changed([...this.#pending.values()]);
  }
}

/** Of a press for all: a silent node keeps it, because nobody knows what it owns now; so does a press that no machine has taken. */
function isComplete({ press, taken }: Pending, nodes: readonly NodeLine[]): boolean {
  if (press.equipment !== 'all' || taken.length === 0 || nodes.length === 0) return false;
  const took = new Set(taken);
  return nodes.every(node => node.alive && node.equipment.every(equipment => took.has(equipment)));
}
