import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../storage/database.ts';
import { acquire, readHead } from '../storage/journal.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';

let ground: TestDatabase;
/** Waits for a connection as long as it takes: a thousand want one. */
let patient: Database;
beforeAll(async () => {
  ground = await createTestDatabase();
  patient = openDatabase({ url: ground.url, name: 'storm', timeoutMs: 60_000 });
});
afterAll(async () => {
  await patient?.destroy();
  await ground?.close();
});

const chart = { id: 'lamp', version: '1.0.0', hash: 'h' };
const contenders = Array.from({ length: 1_000 }, (_, i) => `n${i}`);

/** All at once, from the same epoch; the epochs they got. */
async function storm(expectedEpoch: number): Promise<{ owner: string; epoch: number }[]> {
  const claims = contenders.map(async owner => {
    const epoch = await acquire(patient, {
      actorId: 'equipment/m',
      kind: 'equipment',
      chart,
      owner,
      nonce: `${owner}-boot`,
      expectedEpoch,
    });
    return epoch === null ? [] : [{ owner, epoch }];
  });
  return (await Promise.all(claims)).flat();
}

test('[G1] [F6] of 1,000 that acquire one actor at the same moment exactly one does, in each of three rounds', async () => {
  for (let round = 0; round < 3; round += 1) {
    const winners = await storm(round);
    expect(winners).toEqual([{ owner: expect.any(String), epoch: round + 1 }]);
    expect(await readHead(ground.db, 'equipment/m')).toMatchObject({ epoch: round + 1 });
    const row = await ground.db.selectFrom('actor').select(['owner', 'nonce']).where('id', '=', 'equipment/m').executeTakeFirstOrThrow();
    expect(row).toEqual({ owner: winners[0]?.owner, nonce: `${winners[0]?.owner}-boot` });
  }
});

test('[G1] whoever looked at an older epoch takes nothing', async () => {
  expect(await storm(2)).toEqual([]);
});

test('[G1] [F6] of 20 processes that saw the same epoch exactly one owns the actor', async () => {
  const program = resolve(import.meta.dirname, '..', '..', 'build', `contender-${process.pid}.mjs`);
  const entry = resolve(import.meta.dirname, '..', 'testing', 'contender.ts');
  await build({ entryPoints: [entry], outfile: program, bundle: true, platform: 'node', format: 'esm', packages: 'external' });
  const ground = await createTestDatabase();
  const names = Array.from({ length: 20 }, (_, i) => `host-${i}`);
  const children = names.map(name => fork(program, [ground.url, 'equipment/m', name]));
  const looked = await Promise.all(children.map(heard));
  expect(looked).toEqual(names.map(() => ({ looked: 0 })));
  const answers = children.map(heard);
  for (const child of children) child.send('go');
  const epochs = (await Promise.all(answers)).map(answer => Number(answer.epoch ?? 0));
  expect(epochs.filter(epoch => epoch > 0)).toEqual([1]);
  const row = await ground.db.selectFrom('actor').select(['owner', 'epoch']).where('id', '=', 'equipment/m').executeTakeFirstOrThrow();
  expect(row).toEqual({ owner: names[epochs.indexOf(1)], epoch: 1 });
  await ground.close();
  rmSync(program);
});

async function heard(child: ChildProcess): Promise<Record<string, unknown>> {
  const [message] = (await once(child, 'message')) as [Record<string, unknown>];
  return message;
}
