import { afterAll, beforeAll, expect, test } from 'vitest';
import { acquire, readHead } from '../storage/journal.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';

let ground: TestDatabase;
beforeAll(async () => {
  ground = await createTestDatabase();
});
afterAll(() => ground?.close());

const chart = { id: 'lamp', version: '1.0.0', hash: 'h' };
const contenders = Array.from({ length: 200 }, (_, i) => `n${i}`);

/** All at once, from the same epoch; the epochs they got. */
async function storm(expectedEpoch: number): Promise<{ owner: string; epoch: number }[]> {
  const claims = contenders.map(async owner => {
    const epoch = await acquire(ground.db, {
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

test('[G1] [F6] of 200 that acquire one actor at the same moment exactly one does, in each of five rounds', async () => {
  for (let round = 0; round < 5; round += 1) {
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
