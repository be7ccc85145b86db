import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { acquire } from '../storage/journal.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { findHandOver, leaveHandOver } from './hand-over.ts';

let ground: TestDatabase;
const actorId = 'equipment/mill-1';
const run = { job: 'job-1', hash: 'abc', acknowledged: 5, total: 9, identity: 'MILL', modes: ['G90'] };
const take = (expectedEpoch: number) =>
  acquire(ground.db, {
    actorId,
    kind: 'equipment',
    chart: { id: 'equipment', version: '1', hash: 'h' },
    owner: 'n',
    nonce: 'x',
    expectedEpoch,
  });

beforeAll(async () => {
  ground = await createTestDatabase();
  await take(0);
  expect(await leaveHandOver(ground.db, { actorId, epoch: 1, seq: 0, chart: 'h' }, run)).toBe(true);
});
afterAll(() => ground?.close());

test('[G15] the run that was left is found by the next epoch alone, with nothing in the journal since', async () => {
  expect(await findHandOver(ground.db, { actorId, epoch: 2, seq: 0, chart: 'h' })).toEqual({ run, sameChart: true });
  expect(await findHandOver(ground.db, { actorId, epoch: 3, seq: 0, chart: 'h' })).toBeNull();
  expect(await findHandOver(ground.db, { actorId, epoch: 2, seq: 1, chart: 'h' })).toBeNull();
});

test('[F38] a run of another form of the chart is told of, and not to be gone on with', async () => {
  await sql`update projection set position = jsonb_set(position, '{chart}', '"other"')`.execute(ground.db);
  expect(await findHandOver(ground.db, { actorId, epoch: 2, seq: 0, chart: 'h' })).toEqual({ run, sameChart: false });
});
