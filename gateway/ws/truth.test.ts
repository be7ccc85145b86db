import { expect, test } from 'vitest';
import { decideFor } from '../../statecharts/equipment/decide.ts';
import { pathTo } from '../../statecharts/equipment/path.ts';
import { toStatus } from '../../statecharts/equipment/project.ts';
import { bench, mara, running } from '../../statecharts/equipment/test-bench.ts';
import { statusNow } from './truth.ts';

const now = 1_000;
const said = toStatus({ context: bench(running).facts() }, { seq: 1, decisionSeq: 1, at: now });

test('[EQ106] what its owner alone can take is refused while nothing is heard of it, and whoever waits is told for what', () => {
  const status = statusNow(said, { truth: 'stale', since: 900, heard: 'nothing' });
  const codes = (command: 'CHECK_OUT' | 'COMPLETE' | 'HOLD') => decideFor(status, mara, command, now).reasons.map(({ code }) => code);
  expect([codes('CHECK_OUT'), codes('COMPLETE')]).toEqual([['not-owned'], ['not-owned']]);
  expect(pathTo(status, mara, { command: 'CHECK_OUT' }, now)).toMatchObject({
    outcome: 'no-path',
    missing: [{ reason: { code: 'not-owned' } }],
  });
});

test('[EQ100] a stop-like command is never refused for a silent owner, nor anything while it is heard', () => {
  expect(decideFor(statusNow(said, { truth: 'unknown', since: 900, heard: 'nothing' }), mara, 'HOLD', now).allowed).toBe(true);
  expect(statusNow(said, { truth: 'live', since: 900, heard: 'node' })).toBe(said);
});

test('[EQ106] of a node that is there without the machine it is said just so', () => {
  const { degraded, reasons } = statusNow(said, { truth: 'unknown', since: 900, heard: 'node' });
  const message = `Node ${said.node} is there, but does not have this machine now.`;
  expect(degraded.at(-1)).toEqual({ code: 'owner-silent', message, since: 900 });
  expect(reasons.at(-1)).toMatchObject({ code: 'not-owned', message });
});

test('[EQ106] of a machine whose newest status was missed its owner alone is waited for, by the name of what is missing', () => {
  const status = statusNow(said, { truth: 'stale', since: 900, heard: 'newer-status' });
  expect(decideFor(status, mara, 'COMPLETE', now).reasons.map(({ code }) => code)).toEqual(['status-missed']);
  expect(decideFor(status, mara, 'HOLD', now).allowed).toBe(true);
  expect(pathTo(status, mara, { command: 'CHECK_OUT' }, now)).toMatchObject({ outcome: 'no-path' });
});
