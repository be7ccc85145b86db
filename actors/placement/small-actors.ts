import type { DatabaseWatch } from '../system/database-watch.ts';
import { Narrow } from '../system/narrow.ts';
import type { Clock, Log } from '../system/ports.ts';
import type { Parting, ShardHold, ShardKeeper } from './shard-keeper.ts';

/** A small actor in memory. */
export interface SmallActor {
  /** Keeps its state and ends; then it is nobody's. */
  close(): Promise<void>;
  /** Ends without a word in the journal: its shard is somebody else's. */
  abandon(): Promise<void>;
}

/** `nobody`: there is no such actor. `history`: what is kept of it stands, whatever it hears. `elsewhere`: somebody else answers for it. */
export type Absent = 'nobody' | 'history' | 'elsewhere';

export interface SmallActorsOptions<Actor extends SmallActor> {
  readonly shards: Pick<ShardKeeper, 'holdOf'>;
  readonly watch: Pick<DatabaseWatch, 'state'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Brings it into memory under its shard. Rejects when the database is away. */
  wake(id: string, hold: ShardHold): Promise<Actor | Absent>;
}

/** It rests so long in memory before it is put away; its state stays in the database. */
const passivateAfterMs = 60_000;
const sweepEveryMs = 10_000;
/** So many are woken or put away at once: each takes some statements, and machines write through the same few connections. */
const width = 3;

interface Entry<Actor> {
  readonly actor: Actor;
  readonly hold: ShardHold;
  usedAt: number;
}

/** The many that are leased by the shard: woken by the first message, put away when they rest, let go with their shard. */
export class SmallActors<Actor extends SmallActor> {
  readonly #o: SmallActorsOptions<Actor>;
  readonly #awake = new Map<string, Entry<Actor>>();
  /** Those on their way into or out of memory; each waits for its last change. */
  readonly #moving = new Map<string, Promise<unknown>>();
  readonly #narrow = new Narrow(width);
  #sweep: { cancel(): void };

  constructor(options: SmallActorsOptions<Actor>) {
    this.#o = options;
    this.#sweep = this.#sweepLater();
  }

  /** Ids of those in memory. */
  get ids(): string[] {
    return [...this.#awake.keys()];
  }

  /** Those in memory. */
  get all(): Actor[] {
    return [...this.#awake.values()].map(entry => entry.actor);
  }

  /** Hands it to `use`, woken when it sleeps, in the order of the calls. Rejects when the database is away. */
  async with(id: string, use: (actor: Actor) => void): Promise<'used' | Absent> {
    const known = this.#awake.get(id);
    if (known?.hold.valid() && !this.#moving.has(id)) return this.#use(known, use);
    if (this.#o.shards.holdOf(id) === null) return 'elsewhere';
    return this.#move(id, async () => {
      const entry = await this.#wake(id);
      return typeof entry === 'string' ? entry : this.#use(entry, use);
    });
  }

  /** Lets go of all of these shards. Never rejects. */
  async leave(shards: readonly string[], how: Parting): Promise<void> {
    const going = [...this.#awake].filter(([, entry]) => shards.includes(entry.hold.id)).map(([id]) => id);
    // Who is on the way in when its shard goes comes first, and is then let go.
    const coming = [...this.#moving.keys()].filter(id => !going.includes(id));
    await Promise.all(
      [...going, ...coming].map(id => this.#move(id, () => this.#putAway(id, how, entry => shards.includes(entry.hold.id)))),
    );
  }

  async close(): Promise<void> {
    this.#sweep.cancel();
    await this.leave([...new Set([...this.#awake.values()].map(entry => entry.hold.id))], 'in-order');
  }

  #use(entry: Entry<Actor>, use: (actor: Actor) => void): 'used' {
    entry.usedAt = this.#o.clock.monotonic();
    use(entry.actor);
    return 'used';
  }

  async #wake(id: string): Promise<Entry<Actor> | Absent> {
    const known = this.#awake.get(id);
    if (known?.hold.valid()) return known;
    if (known) await this.#putAway(id, 'lost', () => true);
    const hold = this.#o.shards.holdOf(id);
    if (hold === null) return 'elsewhere';
    const actor = await this.#o.wake(id, hold);
    if (typeof actor === 'string') return actor;
    const entry = { actor, hold, usedAt: this.#o.clock.monotonic() };
    this.#awake.set(id, entry);
    return entry;
  }

  /** Not while the database is away, whose journal its last word belongs to. */
  #passivate(): void {
    const { clock, watch } = this.#o;
    const resting = [...this.#awake].filter(([, entry]) => isResting(entry, clock.monotonic()));
    for (const [id] of watch.state.ok ? resting : [])
      void this.#move(id, () => this.#putAway(id, 'in-order', entry => isResting(entry, clock.monotonic())));
    this.#sweep = this.#sweepLater();
  }

  #sweepLater(): { cancel(): void } {
    return this.#o.clock.setTimeout(() => this.#passivate(), sweepEveryMs);
  }

  async #putAway(id: string, how: Parting, still: (entry: Entry<Actor>) => boolean): Promise<void> {
    const entry = this.#awake.get(id);
    if (!entry || !still(entry)) return;
    this.#awake.delete(id);
    const ending = how === 'in-order' && entry.hold.valid() ? entry.actor.close() : entry.actor.abandon();
    await ending.catch(cause => this.#o.log(`${id}: did not end in order: ${String(cause)}`));
  }

  /** One after the other for each: nobody is woken who is not yet asleep. */
  #move<T>(id: string, step: () => Promise<T>): Promise<T> {
    const before = this.#moving.get(id) ?? Promise.resolve();
    const moving = before.then(() => this.#narrow.through(step));
    const settled = moving.catch(() => undefined);
    this.#moving.set(id, settled);
    void settled.then(() => this.#moving.get(id) === settled && this.#moving.delete(id));
    return moving;
  }
}

function isResting(entry: { readonly usedAt: number }, now: number): boolean {
  return now - entry.usedAt >= passivateAfterMs;
}
