import type { Database } from '../storage/database.ts';
import { giveBack, type ShardStanding } from '../storage/journal.ts';
import { readShards, type ShardRow, takeShards } from '../storage/shards.ts';
import type { Lease, Tenure } from '../system/lease.ts';
import type { Clock, Log } from '../system/ports.ts';
import { type Claimant, type Vacancy, vacancyOf } from './claim.ts';
import type { Peers } from './peers.ts';
import { shardOf, shardsOf, spread } from './shard-map.ts';

/** A shard in this node's hands. Once it ended it never comes back; a later taking is another one. */
export interface ShardHold extends ShardStanding, Tenure {}

/** `in-order`: what was in memory may still be written down; `lost`: nothing may. */
export type Parting = 'in-order' | 'lost';

export interface ShardKeeperOptions {
  /** Of the small actors. */
  readonly kind: string;
  readonly me: Pick<Claimant, 'node' | 'boot'>;
  readonly lease: Lease;
  readonly peers: Peers;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Resolves when every pulse that the message server had for us was heard; rejects when it is away. */
  caughtUp(): Promise<void>;
}

/** Looks per time to live. */
const looks = 12;

class Hold implements ShardHold {
  readonly id: string;
  readonly epoch: number;
  readonly #tenure: Tenure;
  #over = false;
  /** It is being given back: what is in memory goes on, nothing new is taken up. */
  leaving = false;

  constructor({ id, epoch }: ShardStanding, tenure: Tenure) {
    [this.id, this.epoch, this.#tenure] = [id, epoch, tenure];
  }

  valid(): boolean {
    return !this.#over && this.#tenure.valid();
  }

  end(): void {
    this.#over = true;
  }
}

/**
 * Keeps this node's part of the shards: takes those that are vacant and its own by the spread over all nodes that host the kind, and gives
 * back in order those that belong to another one. Who owns a shard is decided by the same lease and the same compare-and-swap as for equipment.
 */
export class ShardKeeper {
  readonly #o: ShardKeeperOptions;
  readonly #ids: readonly string[];
  readonly #holds = new Map<string, Hold>();
  #left: (ids: readonly string[], how: Parting) => Promise<void> = async () => undefined;
  #spread: { readonly nodes: string; readonly owners: ReadonlyMap<string, string> } = { nodes: '', owners: new Map() };
  #timer: { cancel(): void } = { cancel: () => {} };
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: ShardKeeperOptions) {
    this.#o = options;
    this.#ids = shardsOf(options.kind);
  }

  /** Shards in this node's hands. */
  get held(): readonly string[] {
    return [...this.#holds.values()].filter(hold => hold.valid()).map(hold => hold.id);
  }

  /** The shard of an actor, when it is in this node's hands. */
  holdOf(id: string): ShardHold | null {
    const hold = this.#holds.get(shardOf(this.#o.kind, id));
    return hold?.valid() && !hold.leaving ? hold : null;
  }

  /** Whether an actor that somebody may have in memory may be taken from there; null: not. */
  mayTake(row: Pick<ShardRow, 'owner' | 'renewal'>): Vacancy | null {
    const { me, lease, peers, clock } = this.#o;
    return vacancyOf(row, peers, { ...me, times: lease.times }, clock.monotonic());
  }

  /** Who lets go of the actors of shards that leave this node; asked before a shard is given back. */
  onLeft(left: (ids: readonly string[], how: Parting) => Promise<void>): void {
    this.#left = left;
  }

  /** Looks now, and then again and again. Never rejects. */
  look(): Promise<void> {
    this.#timer.cancel();
    this.#looking = this.#looking.then(() => this.#lookOnce());
    return this.#looking;
  }

  /** Gives everything back in order and takes nothing any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer.cancel();
    await this.#looking;
    await this.#part([...this.#holds.values()], 'in-order');
  }

  async #lookOnce(): Promise<void> {
    if (this.#closed) return;
    const { lease, peers, clock, log } = this.#o;
    peers.looked(clock.monotonic(), lease.times.ttlMs / 4);
    const before = this.#holds.size;
    try {
      await this.#part(
        this.#where(hold => !hold.valid()),
        'lost',
      );
      if (lease.state === 'held') await this.#settle();
    } catch {
      // The database is away: nothing can be claimed, and its watch says so.
    }
    if (this.#holds.size !== before) log(`${this.#o.kind}: this node has ${this.#holds.size} of ${this.#ids.length} shards.`);
    this.#timer.cancel();
    if (!this.#closed) this.#timer = clock.setTimeout(() => void this.look(), lease.times.ttlMs / looks);
  }

  async #settle(): Promise<void> {
    const { me, lease, db } = this.#o;
    const tenure = lease.tenure();
    const rows = await this.#rows();
    await this.#part(
      this.#where(hold => (rows.get(hold.id)?.epoch ?? 0) > hold.epoch),
      'lost',
    );
    const owners = this.#owners();
    await this.#part(
      this.#where(hold => owners.get(hold.id) !== me.node),
      'in-order',
    );
    for (const { id, epoch, owner } of rows.values()) {
      // Lost and not wanted any more: while it stands as ours nobody else takes it.
      if (owner?.boot === me.boot && !this.#holds.has(id) && owners.get(id) !== me.node) await giveBack(db, id, epoch);
    }
    await this.#take(
      [...rows.values()].filter(row => owners.get(row.id) === me.node && !this.#holds.has(row.id)),
      tenure,
    );
  }

  async #take(wanted: readonly ShardRow[], tenure: Tenure): Promise<void> {
    const vacant = await this.#stillVacant(wanted.filter(row => this.mayTake(row) !== null));
    if (vacant.length === 0 || this.#closed) return;
    const { me, db } = this.#o;
    const from = vacant.map(({ id, epoch }) => ({ id, epoch }));
    const taken = await takeShards(db, { owner: me.node, nonce: me.boot, from });
    for (const standing of taken) this.#holds.set(standing.id, new Hold(standing, tenure));
  }

  /** Who seems silent is looked at once more after everything that was under way to us arrived: a pulse may have waited in our own socket. */
  async #stillVacant(vacant: readonly ShardRow[]): Promise<readonly ShardRow[]> {
    if (!vacant.some(row => this.mayTake(row) === 'silent')) return vacant;
    await this.#o.caughtUp();
    const now = await this.#rows();
    return vacant.filter(row => {
      const standing = now.get(row.id);
      return standing?.epoch === row.epoch && this.mayTake(standing) !== null;
    });
  }

  /** First nothing new, then what is in memory, then the row: the next owner finds everything written down. */
  async #part(holds: readonly Hold[], how: Parting): Promise<void> {
    if (holds.length === 0) return;
    for (const hold of holds) {
      hold.leaving = true;
      if (how === 'lost') hold.end();
    }
    const ids = holds.map(hold => hold.id);
    await this.#left(ids, how);
    for (const hold of holds) {
      const ours = hold.valid();
      hold.end();
      this.#holds.delete(hold.id);
      if (ours) await giveBack(this.#o.db, hold.id, hold.epoch).catch(() => undefined);
    }
  }

  #where(fits: (hold: Hold) => boolean): readonly Hold[] {
    return [...this.#holds.values()].filter(fits);
  }

  async #rows(): Promise<ReadonlyMap<string, ShardRow>> {
    const never = this.#ids.map(id => ({ id, epoch: 0, owner: null, renewal: null }));
    return new Map([...never, ...(await readShards(this.#o.db, this.#ids))].map(row => [row.id, row]));
  }

  #owners(): ReadonlyMap<string, string> {
    const { kind, me, peers, lease, clock } = this.#o;
    const others = peers.hosting(kind, me.node, clock.monotonic() - lease.times.ttlMs / 2);
    const nodes = [me.node, ...others].sort();
    if (this.#spread.nodes !== nodes.join()) this.#spread = { nodes: nodes.join(), owners: spread(this.#ids, nodes) };
    return this.#spread.owners;
  }
}
