import type { Lease } from '../system/lease.ts';
import type { Clock } from '../system/ports.ts';

export interface ProofOptions {
  readonly lease: Lease;
  readonly clock: Clock;
  /**
   * Ways to show this node to those who would take over from it, each a round trip: the message server took the pulse, the database took
   * the renewal. A challenger looks at all of them, so that any one proves. They reject when they cannot.
   */
  readonly ways: readonly (() => Promise<void>)[];
}

/** A failed proof is asked for again after this part of the renewal time. */
const retryPart = 1 / 8;

/** Proves the node's life again and again. Returns the way to stop. */
export function proveLife({ lease, clock, ways }: ProofOptions): () => void {
  const { renewMs } = lease.times;
  let closed = false;
  let timer = { cancel: () => {} };
  const later = (ms: number) => {
    if (!closed) timer = clock.setTimeout(once, ms);
  };
  function once(): void {
    const begunAt = clock.monotonic();
    const limit = new Promise<never>((_, reject) => clock.setTimeout(() => reject(new Error('no answer')), renewMs / 2));
    Promise.race([Promise.any(ways.map(way => way())), limit]).then(
      () => {
        if (!closed) lease.proven(begunAt);
        later(renewMs);
      },
      () => later(renewMs * retryPart),
    );
    // Whoever loses the race must not become an unhandled rejection.
    limit.catch(() => undefined);
  }
  once();
  return () => {
    closed = true;
    timer.cancel();
  };
}
