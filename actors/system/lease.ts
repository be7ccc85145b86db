import type { Clock } from './ports.ts';

/** How long a node may live without proof; everything else is a part of it. All nodes of a site should have the same. */
export interface LeaseTimes {
  /** A lease ends so long after the last proof began, ms. */
  readonly ttlMs: number;
  /** A proof of life is asked for so often, ms. */
  readonly renewMs: number;
  /** Without a newer proof the machine is held from here, ms ... */
  readonly holdMs: number;
  /** ... and from here nothing is written any more, ms. */
  readonly silentMs: number;
  /** A challenger waits for so long a silence, heard on a connection that was up all the time, ms. */
  readonly takeOverMs: number;
}

/** The parts of a time to live. A dead NATS leader stops writes for 4-8 s, so the site's 12 s outlive one. */
export function leaseTimes(ttlMs: number): LeaseTimes {
  const part = (of: number) => Math.round(ttlMs * of);
  return { ttlMs, renewMs: part(1 / 3), holdMs: part(0.8), silentMs: part(0.85), takeOverMs: part(1.1) };
}

/** `losing`: the machine is to be held now, for soon nothing may be written. `lost`: whoever acted under the lease must let go. */
export type LeaseState = 'held' | 'losing' | 'lost';

/** The right to act of what was taken under one lease; once it ended it never comes back. Asked synchronously before every write. */
export interface Tenure {
  valid(): boolean;
}

export interface LeaseOptions {
  readonly times: LeaseTimes;
  readonly clock: Clock;
  /** ms since this computer started, with the time it slept (`os.uptime`). */
  readonly uptime: () => number;
}

/** How far the two clocks may part between two looks; more means that the computer slept, ms. */
const sleptMs = 1_000;
/** Looks per time to live. */
const looks = 48;

/**
 * The node's proof of life for everything that another node could take over. It counts from when a proof was asked for, on the monotonic
 * clock, so a process that was stopped finds its lease over before it writes a byte. What is lost stays lost: a later proof begins a new term.
 */
export class Lease {
  readonly #o: LeaseOptions;
  readonly #listeners = new Set<(state: LeaseState) => void>();
  #term = 0;
  #state: LeaseState = 'lost';
  #told: LeaseState = 'lost';
  #provenAt = Number.NEGATIVE_INFINITY;
  #uptimeOffset: number;
  #timer: { cancel(): void };

  constructor(options: LeaseOptions) {
    this.#o = options;
    this.#uptimeOffset = this.#offset();
    this.#timer = this.#tick();
  }

  get times(): LeaseTimes {
    return this.#o.times;
  }

  get state(): LeaseState {
    this.#look();
    return this.#state;
  }

  /** The present term. */
  tenure(): Tenure {
    const term = this.#term;
    return { valid: () => term === this.#term && this.#mayWrite() };
  }

  /** A proof that was asked for at `begunAt` (monotonic) came back. One that outlasted its own worth proves nothing. */
  proven(begunAt: number): void {
    this.#look();
    if (this.#state === 'losing' || this.#o.clock.monotonic() - begunAt >= this.#o.times.holdMs) return;
    if (this.#state === 'lost') {
      this.#term += 1;
      this.#provenAt = begunAt;
      this.#uptimeOffset = this.#offset();
    }
    this.#provenAt = Math.max(this.#provenAt, begunAt);
    this.#state = 'held';
    this.#tell();
  }

  /** Told at every change, never from within a write. */
  subscribe(listener: (state: LeaseState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#timer.cancel();
    this.#listeners.clear();
  }

  #mayWrite(): boolean {
    this.#look();
    return this.#state !== 'lost' && this.#age() < this.#o.times.silentMs;
  }

  #look(): void {
    if (this.#state === 'lost') return;
    if (this.#age() >= this.#o.times.ttlMs || this.#slept()) this.#state = 'lost';
    else if (this.#age() >= this.#o.times.holdMs) this.#state = 'losing';
  }

  #tick(): { cancel(): void } {
    return this.#o.clock.setTimeout(() => {
      this.#look();
      // The clocks may drift apart by little and little; only a jump is a sleep.
      if (this.#state !== 'lost') this.#uptimeOffset = this.#offset();
      this.#tell();
      this.#timer = this.#tick();
    }, this.#o.times.ttlMs / looks);
  }

  #tell(): void {
    if (this.#state === this.#told) return;
    this.#told = this.#state;
    for (const listener of this.#listeners) listener(this.#state);
  }

  #age(): number {
    return this.#o.clock.monotonic() - this.#provenAt;
  }

  #slept(): boolean {
    return Math.abs(this.#offset() - this.#uptimeOffset) > sleptMs;
  }

  #offset(): number {
    return this.#o.uptime() - this.#o.clock.monotonic();
  }
}
