import { beforeEach, describe, expect, test } from 'vitest';
import { leaseTimes } from '../system/lease.ts';
import { vacancyOf } from './claim.ts';
import { Peers } from './peers.ts';
import type { Seat } from './renewal.ts';

const me = { node: 'b', boot: 'b-1', times: leaseTimes(10_000) };
const owned: Seat = { equipment: 'm', type: 'grbl', settings: {}, epoch: 3, chart: null, owner: { node: 'a', boot: 'a-1' }, renewal: null };
const pulse = (node: string, boot: string, ok = true) => ({ node, boot, types: [{ type: 'grbl' }], database: { ok } });

let peers: Peers;
beforeEach(() => {
  peers = new Peers();
  peers.listening(true, 0);
  peers.pulse(pulse('a', 'a-1'), 1_000);
});
const at = (now: number, seat = owned) => vacancyOf(seat, peers, me, now);

describe('[G2] an owned equipment may be taken over', () => {
  test('after 1.1 of the lease in silence, not before', () => {
    expect(at(11_999)).toBeNull();
    expect(at(12_000)).toBe('silent');
  });

  test('not while our own connection is down, and the silence begins anew with the next one', () => {
    peers.listening(false, 5_000);
    expect(at(100_000)).toBeNull();
    peers.listening(true, 100_000);
    expect(at(110_999)).toBeNull();
    expect(at(111_000)).toBe('silent');
  });

  test('not while the database shows new renewals, though its pulses do not reach us', () => {
    for (let n = 1; n < 20; n += 1) expect(at(n * 4_000, { ...owned, renewal: { n, ttlMs: 10_000 } })).toBeNull();
    expect(at(87_001, { ...owned, renewal: { n: 19, ttlMs: 10_000 } })).toBe('silent');
  });

  test('only after its own lease when that is longer than ours', () => {
    const seat = { ...owned, renewal: { n: 7, ttlMs: 20_000 } };
    expect(at(1_000, seat)).toBeNull();
    expect(at(22_900, seat)).toBeNull();
    expect(at(23_000, seat)).toBe('silent');
  });

  test('from a process that was never heard only after a silence of its own', () => {
    const seat = { ...owned, owner: { node: 'c', boot: 'c-9' } };
    expect(at(50_000, seat)).toBeNull();
    expect(at(61_000, seat)).toBe('silent');
  });

  test('at once when its process was seen dead; a new process of the same node is another', () => {
    peers.released('a-1');
    expect(at(1_001)).toBe('released');
    expect(at(1_001, { ...owned, owner: { node: 'a', boot: 'a-2' } })).toBeNull();
  });

  test('at once when nobody has it, or this node itself had it', () => {
    expect(at(1_001, { ...owned, owner: null })).toBe('nobody');
    expect(at(1_001, { ...owned, owner: { node: 'b', boot: 'b-0' } })).toBe('own');
  });
});

describe('two challengers', () => {
  test('agree on who comes first', () => {
    const others = new Peers();
    peers.pulse(pulse('c', 'c-1'), 1_000);
    others.pulse(pulse('b', 'b-1'), 1_000);
    const equipment = { id: 'mill-7', type: 'grbl' };
    peers.released('a-1');
    expect([peers.rank(equipment, 'b', 0), others.rank(equipment, 'c', 0)].sort()).toEqual([0, 1]);
  });

  test('do not wait for a node that is silent, without database, or cannot drive the type', () => {
    const alone = new Peers();
    alone.pulse(pulse('a', 'a-1'), 1_000);
    alone.pulse(pulse('c', 'c-1', false), 9_000);
    alone.pulse({ ...pulse('d', 'd-1'), types: [{ type: 'marlin' }] }, 9_000);
    for (const id of ['m1', 'm2', 'm3', 'm4']) expect(alone.rank({ id, type: 'grbl' }, 'b', 5_000)).toBe(0);
  });
});
