import type { Heartbeat, NodeStatus } from '../../actors/transport/envelopes.ts';
import type { SystemState } from '../contract/live.ts';

/** A node silent for longer is not ok: what it owns is no longer shown as live. */
const silentAfterMs = 2_000;
/** After that its last word is not even stale: nothing is known. */
const unknownAfterMs = 10_000;
const offsetWindow = 60;
/** Wall clocks may be stepped: only the newest pulses tell how they stand. */
const clockWindow = 5;
/** Clocks of hosts that are kept by one time server agree far better. */
const clockLimitMs = 2_000;

/** A node's last pulse and what was learnt from the ones before. */
export interface KnownNode {
  readonly heartbeat: Heartbeat;
  /** Gateway's monotonic ms. */
  readonly heardAt: number;
  /** Gateway's monotonic ms minus the node's, one per pulse: the smallest has the least delay in it. */
  readonly offsets: readonly number[];
  /** Gateway's wall clock minus the node's, ms, one per pulse. */
  readonly clocks: readonly number[];
  readonly ok: boolean;
  /** ms since 1970 of the last change of `ok`. */
  readonly since: number;
}

/** What a word of this age, ms, is worth. */
export function truthAt(age: number): 'live' | 'stale' | 'unknown' {
  if (age <= silentAfterMs) return 'live';
  return age <= unknownAfterMs ? 'stale' : 'unknown';
}

/** The nodes of the site by their pulses. Time is passed in: `at` ms since 1970, `mono` monotonic ms. */
export class Nodes {
  readonly #nodes = new Map<string, KnownNode>();
  readonly #statuses = new Map<string, NodeStatus>();
  /** Who has said a status since we listen. */
  readonly #said = new Set<string>();

  /** What a node last said it runs; `at` in it tells how old that is. */
  status(id: string): NodeStatus | undefined {
    return this.#statuses.get(id);
  }

  get statuses(): NodeStatus[] {
    return [...this.#statuses.values()];
  }

  /** What a node says now is its newest word, whatever its clock shows. */
  putStatus(status: NodeStatus): void {
    this.#said.add(status.node);
    this.#statuses.set(status.node, status);
  }

  /** What a store kept of a node is older than what it has said itself since we listen. */
  putKeptStatus(status: NodeStatus): void {
    if (!this.#said.has(status.node)) this.#statuses.set(status.node, status);
  }

  /** We listen from now on: before it, a word may have been missed. */
  listening(): void {
    this.#said.clear();
  }

  heard(heartbeat: Heartbeat, { at, mono }: { at: number; mono: number }): void {
    const before = this.#nodes.get(heartbeat.node);
    const sameBoot = before?.heartbeat.boot === heartbeat.boot;
    const offsets = [...(sameBoot ? before.offsets : []), mono - heartbeat.monotonicMs].slice(-offsetWindow);
    const clocks = [...(sameBoot ? before.clocks : []), at - heartbeat.at].slice(-clockWindow);
    this.#nodes.set(heartbeat.node, { heartbeat, heardAt: mono, offsets, clocks, ok: true, since: before?.ok ? before.since : at });
  }

  /** Marks the silent ones; returns the ids of nodes whose age class changed. */
  tick({ at, mono }: { at: number; mono: number }): string[] {
    const changed: string[] = [];
    for (const [id, node] of this.#nodes) {
      if (!node.ok || mono - node.heardAt <= silentAfterMs) continue;
      this.#nodes.set(id, { ...node, ok: false, since: at });
      changed.push(id);
    }
    return changed;
  }

  /** How far the word of a node may be believed now. */
  truthOf(node: string, mono: number): 'live' | 'stale' | 'unknown' {
    const known = this.#nodes.get(node);
    return truthAt(known ? mono - known.heardAt : Number.POSITIVE_INFINITY);
  }

  get(id: string): KnownNode | undefined {
    return this.#nodes.get(id);
  }

  /** The node that says it owns an actor (`equipment/mill-1`), the highest epoch first. */
  ownerOf(actor: string): KnownNode | undefined {
    const owners = [...this.#nodes.values()].flatMap(node => {
      const own = node.heartbeat.owns.find(owned => owned.actor === actor);
      return own ? [{ node, epoch: own.epoch }] : [];
    });
    return owners.sort((a, b) => b.epoch - a.epoch)[0]?.node;
  }

  /** For the topic `system` and GET system/nodes. */
  list(at: number, mono: number): SystemState['nodes'] {
    return [...this.#nodes.entries()].map(([id, node]) => ({
      id,
      ok: node.ok,
      since: node.since,
      lastHeard: Math.round(at - (mono - node.heardAt)),
    }));
  }

  /** How far the wall clock of each node heard now is behind this gateway's, ms; negative: ahead; 0: not worth a word. */
  get clocks(): { node: string; behindMs: number }[] {
    return [...this.#nodes].flatMap(([node, known]) => (known.ok ? [{ node, behindMs: behind(known) }] : []));
  }

  /** What the wall clock of a node shows when this gateway's shows `at`; nothing that a node compares with its own may be of ours. */
  wallClock(id: string | undefined, at: number): number {
    const node = id === undefined ? undefined : this.#nodes.get(id);
    return node ? at - behind(node) : at;
  }

  /**
   * What the wall clock of an actor's owner shows when this gateway's shows `at`. An owner that no pulse names (pulses name equipment, not
   * jobs) may be any node heard now: the one that is furthest ahead counts, so that what ends soon has ended at none of them.
   */
  clockOfOwner(actor: string, at: number): number {
    const owner = this.ownerOf(actor);
    if (owner) return this.wallClock(owner.heartbeat.node, at);
    const behinds = this.clocks.map(({ behindMs }) => behindMs);
    return behinds.length === 0 ? at : at - Math.min(...behinds);
  }

  /**
   * A deadline `ttlMs` from now on the node's own monotonic clock. The smallest offset seen still contains some delay, so the
   * node's clock is estimated too low and the deadline errs early, never late. Null when the node has not been heard lately.
   */
  deadline(id: string, ttlMs: number, mono: number): { boot: string; monotonicMs: number } | null {
    const node = this.#nodes.get(id);
    if (!node?.ok) return null;
    return { boot: node.heartbeat.boot, monotonicMs: mono - Math.min(...node.offsets) + ttlMs };
  }
}

/** The pulse that was least delayed tells best. */
function behind({ clocks }: KnownNode): number {
  const ms = Math.round(Math.min(...clocks));
  return Math.abs(ms) > clockLimitMs ? ms : 0;
}
