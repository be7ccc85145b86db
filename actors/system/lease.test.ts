import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { ActivationFence } from './fence.ts';
import { Lease, type LeaseState, leaseTimes } from './lease.ts';

let clock: ManualClock;
let asleepMs: number;
let lease: Lease;
let told: LeaseState[];
beforeEach(() => {
  clock = new ManualClock();
  asleepMs = 0;
  lease = new Lease({ times: leaseTimes(12_000), clock, uptime: () => 5_000 + clock.monotonic() + asleepMs });
  told = [];
  lease.subscribe(state => told.push(state));
  lease.proven(clock.monotonic());
});

describe('[G2] a lease', () => {
  test('is held as long as proofs come, and says nothing meanwhile', () => {
    const fence = new ActivationFence(1, lease.tenure());
    for (let i = 0; i < 10; i += 1) {
      clock.advance(4_000);
      lease.proven(clock.monotonic());
    }
    expect(fence.valid()).toBe(true);
    expect(told).toEqual(['held']);
  });

  test('calls for a hold while writing is still allowed, is silent at 0.85 of its time and lost at its end', () => {
    const fence = new ActivationFence(1, lease.tenure());
    clock.advance(9_999);
    expect(told).toEqual(['held', 'losing']);
    clock.advance(200);
    expect(fence.valid()).toBe(true);
    clock.advance(1);
    expect(fence.valid()).toBe(false);
    clock.advance(1_800);
    expect(told).toEqual(['held', 'losing', 'lost']);
  });

  test('counts from when a proof was asked for, not from when it came', () => {
    const fence = new ActivationFence(1, lease.tenure());
    const asked = clock.monotonic();
    clock.advance(9_000);
    lease.proven(asked);
    clock.advance(1_200);
    expect(fence.valid()).toBe(false);
  });

  test('that ran out is not revived by a proof: what was taken under it is let go, a new term begins', () => {
    const before = new ActivationFence(1, lease.tenure());
    clock.advance(12_000);
    lease.proven(clock.monotonic());
    expect(before.valid()).toBe(false);
    expect(before.reason).toMatch(/could not prove/);
    expect(new ActivationFence(2, lease.tenure()).valid()).toBe(true);
    expect(told).toEqual(['held', 'losing', 'lost', 'held']);
  });

  test('that called for a hold ends, even when proofs come again before its end', () => {
    const fence = new ActivationFence(1, lease.tenure());
    clock.advance(9_900);
    lease.proven(clock.monotonic());
    clock.advance(300);
    expect(fence.valid()).toBe(false);
  });

  test('of a computer that slept is lost at the very next write, though the monotonic clock saw nothing', () => {
    const fence = new ActivationFence(1, lease.tenure());
    asleepMs = 30_000;
    expect(fence.valid()).toBe(false);
    lease.proven(clock.monotonic());
    expect(fence.valid()).toBe(false);
    expect(new ActivationFence(2, lease.tenure()).valid()).toBe(true);
  });

  test('bears clocks that drift apart slowly', () => {
    const fence = new ActivationFence(1, lease.tenure());
    for (let i = 0; i < 100; i += 1) {
      clock.advance(1_000);
      asleepMs += 20;
      lease.proven(clock.monotonic());
    }
    expect(fence.valid()).toBe(true);
  });
});

test('[G16] the fence of a local link needs no proof of life', () => {
  const fence = new ActivationFence(1);
  clock.advance(100_000);
  expect(fence.valid()).toBe(true);
});
