import { expect, test } from 'vitest';
import type { Heartbeat, NodeStatus } from '../../actors/transport/envelopes.ts';
import { Nodes } from './nodes.ts';

const said = (boot: string, at: number) => ({ node: 'n1', boot, at }) as NodeStatus;

test('[F20] what a node says is its newest word, also when its clock was set back', () => {
  const nodes = new Nodes();
  nodes.putStatus(said('a', 900_000));
  nodes.putStatus(said('a', 300_000));
  expect(nodes.status('n1')?.at).toBe(300_000);
});

test('[F20] what a store kept of a node counts until the node itself is heard, after each time that nobody listened', () => {
  const nodes = new Nodes();
  nodes.putKeptStatus(said('a', 1));
  expect(nodes.status('n1')?.at).toBe(1);
  nodes.putStatus(said('b', 2));
  nodes.putKeptStatus(said('a', 3));
  expect(nodes.status('n1')).toEqual(said('b', 2));
  nodes.listening();
  nodes.putKeptStatus(said('c', 1));
  expect(nodes.status('n1')).toEqual(said('c', 1));
});

test('[F33] the clock of an owner that no pulse names is that of the node furthest ahead, of those that are heard', () => {
  const nodes = new Nodes();
  const pulse = (node: string, at: number, mono: number) =>
    nodes.heard({ node, boot: 'b', at, monotonicMs: 0, owns: [{ actor: `equipment/${node}`, epoch: 1 }] } as unknown as Heartbeat, {
      at: 1_000_000,
      mono,
    });
  expect(nodes.clockOfOwner('job/j', 1_000_000)).toBe(1_000_000);
  pulse('silent', 1_900_000, 0);
  pulse('ahead', 1_060_000, 10_000);
  pulse('behind', 940_000, 10_000);
  nodes.tick({ at: 1_000_000, mono: 10_000 });
  expect(nodes.clockOfOwner('job/j', 1_000_000)).toBe(1_060_000);
  expect(nodes.clockOfOwner('equipment/behind', 1_000_000)).toBe(940_000);
});
