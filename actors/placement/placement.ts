import type { Lease, Tenure } from '../system/lease.ts';
import type { Clock, Log } from '../system/ports.ts';
import { type Claimant, type Vacancy, vacancyOf } from './claim.ts';
import type { Peers } from './peers.ts';
import type { Seat } from './renewal.ts';

/** A seat that is to be taken: exactly at the epoch that was looked at. */
export interface Taking {
  readonly seat: Seat;
  readonly tenure: Tenure;
}

export interface PlacementOptions {
  readonly me: Pick<Claimant, 'node' | 'boot'>;
  readonly lease: Lease;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly log: Log;
  /** Rejects when the database is away. */
  seats(): Promise<readonly Seat[]>;
  /** Resolves when every pulse that the message server had for us was heard; rejects when it is away. */
  caughtUp(): Promise<void>;
  /** Whether this node could drive it: the type is known and others can reach the device too. */
  canHost(seat: Seat): boolean;
  /** Whether this release can go on from the state that its last owner left. One that cannot comes after all that may. */
  reads(seat: Seat): boolean;
  hosts(equipment: string): boolean;
  /** Its last owner hands it over to this node. */
  expects(equipment: string): boolean;
  /** Claims and starts it; the sentence says why not. Rejects when the database is away. */
  take(taking: Taking): Promise<{ readonly ok: true } | { readonly ok: false; readonly sentence: string }>;
}

/** Looks per time to live. */
const looks = 48;
/** Each place further back in the order waits so long for the one before. */
const rankDelayMs = 250;
/** What could not be started is tried again after so many looks. */
const pause = 20;

/** Takes up the equipment that belongs to no single node: what nobody owns, and what its owner lost. */
export class Placement {
  readonly #o: PlacementOptions;
  /** When an equipment was first found vacant. */
  readonly #vacantSince = new Map<string, number>();
  readonly #failed = new Map<string, { readonly sentence: string; readonly until: number }>();
  #timer: { cancel(): void } = { cancel: () => {} };
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: PlacementOptions) {
    this.#o = options;
  }

  /** Looks now, and then again and again. Never rejects. */
  look(): Promise<void> {
    this.#timer.cancel();
    this.#looking = this.#looking.then(() => this.#lookOnce());
    return this.#looking;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer.cancel();
    await this.#looking;
  }

  async #lookOnce(): Promise<void> {
    if (this.#closed) return;
    this.#o.peers.looked(this.#o.clock.monotonic(), this.#o.lease.times.ttlMs / 4);
    try {
      if (this.#o.lease.state === 'held') for (const seat of await this.#o.seats()) await this.#consider(seat);
    } catch {
      // The database is away: nothing can be claimed, and its watch says so.
    }
    this.#timer.cancel();
    if (!this.#closed) this.#timer = this.#o.clock.setTimeout(() => void this.look(), this.#everyMs);
  }

  get #everyMs(): number {
    return this.#o.lease.times.ttlMs / looks;
  }

  async #consider(seat: Seat): Promise<void> {
    const { equipment } = seat;
    if (this.#closed || this.#o.hosts(equipment) || !this.#o.canHost(seat) || this.#isPaused(equipment)) return;
    const vacancy = this.#vacancy(seat);
    if (vacancy === null) {
      this.#vacantSince.delete(equipment);
      return;
    }
    if (this.#isOurTurn(seat, vacancy)) await this.#take(seat, vacancy);
  }

  #vacancy(seat: Seat): Vacancy | null {
    const { me, lease, peers, clock } = this.#o;
    return vacancyOf(seat, peers, { ...me, times: lease.times }, clock.monotonic());
  }

  #isOurTurn(seat: Seat, vacancy: Vacancy): boolean {
    const { equipment, type } = seat;
    const { me, peers, clock, lease } = this.#o;
    const reads = this.#o.reads(seat);
    if ((vacancy === 'own' && reads) || this.#o.expects(equipment)) return true;
    const now = clock.monotonic();
    const since = this.#vacantSince.get(equipment) ?? now;
    this.#vacantSince.set(equipment, since);
    const rank = peers.rank({ id: equipment, type }, me.node, now - lease.times.ttlMs / 2);
    // While releases are mixed, an older one would put the state of a newer one into quarantine.
    const patience = reads ? 0 : lease.times.ttlMs;
    return now - since >= patience + rank * Math.min(rankDelayMs, lease.times.ttlMs / looks);
  }

  async #take(seat: Seat, vacancy: Vacancy): Promise<void> {
    const { clock, lease, log } = this.#o;
    const tenure = lease.tenure();
    if (vacancy === 'silent' && !(await this.#isStillSilent(seat))) return;
    if (vacancy !== 'nobody' || seat.epoch > 0) log(`${seat.equipment}: taken over (${words[vacancy]}).`);
    const taken = await this.#o.take({ seat, tenure });
    this.#vacantSince.delete(seat.equipment);
    if (taken.ok) return;
    if (this.#failed.get(seat.equipment)?.sentence !== taken.sentence) log(taken.sentence);
    this.#failed.set(seat.equipment, { sentence: taken.sentence, until: clock.monotonic() + pause * this.#everyMs });
  }

  /** Once more, after everything that was under way to us arrived: a pulse may have waited in our own socket. */
  async #isStillSilent(seat: Seat): Promise<boolean> {
    await this.#o.caughtUp();
    const now = (await this.#o.seats()).find(one => one.equipment === seat.equipment);
    return now !== undefined && now.epoch === seat.epoch && this.#vacancy(now) === 'silent';
  }

  #isPaused(equipment: string): boolean {
    return this.#o.clock.monotonic() < (this.#failed.get(equipment)?.until ?? 0);
  }
}

const words: Readonly<Record<Vacancy, string>> = {
  nobody: 'it was given back in order',
  own: 'this node had it before',
  released: 'its owner was seen to be dead',
  silent: 'nothing was heard of its owner for too long',
};
