import { expect, test } from 'vitest';
import type { NodeStatus } from '../../actors/transport/envelopes.ts';
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
