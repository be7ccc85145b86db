import { expect, test } from 'vitest';
import type { Heartbeat } from '../../actors/transport/envelopes.ts';
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
  const pulse = (mono: number, boot: string, owns: Heartbeat['owns']): void => {
    nodes.heard({ ...alive, node, boot, monotonicMs: mono, at: at(mono).at, owns }, at(mono));
    for (const { epoch } of owns) documents.spoken('mill-1', epoch, mono);
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
  documents.spoken('mill-1', 4, 200);
  expect(shown(300)).toEqual(['live', 'live']);
});
