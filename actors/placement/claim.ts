import type { LeaseTimes } from '../system/lease.ts';
import type { Peers } from './peers.ts';
import type { Seat } from './renewal.ts';

/** Why something may be taken now: nobody's, our own process's or an earlier one's of ours, proven dead, or silent for too long. */
export type Vacancy = 'nobody' | 'own' | 'released' | 'silent';

export interface Claimant {
  readonly node: string;
  readonly boot: string;
  readonly times: LeaseTimes;
}

/** May we take it? Null: its owner may still act. */
export function vacancyOf(seat: Pick<Seat, 'owner' | 'renewal'>, peers: Peers, { node, times }: Claimant, now: number): Vacancy | null {
  const { owner, renewal } = seat;
  if (owner === null) return 'nobody';
  if (renewal) peers.renewal(owner.boot, renewal.n, now);
  // One process per node: it holds the lock of the node's folder, so an earlier one of ours is dead, and this one has let go.
  if (owner.node === node) return 'own';
  if (peers.isReleased(owner.boot)) return 'released';
  const patience = (Math.max(times.ttlMs, renewal?.ttlMs ?? 0) / times.ttlMs) * times.takeOverMs;
  return peers.silence(owner.boot, now) >= patience ? 'silent' : null;
}
