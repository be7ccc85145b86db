import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { acquire, giveBack, readHead } from '../storage/journal.ts';
import { readShards, takeShards } from '../storage/shards.ts';
import { Lease, leaseTimes } from '../system/lease.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { until } from '../testing/until.ts';
import { Peers } from './peers.ts';
import { type Parting, ShardKeeper } from './shard-keeper.ts';
import { shardsOf } from './shard-map.ts';

const ttlMs = 12_000;
const all = shardsOf('job');
let ground: TestDatabase;
let clock: ManualClock;
let nodes: VirtualNode[];
beforeAll(async () => {
  ground = await createTestDatabase();
});
beforeEach(async () => {
  clock = new ManualClock();
  nodes = [];
  await ground.db.deleteFrom('actor').execute();
});
afterEach(() => {
  for (const node of nodes) node.lease.close();
});
afterAll(() => ground?.close());

/** One node as its peers and the database see it; its pulses reach everybody who was added. */
class VirtualNode {
  readonly me: { readonly node: string; readonly boot: string };
  readonly lease = new Lease({ times: leaseTimes(ttlMs), clock, uptime: () => clock.monotonic() });
  readonly peers = new Peers();
  readonly keeper: ShardKeeper;
  readonly left: [number, Parting][] = [];
  alive = true;

  constructor(name: string, boot = `${name}-boot`) {
    this.me = { node: name, boot };
    this.keeper = new ShardKeeper({
      kind: 'job',
      me: this.me,
      lease: this.lease,
      peers: this.peers,
      db: ground.db,
      // Looks only when the test says so.
      clock: { now: () => clock.now(), monotonic: () => clock.monotonic(), setTimeout: () => ({ cancel: () => undefined }) },
      log: () => undefined,
      caughtUp: async () => undefined,
    });
    this.keeper.onLeft(async (ids, how) => void this.left.push([ids.length, how]));
    this.peers.listening(true, clock.monotonic());
    nodes.push(this);
  }
}

/** Everybody alive proves its life and is heard by all; time goes on. */
async function pass(ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += 1_000) {
    clock.advance(1_000);
    for (const node of nodes.filter(one => one.alive)) {
      node.lease.proven(clock.monotonic());
      const pulse = { ...node.me, types: [], kinds: ['job'], database: { ok: true } };
      for (const other of nodes) other.peers.pulse(pulse, clock.monotonic());
    }
    for (const node of nodes.filter(one => one.alive)) await node.keeper.look();
  }
}

async function owners(): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { owner } of await readShards(ground.db, all))
    counts.set(owner?.node ?? 'nobody', (counts.get(owner?.node ?? 'nobody') ?? 0) + 1);
  return counts;
}

/** What the nodes believe, and what the database says, is the same, and each shard is in one pair of hands. */
async function expectHeld(expected: Readonly<Record<string, number>>): Promise<void> {
  expect(Object.fromEntries(await owners())).toEqual(expected);
  const believed = nodes.filter(node => node.alive).flatMap(node => node.keeper.held);
  expect([...believed].sort()).toEqual([...all]);
}

describe('[G1] shards', () => {
  test('are spread evenly over the nodes that come and go, and move in order', async () => {
    const a = new VirtualNode('a');
    await pass(1_000);
    await expectHeld({ a: 64 });
    const b = new VirtualNode('b');
    await pass(3_000);
    await expectHeld({ a: 32, b: 32 });
    expect(a.left).toEqual([[32, 'in-order']]);
    const c = new VirtualNode('c');
    await pass(3_000);
    await expectHeld({ a: 21, b: 21, c: 22 });
    await b.keeper.close();
    b.alive = false;
    c.peers.released(b.me.boot);
    a.peers.released(b.me.boot);
    await pass(2_000);
    await expectHeld({ a: 32, c: 32 });
    expect(c.left.every(([, how]) => how === 'in-order')).toBe(true);
  });

  test('that several nodes want at the same moment go to one of them each', async () => {
    const many = ['a', 'b', 'c', 'd', 'e'].map(name => new VirtualNode(name));
    clock.advance(1_000);
    for (const node of many) node.lease.proven(clock.monotonic());
    // None of them has heard of another one: each wants all.
    await Promise.all(many.map(node => node.keeper.look()));
    const believed = many.flatMap(node => node.keeper.held);
    expect([...believed].sort()).toEqual([...all]);
    expect([...(await owners()).values()].reduce((sum, n) => sum + n, 0)).toBe(64);
  });

  test('of nodes that do not host the kind, or have no database, are nobody’s concern', async () => {
    const a = new VirtualNode('a');
    a.peers.pulse({ node: 'x', boot: 'x1', types: [], database: { ok: true } }, 900);
    a.peers.pulse({ node: 'y', boot: 'y1', types: [], kinds: ['job'], database: { ok: false } }, 900);
    await pass(1_000);
    await expectHeld({ a: 64 });
  });
});

describe('[G2] shards of an owner that is not heard any more', () => {
  test('are taken after 1.1 of the lease and not before, when it has long let go by itself', async () => {
    const [a, b] = [new VirtualNode('a'), new VirtualNode('b')];
    await pass(3_000);
    await expectHeld({ a: 32, b: 32 });
    a.alive = false;
    await pass(13_000);
    expect(b.keeper.held).toHaveLength(32);
    expect(a.keeper.held).toHaveLength(0);
    await pass(1_000);
    await expectHeld({ b: 64 });
    await a.keeper.look();
    expect(a.left.at(-1)).toEqual([32, 'lost']);
  });

  test('are let go at 0.85 of it: nothing is taken up under them from then on', async () => {
    const a = new VirtualNode('a');
    await pass(1_000);
    const hold = a.keeper.holdOf('x');
    clock.advance(0.85 * ttlMs - 1);
    expect(hold?.valid()).toBe(true);
    clock.advance(1);
    expect([hold?.valid(), a.keeper.holdOf('x')]).toEqual([false, null]);
    await pass(ttlMs);
    expect(hold?.valid()).toBe(false);
    expect(a.keeper.holdOf('x')?.epoch).toBe((hold?.epoch ?? 0) + 1);
  });

  test('are taken at once when its process was seen dead, or is an earlier one of the same node', async () => {
    const a = new VirtualNode('a');
    await pass(1_000);
    a.alive = false;
    const b = new VirtualNode('b');
    b.peers.released(a.me.boot);
    await pass(1_000);
    await expectHeld({ b: 64 });
    b.alive = false;
    new VirtualNode('b', 'b-again');
    await pass(1_000);
    await expectHeld({ b: 64 });
  });
});

describe('[G1] the owner of a shard before', () => {
  const chart = { id: 'lamp', version: '1', hash: 'h' };
  const claim = (node: VirtualNode, id: string, expectedEpoch: number, shard = node.keeper.holdOf(id)) =>
    acquire(ground.db, { actorId: `job/${id}`, kind: 'job', chart, owner: node.me.node, nonce: node.me.boot, expectedEpoch, shard });

  test('finds the epoch of everything it has in memory raised, and takes nothing up any more', async () => {
    const a = new VirtualNode('a');
    await pass(1_000);
    const [awake, given] = ['awake', 'given-back'];
    expect(await claim(a, awake, 0)).toBe(1);
    expect(await claim(a, given, 0)).toBe(1);
    await giveBack(ground.db, `job/${given}`, 1);
    const holds = [awake, given, 'later'].map(id => a.keeper.holdOf(id));
    a.alive = false;
    const b = new VirtualNode('b');
    b.peers.released(a.me.boot);
    await pass(1_000);
    expect(await readHead(ground.db, `job/${awake}`)).toMatchObject({ epoch: 2 });
    expect(await readHead(ground.db, `job/${given}`)).toMatchObject({ epoch: 1 });
    expect(await claim(a, awake, 2, holds[0] ?? null)).toBeNull();
    expect(await claim(a, given, 1, holds[1] ?? null)).toBeNull();
    expect(await claim(a, 'later', 0, holds[2] ?? null)).toBeNull();
    expect(await claim(b, given, 1)).toBe(2);
    expect(await claim(b, 'later', 0)).toBe(1);
  });

  /** Until a statement waits for a lock. */
  const waiting = async () => {
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(ground.admin);
    return (rows[0]?.n ?? 0) > 0;
  };

  test('who takes an actor up while its shard is being taken waits for the outcome, and gets nothing', async () => {
    const a = new VirtualNode('a');
    await pass(1_000);
    const hold = a.keeper.holdOf('late');
    const late = await ground.db.transaction().execute(async tx => {
      // As the next owner does it, and not yet written.
      await sql`update actor set epoch = epoch + 1, owner = 'b', nonce = 'b-boot' where id = ${hold?.id}`.execute(tx);
      const taking = claim(a, 'late', 0, hold);
      await until('the claim waits', waiting);
      return { taking };
    });
    expect(await late.taking).toBeNull();
    expect(await readHead(ground.db, 'job/late')).toBeNull();
  });

  test('who takes the shard while an actor is being taken up waits for that, and raises its epoch', async () => {
    const a = new VirtualNode('a');
    await pass(1_000);
    const hold = a.keeper.holdOf('early');
    const from = [{ id: hold?.id ?? '', epoch: hold?.epoch ?? 0 }];
    const { taking } = await ground.db.transaction().execute(async tx => {
      const early = { actorId: 'job/early', kind: 'job', chart, owner: 'a', nonce: 'a-boot', expectedEpoch: 0, shard: hold };
      expect(await acquire(tx, early)).toBe(1);
      const taking = takeShards(ground.db, { owner: 'b', nonce: 'b-boot', from });
      await until('the shard waits', waiting);
      return { taking };
    });
    expect(await taking).toHaveLength(1);
    expect(await readHead(ground.db, 'job/early')).toMatchObject({ epoch: 2 });
  });
});
