import { describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import type { ProgramOutcome } from '../equipment/reports.ts';
import { type JobEvent, jobChart, toJobStatus } from './chart.ts';
import { type Check, jobStatusSchema } from './status.ts';

const check: Check = {
  ok: true,
  hash: 'abc',
  lines: 100,
  bytes: 2_000,
  bounds: null,
  offsets: {},
  cleaned: 0,
  problems: [],
  problemCount: 0,
};
const input = {
  id: 'job-1',
  name: 'bracket.nc',
  file: { id: 'f-1', name: 'bracket.nc', hash: 'raw', size: 2_100 },
  equipment: 'mill-1',
  createdBy: 'mara',
};
const from = { equipment: 'mill-1', at: 5 };
const ended = (result: ProgramOutcome['result'], sent = 100): JobEvent => ({
  type: 'job.ended',
  ...from,
  outcome: { job: 'job-1', result, sent, acknowledged: sent, total: 100 },
});
const loaded: readonly JobEvent[] = [
  { type: 'job.checked', check, at: 1 },
  { type: 'job.loaded', ...from },
];
const started: readonly JobEvent[] = [...loaded, { type: 'job.started', ...from, by: 'Mara' }];

function statusAfter(...events: readonly JobEvent[]) {
  const actor = createActor(jobChart, { input }).start();
  for (const event of events) actor.send(event);
  return jobStatusSchema.parse(toJobStatus(actor.getSnapshot(), { seq: 1, epoch: 1, at: 9 }));
}

describe('the life of a job', () => {
  test('[JB1] is refused for good when the check has failed', () => {
    const status = statusAfter({ type: 'job.checked', check: { ...check, ok: false }, at: 1 }, { type: 'job.loaded', ...from });
    expect(status.state).toBe('refused');
    expect(status.check?.ok).toBe(false);
  });

  test('[JB2] becomes ready again when it is unloaded before its run', () => {
    expect(statusAfter(...loaded).state).toBe('loaded');
    expect(statusAfter(...loaded, { type: 'job.unloaded', ...from }).state).toBe('ready');
  });

  test('[JB3] follows its equipment through holds', () => {
    expect(statusAfter(...started).run).toMatchObject({ result: 'running', total: 100, by: 'Mara' });
    expect(statusAfter(...started, { type: 'job.held', ...from }).state).toBe('held');
    expect(statusAfter(...started, { type: 'job.held', ...from }, { type: 'job.resumed', ...from }).state).toBe('running');
  });

  test('[JB3] is held when the machine holds before it said that it started', () => {
    expect(statusAfter(...loaded, { type: 'job.held', ...from })).toMatchObject({ state: 'held', run: { result: 'running' } });
  });

  test.each(['complete', 'stopped', 'aborted', 'failed', 'interrupted'] as const)('[JB4] ends %s once and for all', result => {
    const status = statusAfter(...started, ended(result), { type: 'job.loaded', ...from }, { type: 'job.started', ...from });
    expect(status.state).toBe(result);
    expect(status.run?.result).toBe(result);
  });

  test('[JB5] learns the lines of an interruption that was told before they were known', () => {
    expect(statusAfter(...started, ended('interrupted', 0), ended('interrupted', 42)).run?.sent).toBe(42);
  });

  test('[JB5] keeps its result whatever comes after the end', () => {
    expect(statusAfter(...started, ended('complete'), ended('aborted', 3)).run).toMatchObject({ result: 'complete', sent: 100 });
  });
});
