import { z } from 'zod';
import { heartbeatSchema } from '../../actors/transport/envelopes.ts';

const nodeSchema = z.object({
  /** `host:port` */
  address: z.string(),
  /** Ids of the equipment it owned when it was last heard. */
  equipment: z.array(z.string()),
  /** ms since 1970 */
  heardAt: z.number(),
});
const fileSchema = z.record(z.string(), nodeSchema);
export type KnownNode = z.infer<typeof nodeSchema>;

/** Not heard for so long, a node has been taken away. */
const forgetMs = 7 * 86_400_000;
/** How old the kept time may be: not every pulse is written down. */
const heardKeptMs = 3_600_000;
const nodeLimit = 200;

/** What was written down, as JSON; anything unreadable is none. */
export function parseKnownNodes(text: string): ReadonlyMap<string, KnownNode> {
  try {
    return new Map(Object.entries(fileSchema.parse(JSON.parse(text))));
  } catch {
    return new Map();
  }
}

/** The nodes of other computers by their pulses. Kept over a restart, so that the lane finds them while the message server is away. */
export class KnownNodes {
  readonly #nodes: Map<string, KnownNode>;
  readonly #changed: (text: string) => void;

  constructor(known: ReadonlyMap<string, KnownNode>, changed: (text: string) => void) {
    this.#nodes = new Map(known);
    this.#changed = changed;
  }

  get all(): ReadonlyMap<string, KnownNode> {
    return this.#nodes;
  }

  /** A pulse as it came; one without an address is of a node that other computers cannot reach. */
  heard(body: unknown, now: number): void {
    const pulse = heartbeatSchema.safeParse(body);
    if (!pulse.success) return;
    const { node, stopLine, owns } = pulse.data;
    if (stopLine === undefined) {
      if (this.#nodes.delete(node)) this.#write();
      return;
    }
    if (!this.#nodes.has(node) && this.#nodes.size >= nodeLimit) return;
    const equipment = owns.flatMap(({ actor }) => (actor.startsWith('equipment/') ? [actor.slice('equipment/'.length)] : [])).sort();
    const before = this.#nodes.get(node);
    const same = before?.address === stopLine && before.equipment.join() === equipment.join() && now - before.heardAt < heardKeptMs;
    if (same) return;
    this.#nodes.set(node, { address: stopLine, equipment, heardAt: now });
    for (const [id, { heardAt }] of this.#nodes) if (now - heardAt > forgetMs) this.#nodes.delete(id);
    this.#write();
  }

  #write(): void {
    this.#changed(JSON.stringify(Object.fromEntries(this.#nodes)));
  }
}
