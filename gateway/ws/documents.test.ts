import { expect, test } from 'vitest';
import type { Heartbeat } from '../../actors/transport/envelopes.ts';
import { ownedActors } from '../../actors/transport/owned-actors.ts';
import { millStatus } from '../testing/documents.ts';
import { Documents, type Moment } from './documents.ts';
import { Nodes } from './nodes.ts';

const at = (mono: number): Moment => ({ at: 1_000_000 + mono, mono });

function world() {
  const nodes = new Nodes();
  const documents = new Documents(nodes);
  documents.putStatus('mill-1', { ...millStatus(), epoch: 4 });
  const { node } = millStatus();
  /** A pulse of the node, which names what it owns. */
  const pulse = (mono: number, boot: string, owns: Heartbeat['owns'], said?: number[]): void => {
    nodes.heard({ ...alive, node, boot, monotonicMs: mono, at: at(mono).at, owns }, at(mono));
    for (const one of ownedActors({ owns, said })) documents.spoken('mill-1', one, mono);
  };
  const shown = (mono: number) => [documents.status('mill-1', at(mono))?.truth, documents.summary('mill-1', at(mono))?.truth];
  return { documents, pulse, shown };
}

const alive = { types: [], stopSocket: '/nowhere', database: { ok: true, since: 0 } };
const mill = (epoch: number) => [{ actor: 'equipment/mill-1', epoch }];

test('[F3] what a dead process said is stale and then unknown, however often its successor speaks without having the machine', () => {
  const { documents, pulse, shown } = world();
  pulse(0, 'first', mill(4));
  expect(shown(1_000)).toEqual(['live', 'live']);
  for (let mono = 1_500; mono <= 12_000; mono += 500) pulse(mono, 'second', []);
  expect(shown(2_500)).toEqual(['stale', 'stale']);
  expect(shown(12_000)).toEqual(['unknown', 'unknown']);
  expect(documents.status('mill-1', at(12_000))?.degraded.at(-1)).toMatchObject({ code: 'owner-silent', since: 1_000_000 });
});

test('[F3] the word of an older or newer owner says nothing of this status', () => {
  const { pulse, shown } = world();
  pulse(0, 'first', mill(3));
  expect(shown(500)).toEqual(['unknown', 'unknown']);
  pulse(600, 'second', mill(5));
  expect(shown(700)).toEqual(['unknown', 'unknown']);
});

test('[F3] a status out of a store counts for nothing until its owner speaks', () => {
  const { documents, pulse, shown } = world();
  pulse(0, 'second', []);
  expect(shown(100)).toEqual(['unknown', 'unknown']);
  documents.spoken('mill-1', { epoch: 4, seq: 1 }, 200);
  expect(shown(300)).toEqual(['live', 'live']);
});

test('[F21] [P4] a status that was missed is not live because its owner speaks again; it is when it has been caught up with', () => {
  const { documents, pulse, shown } = world();
  pulse(0, 'first', mill(4), [1]);
  expect(shown(1_000)).toEqual(['live', 'live']);
  // A split: nothing is heard for ten seconds, in which the mill went on.
  for (const mono of [9_000, 10_000]) pulse(mono, 'first', mill(4), [3]);
  expect(shown(10_000)).toEqual(['stale', 'stale']);
  const { degraded, reasons } = documents.status('mill-1', at(10_000)) ?? {};
  const message = 'Node node-1 has said something newer of this machine, which has not arrived here.';
  expect(degraded?.at(-1)).toEqual({ code: 'status-missed', message, since: 1_000_000 });
  expect(reasons?.at(-1)).toMatchObject({ code: 'status-missed', message });
  pulse(11_000, 'first', mill(4), [3]);
  expect(shown(11_000)).toEqual(['unknown', 'unknown']);
  expect(documents.isBehind('mill-1', at(11_000))).toBe(true);
  documents.putStatus('mill-1', { ...millStatus(), epoch: 4, seq: 2 });
  expect(shown(11_000)).toEqual(['unknown', 'unknown']);
  documents.putStatus('mill-1', { ...millStatus(), epoch: 4, seq: 3 });
  expect(documents.isBehind('mill-1', at(11_000))).toBe(false);
  expect(shown(11_000)).toEqual(['live', 'live']);
});

test('[P4] a pulse that comes before the status that it tells of makes nothing flicker, for as long as a silence would not', () => {
  const { documents, pulse, shown } = world();
  pulse(0, 'first', mill(4), [1]);
  pulse(1_000, 'first', mill(4), [2]);
  pulse(2_000, 'first', mill(4), [2]);
  expect(shown(2_000)).toEqual(['live', 'live']);
  expect(shown(2_100)).toEqual(['stale', 'stale']);
  documents.putStatus('mill-1', { ...millStatus(), epoch: 4, seq: 2 });
  expect(shown(2_100)).toEqual(['live', 'live']);
});

test('[P4] an older status that is said again proves nothing of the newest one', () => {
  const { documents, pulse, shown } = world();
  pulse(0, 'first', mill(4), [3]);
  documents.spoken('mill-1', { epoch: 4, seq: 2 }, 100);
  documents.putStatus('mill-1', { ...millStatus(), epoch: 4, seq: 2 });
  expect(shown(100)).toEqual(['unknown', 'unknown']);
});

test('[F38] a pulse of a release that does not tell of statuses proves as much as it did', () => {
  const { documents, pulse, shown } = world();
  pulse(9_000, 'first', mill(4));
  expect([shown(9_000), documents.isBehind('mill-1', at(9_000))]).toEqual([['live', 'live'], false]);
});

test('[F6] what an owner says whose status is not held is missed, and nobody is asked for it when it has fallen silent', () => {
  const { documents, pulse, shown } = world();
  pulse(0, 'second', mill(5), [9]);
  expect([shown(0), documents.isBehind('mill-1', at(0))]).toEqual([['unknown', 'unknown'], true]);
  expect(documents.isBehind('mill-1', at(10_001))).toBe(false);
});
