import { describe, expect, test } from 'vitest';
import { shardOf, shardsOf, spread } from './shard-map.ts';

const shards = shardsOf('job');
const nodes = (count: number) => Array.from({ length: count }, (_, i) => `node-${i}`);
const counts = (owners: ReadonlyMap<string, string>) => nodes(12).map(node => [...owners.values()].filter(owner => owner === node).length);

describe('[G1] the spread of shards over nodes', () => {
  test('gives every shard to exactly one node, and no node more than one shard more than another', () => {
    for (let count = 1; count <= 12; count += 1) {
      const owners = spread(shards, nodes(count));
      expect([...owners.keys()].sort()).toEqual([...shards]);
      const each = counts(owners).slice(0, count);
      expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(1);
    }
  });

  test('is the same whoever computes it', () => {
    expect(spread(shards, nodes(5).reverse())).toEqual(spread(shards, nodes(5)));
  });

  test('moves little more than it must when a node comes or goes', () => {
    for (let count = 1; count < 12; count += 1) {
      const [before, after] = [spread(shards, nodes(count)), spread(shards, nodes(count + 1))];
      const moved = shards.filter(shard => before.get(shard) !== after.get(shard)).length;
      expect(moved).toBeLessThanOrEqual(Math.ceil(shards.length / (count + 1)) + 10);
    }
  });
});

test('the shard of an actor is the same in every release, for its place in the database depends on it', () => {
  expect(['a', 'job-1', '01997c'].map(id => shardOf('job', id))).toEqual(['shard/job-24', 'shard/job-24', 'shard/job-18']);
});

test('ids fall evenly into the shards', () => {
  const found = new Map<string, number>();
  for (let n = 0; n < 6_400; n += 1) found.set(shardOf('job', `job-${n}`), (found.get(shardOf('job', `job-${n}`)) ?? 0) + 1);
  expect([...found.keys()].sort()).toEqual([...shards]);
  expect(Math.max(...found.values())).toBeLessThan(160);
});
