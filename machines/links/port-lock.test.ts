import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { takePortLock } from './port-lock.ts';

const fresh = () => mkdtempSync(join(tmpdir(), 'wit-locks-'));

it('gives a port to one holder until it is released', () => {
  const directory = fresh();
  const first = takePortLock('/dev/ttyUSB7', directory);
  const sentence = expect.stringMatching(new RegExp(`^/dev/ttyUSB7 is in use by process ${process.pid} since \\d{4}-.*Z\\.$`));
  expect(takePortLock('/dev/ttyUSB7', directory)).toEqual({ ok: false, sentence });
  expect(takePortLock('/dev/ttyUSB8', directory).ok).toBe(true);
  if (first.ok) first.lock.release();
  expect(takePortLock('/dev/ttyUSB7', directory).ok).toBe(true);
});

it('takes over the lock of a process that is gone', () => {
  const directory = fresh();
  const first = takePortLock('/dev/ttyUSB7', directory);
  const [file] = readdirSync(directory);
  const gone = spawnSync('true').pid;
  writeFileSync(join(directory, file ?? ''), `${gone} somewhen`);
  expect(first.ok && first.lock.held()).toBe(false);
  const second = takePortLock('/dev/ttyUSB7', directory);
  expect(second.ok && second.lock.held()).toBe(true);
});

it.runIf(process.platform === 'linux')('recognises a living process that only has the number of the dead holder', () => {
  const directory = fresh();
  takePortLock('/dev/ttyUSB7', directory);
  const [file] = readdirSync(directory);
  writeFileSync(join(directory, file ?? ''), `${process.pid} another-boot:1`);
  expect(takePortLock('/dev/ttyUSB7', directory).ok).toBe(true);
});

it('does not release a lock that another has taken over', () => {
  const directory = fresh();
  const first = takePortLock('/dev/ttyUSB7', directory);
  const [file] = readdirSync(directory);
  const theirs = `${process.ppid} unknown`;
  writeFileSync(join(directory, file ?? ''), theirs);
  if (first.ok) first.lock.release();
  expect(readdirSync(directory)).toEqual([file]);
});
