import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openProgress, type Progress, readProgress } from './progress.ts';

const fresh = () => mkdtempSync(join(tmpdir(), 'wit-progress-'));
const record: Progress = { job: 'job-1', hash: 'abc', sent: 12, acknowledged: 9, total: 400, ended: null };

it('is readable at once after a write, without waiting for a sync', () => {
  const directory = fresh();
  const file = openProgress(directory, () => 0);
  file.write(record);
  expect(readProgress(directory)).toEqual(record);
  file.close();
});

it('writes in place, so that a full disk does not matter', () => {
  const directory = fresh();
  const file = openProgress(directory, () => 0);
  for (let sent = 0; sent < 1000; sent++) file.write({ ...record, sent });
  expect(readProgress(directory)?.sent).toBe(999);
  expect(statSync(join(directory, 'progress.json')).size).toBe(512);
  file.close();
});

it('has nothing to say about a directory without a run, or with a torn record', () => {
  const directory = fresh();
  expect(readProgress(directory)).toBeNull();
  writeFileSync(join(directory, 'progress.json'), '{"job":"x","se');
  expect(readProgress(directory)).toBeNull();
});

it('never throws, also where nothing can be written', () => {
  const file = openProgress('/dev/null/nowhere', () => 0);
  file.write(record);
  file.close();
  file.close();
  expect(readProgress('/dev/null/nowhere')).toBeNull();
});
