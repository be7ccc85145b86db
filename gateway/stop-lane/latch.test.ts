import { beforeEach, expect, test } from 'vitest';
import type { LanePress } from '../../actors/stop/protocol.ts';
import { Latch, type Pending } from './latch.ts';
import type { NodeLine } from './node-sockets.ts';

const settleMs = 60_000;
let at: number;
let kept: readonly Pending[];
let latch: Latch;
beforeEach(() => {
  at = 0;
  latch = open([]);
});

function open(known: readonly Pending[]): Latch {
  kept = known;
  const changed = (pending: readonly Pending[]) => {
    kept = pending;
  };
  return new Latch({ known, settleMs, mono: () => at, changed });
}

const press = (equipment = 'all', stopId = 'stop-1'): LanePress => ({
  stopId,
  equipment,
  by: 'person-1',
  byName: 'Mara',
  pass: 'valid',
  at: 0,
});
const node = (equipment: readonly string[], alive = true): NodeLine => ({ alive, equipment, press: () => true });

/** The lane looks again and again while the nodes are so. */
function stand(nodes: readonly NodeLine[], ms: number): void {
  for (const end = at + ms; at < end; at += 1_000) latch.settle(nodes);
  latch.settle(nodes);
}

test('[F17] a press for all is kept beyond the last machine that took it, and is for each machine that is listed by then', () => {
  latch.add(press());
  latch.taken('stop-1', 'mill-1');
  stand([node(['mill-1'])], settleMs - 1_000);
  expect(latch.for(node(['mill-1', 'extractor-1']))).toEqual([press('extractor-1')]);
});

test('[F17] it is forgotten when the nodes have stood still for long enough: nobody is surprised by it later', () => {
  latch.add(press());
  latch.taken('stop-1', 'mill-1');
  stand([node(['mill-1'])], settleMs);
  expect(kept).toEqual([]);
  expect(latch.for(node(['mill-1', 'extractor-1']))).toEqual([]);
});

test.each([
  ['a node comes, or lists other machines', () => latch.moved()],
  ['a node falls silent', () => latch.settle([node(['mill-1'], false)])],
  ['a machine is listed that has not taken it', () => latch.settle([node(['mill-1', 'laser-1'])])],
  ['no node is known', () => latch.settle([])],
])('[F17] the time begins anew when %s', (_title, happens) => {
  latch.add(press());
  latch.taken('stop-1', 'mill-1');
  stand([node(['mill-1'])], settleMs - 1_000);
  happens();
  stand([node(['mill-1'])], settleMs - 1_000);
  expect(kept).toHaveLength(1);
  stand([node(['mill-1'])], 1_000);
  expect(kept).toEqual([]);
});

test('[F17] a press that nobody took, or that a silent node may not have taken, is not forgotten by waiting', () => {
  latch.add(press('all', 'nobody'));
  latch.add(press('all', 'silent'));
  latch.taken('silent', 'mill-1');
  stand([node(['mill-1']), node([], false)], 2 * settleMs);
  expect(kept.map(({ press: { stopId } }) => stopId)).toEqual(['nobody', 'silent']);
});

test('[F17] what took a press never gets it again, through a restart of the lane, however long another node is silent', () => {
  latch.add(press());
  latch.taken('stop-1', 'mill-1');
  latch = open(kept);
  stand([node(['mill-1']), node(['laser-1'], false)], 2 * settleMs);
  expect(latch.for(node(['mill-1']))).toEqual([]);
  expect(latch.for(node(['mill-1', 'laser-1']))).toEqual([press('laser-1')]);
});

test('a press for one machine is for that one alone, and forgotten as soon as it took it', () => {
  latch.add(press('mill-1'));
  expect(latch.for(node(['laser-1']))).toEqual([]);
  expect(latch.for(node(['laser-1', 'mill-1']))).toEqual([press('mill-1')]);
  latch.taken('stop-1', 'mill-1');
  expect(kept).toEqual([]);
});

test.each([
  ['the machines that have not taken it', [node(['mill-1', 'laser-1'])], ['laser-1']],
  ['all, when a silent node may own what nobody lists', [node(['mill-1']), node([], false)], ['all']],
  ['nothing, when every machine of every node took it', [node(['mill-1'])], []],
])('[F17] of a press for all is missing: %s', (_title, nodes, missing) => {
  latch.add(press());
  latch.taken('stop-1', 'mill-1');
  expect(latch.missing('stop-1', nodes)).toEqual(missing);
});
