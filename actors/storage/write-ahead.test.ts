import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWriteAhead, writeAheadBytes } from './write-ahead.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wit-wal-'));
  path = join(folder, 'mill.wal');
});
afterEach(() => rm(folder, { recursive: true }));

test('records come back in order after the process died', async () => {
  const file = await openWriteAhead(path);
  await file.append({ type: 'stop.pressed' });
  await file.append({ type: 'device.aborted' });
  await file.close();
  const again = await openWriteAhead(path);
  expect(await again.records()).toEqual([{ type: 'stop.pressed' }, { type: 'device.aborted' }]);
  expect(await again.append({ type: 'third' })).toBe(true);
  expect(await again.records()).toHaveLength(3);
  await again.close();
});

test('the whole file is allocated before it is needed', async () => {
  const file = await openWriteAhead(path);
  expect((await stat(path)).size).toBe(writeAheadBytes);
  await file.close();
});

test('the file of an actor that will hardly live again goes, unless something waits in it', async () => {
  const there = () =>
    stat(path).then(
      () => true,
      () => false,
    );
  const file = await openWriteAhead(path);
  await file.append({ n: 1 });
  await file.discard();
  expect(await there()).toBe(true);
  const again = await openWriteAhead(path);
  expect(await again.records()).toEqual([{ n: 1 }]);
  await again.clear(1);
  await again.discard();
  expect(await there()).toBe(false);
});

test('a torn last record is left out and overwritten', async () => {
  const file = await openWriteAhead(path);
  await file.append({ n: 1 });
  await file.append({ n: 2 });
  await file.close();
  const raw = await open(path, 'r+');
  const second = 64 + 24 + JSON.stringify({ n: 1 }).length;
  await raw.write('x', second + 26);
  await raw.close();
  const again = await openWriteAhead(path);
  expect(await again.records()).toEqual([{ n: 1 }]);
  await again.append({ n: 3 });
  expect(await again.records()).toEqual([{ n: 1 }, { n: 3 }]);
  await again.close();
});

test('a full file refuses instead of growing', async () => {
  const file = await openWriteAhead(path);
  const large = { text: 'a'.repeat(300_000) };
  expect([await file.append(large), await file.append(large), await file.append(large), await file.append(large)]).toEqual([
    true,
    true,
    true,
    false,
  ]);
  await file.clear(3);
  expect(await file.records()).toEqual([]);
  await file.close();
});
