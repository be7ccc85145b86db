import { createHash } from 'node:crypto';

/** Small actors are leased by the shard, not one by one. The number is part of the database: another one would give actors other shards. */
const shardCount = 64;

/** Ids of all shards of one kind of small actors, `shard/job-00` to `shard/job-63`. */
export function shardsOf(kind: string): readonly string[] {
  return Array.from({ length: shardCount }, (_, n) => shardId(kind, n));
}

/** The shard of an actor of this kind. */
export function shardOf(kind: string, id: string): string {
  return shardId(kind, createHash('sha256').update(`${kind}/${id}`).digest().readUInt32BE(0) % shardCount);
}

/**
 * Which node each shard belongs to. Every node computes the same from the same nodes (highest random weight); none has more than one
 * shard more than another, and when a node comes or goes few shards move that need not.
 */
export function spread(shards: readonly string[], nodes: readonly string[]): ReadonlyMap<string, string> {
  const room = quotas(shards.length, nodes);
  const offers = shards.flatMap(shard => nodes.map(node => ({ shard, node, weight: weightOf(shard, node) })));
  const owners = new Map<string, string>();
  for (const { shard, node } of offers.sort((a, b) => (a.weight > b.weight ? -1 : 1))) {
    const left = room.get(node) ?? 0;
    if (left === 0 || owners.has(shard)) continue;
    owners.set(shard, node);
    room.set(node, left - 1);
  }
  return owners;
}

function quotas(shards: number, nodes: readonly string[]): Map<string, number> {
  const more = shards % nodes.length;
  const ordered = [...nodes].sort((a, b) => (weightOf('', a) > weightOf('', b) ? -1 : 1));
  return new Map(ordered.map((node, i) => [node, Math.floor(shards / nodes.length) + (i < more ? 1 : 0)]));
}

function weightOf(shard: string, node: string): string {
  return createHash('sha256').update(`${shard}\n${node}`).digest('hex');
}

function shardId(kind: string, n: number): string {
  return `shard/${kind}-${String(n).padStart(2, '0')}`;
}
