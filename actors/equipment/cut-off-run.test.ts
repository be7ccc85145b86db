import { expect, test } from 'vitest';
import { cutOffRun, disagreement } from './cut-off-run.ts';

const checkpoint = { job: 'job-1', sent: 50, acknowledged: 40, total: 100 };
const file = { job: 'job-1', hash: 'h', sent: 60, acknowledged: 55, total: 100, ended: null };
const nobody = { left: null, file: null, checkpoint: null, fileIsKnown: true, shared: false };

test('[F28] a file that is ahead of the journal is believed, and nothing is said', () => {
  const witnesses = { ...nobody, file, checkpoint };
  expect(cutOffRun('job-1', witnesses)).toMatchObject({ acknowledged: 55, uncertain: [56, 60] });
  expect(disagreement('job-1', witnesses)).toBeNull();
});

test('[F28] a file that is behind the journal has lost its end: any line after the checkpoint may have been executed', () => {
  const witnesses = { ...nobody, file: { ...file, sent: 30, acknowledged: 20 }, checkpoint };
  expect(cutOffRun('job-1', witnesses)).toMatchObject({ acknowledged: 40, uncertain: [41, 100] });
  expect(disagreement('job-1', witnesses)?.sentence).toBe(
    'By the journal line 40 of job-1 was acknowledged, by the progress file only line 20.',
  );
});

test('[F28] a file of another run leaves the word to the journal', () => {
  const witnesses = { ...nobody, file: { ...file, job: 'job-0', ended: 'complete' }, checkpoint };
  expect(cutOffRun('job-1', witnesses)).toMatchObject({ acknowledged: 40, uncertain: [41, 100] });
  expect(disagreement('job-1', witnesses)?.sentence).toContain('knows nothing');
});

test('[F28] of a machine that others drive too nothing is expected in the file here', () => {
  expect(disagreement('job-1', { ...nobody, checkpoint, shared: true })).toBeNull();
  expect(disagreement(null, { ...nobody, file, fileIsKnown: false, shared: true })).toBeNull();
});

test('[F28] a run that the journal does not know is told', () => {
  expect(disagreement(null, { ...nobody, file, fileIsKnown: false })?.sentence).toBe(
    'The progress file tells of a run of job-1 up to line 60 that the journal does not know.',
  );
  expect(disagreement(null, { ...nobody, file })).toBeNull();
  expect(disagreement(null, { ...nobody, file: { ...file, ended: 'complete' }, fileIsKnown: false })).toBeNull();
});
