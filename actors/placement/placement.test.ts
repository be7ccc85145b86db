import { expect, test } from 'vitest';
import { Lease, leaseTimes } from '../system/lease.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { Peers } from './peers.ts';
import { Placement } from './placement.ts';
import type { Seat } from './renewal.ts';

const seat: Seat = {
  equipment: 'mill-1',
  type: 'grbl',
  settings: {},
  epoch: 3,
  chart: { version: '9.0.0', hash: 'newer' },
  owner: null,
  renewal: null,
};
const ttlMs = 12_000;

/** A node that finds the seat vacant; what it has taken. */
async function challenger(reads: boolean) {
  const clock = new ManualClock();
  const lease = new Lease({ times: leaseTimes(ttlMs), clock, uptime: () => clock.monotonic() });
  lease.proven(0);
  const taken: number[] = [];
  const placement = new Placement({
    me: { node: 'n1', boot: 'n1-1' },
    lease,
    peers: new Peers(),
    clock,
    log: () => undefined,
    seats: async () => [seat],
    caughtUp: async () => undefined,
    canHost: () => true,
    reads: () => reads,
    hosts: () => taken.length > 0,
    expects: () => false,
    take: async () => {
      taken.push(clock.monotonic());
      return { ok: true };
    },
  });
  const lookAt = async (ms: number) => {
    clock.advance(ms - clock.monotonic());
    lease.proven(clock.monotonic());
    await placement.look();
  };
  return { taken, lookAt };
}

test('[G13] [F38] a node takes what it can read at once', async () => {
  const { taken, lookAt } = await challenger(true);
  await lookAt(1);
  expect(taken).toHaveLength(1);
});

test('[G13] [F38] a node that cannot read the state of the last owner leaves a whole lease to those that can', async () => {
  const { taken, lookAt } = await challenger(false);
  for (const ms of [1, 6_000, 12_000]) await lookAt(ms);
  expect(taken).toEqual([]);
  await lookAt(12_002);
  expect(taken).toHaveLength(1);
});
