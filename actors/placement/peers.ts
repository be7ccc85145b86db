import { createHash } from 'node:crypto';

/** What is known of one process that runs a node. */
interface Peer {
  readonly node: string;
  readonly types: readonly string[];
  readonly kinds: readonly string[];
  readonly databaseOk: boolean;
  /** Monotonic ms. */
  readonly heardAt: number;
}

/** A pulse as placement needs it. */
export interface Pulse {
  readonly node: string;
  readonly boot: string;
  readonly types: readonly { readonly type: string }[];
  /** Of small actors. */
  readonly kinds?: readonly string[] | undefined;
  readonly database: { readonly ok: boolean };
}

/**
 * The other nodes as this one hears them. Silence counts only while our own connection was up all the time: a watch that went quiet on
 * a broken connection says nothing about anybody. All times are this node's monotonic ms.
 */
export class Peers {
  readonly #peers = new Map<string, Peer>();
  readonly #released = new Set<string>();
  /** Renewals in the database, and processes that were asked for before anything was heard of them. */
  readonly #seen = new Map<string, { readonly n: number; readonly at: number }>();
  #listeningSince: number | null = null;
  #lookedAt = Number.POSITIVE_INFINITY;

  pulse({ node, boot, types, kinds = [], database }: Pulse, now: number): void {
    this.#peers.set(boot, { node, types: types.map(one => one.type), kinds, databaseOk: database.ok, heardAt: now });
  }

  /** Our own connection came or went; or we ourselves were away for a while and cannot tell what we missed. */
  listening(ok: boolean, now: number): void {
    this.#listeningSince = ok ? now : null;
  }

  /**
   * Said by everyone at every look. A process that was stopped itself has pulses waiting unread: what it takes for silence is its own, so
   * after a gap all silence begins anew.
   */
  looked(now: number, gapMs: number): void {
    if (now - this.#lookedAt > gapMs && this.#listeningSince !== null) this.#listeningSince = now;
    this.#lookedAt = now;
  }

  /** A process was seen to be dead by the one that reaped it. */
  released(boot: string): void {
    this.#released.add(boot);
  }

  isReleased(boot: string): boolean {
    return this.#released.has(boot);
  }

  /** The database shows `n` renewals of a process; another number than before is a sign of life. */
  renewal(boot: string, n: number, now: number): void {
    if (this.#seen.get(boot)?.n !== n) this.#seen.set(boot, { n, at: now });
  }

  /** How long nothing at all was heard or seen of a process, ms; 0 while we cannot hear. */
  silence(boot: string, now: number): number {
    if (this.#listeningSince === null) return 0;
    if (!this.#seen.has(boot) && !this.#peers.has(boot)) this.#seen.set(boot, { n: -1, at: now });
    const last = Math.max(this.#peers.get(boot)?.heardAt ?? 0, this.#seen.get(boot)?.at ?? 0, this.#listeningSince);
    return now - last;
  }

  /**
   * Our place among those who could take an equipment now, 0 for the first. Every node computes the same order from the same pulses
   * (highest random weight), so that challengers come one after another and not at once.
   */
  rank(equipment: { readonly id: string; readonly type: string }, me: string, heardSince: number): number {
    const own = weight(equipment.id, me);
    return this.others(equipment, me, heardSince).filter(node => weight(equipment.id, node) > own).length;
  }

  /** The other nodes that could take an equipment now, the first in the same order first. */
  others(equipment: { readonly id: string; readonly type: string }, me: string, heardSince: number): readonly string[] {
    const nodes = this.#able(me, heardSince, peer => peer.types.includes(equipment.type));
    return nodes.sort((a, b) => (weight(equipment.id, a) > weight(equipment.id, b) ? -1 : 1));
  }

  /** The other nodes that could host small actors of a kind now. */
  hosting(kind: string, me: string, heardSince: number): readonly string[] {
    return this.#able(me, heardSince, peer => peer.kinds.includes(kind));
  }

  #able(me: string, heardSince: number, fits: (peer: Peer) => boolean): string[] {
    const able = [...this.#peers.entries()].filter(
      ([boot, peer]) => peer.node !== me && peer.heardAt >= heardSince && peer.databaseOk && fits(peer) && !this.#released.has(boot),
    );
    return [...new Set(able.map(([, peer]) => peer.node))];
  }
}

function weight(equipment: string, node: string): string {
  return createHash('sha256').update(`${equipment}\n${node}`).digest('hex');
}
