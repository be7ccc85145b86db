import { afterAll, beforeAll, expect, test } from 'vitest';
import { parkMessage } from '../../actors/storage/dead-letters.ts';
import { until } from '../../actors/testing/until.ts';
import { replayCommand } from '../../actors/transport/envelopes.ts';
import { isVouchedFor } from '../testing/vouched.ts';
import { administrator, ask, openWorkshop, person, type Workshop } from '../testing/workshop.ts';

let workshop: Workshop;
let admin: Awaited<ReturnType<typeof administrator>>;

beforeAll(async () => {
  workshop = await openWorkshop();
  admin = await administrator(workshop);
  const message = { source: 'device', event: { type: 'said' } };
  for (const actorId of ['equipment/mill-1', 'job/gone', 'strange', 'job/job-1'])
    await parkMessage(workshop.database.db, { actorId, at: 5, reason: 'poison: x', message });
}, 60_000);
afterAll(() => workshop?.close());

const base = '/system/dead-letters';
const replay = (id: number | string, token = admin.accessToken) => ask(workshop.url, `${base}/${id}/replay`, { token, method: 'POST' });

test('[G10] dead letters are listed with their reason, for administrators only', async () => {
  const { body } = await ask(workshop.url, base, { token: admin.accessToken });
  expect(body.items).toMatchObject([
    { actorId: 'job/job-1' },
    { actorId: 'strange' },
    { actorId: 'job/gone' },
    { actorId: 'equipment/mill-1', reason: 'poison: x' },
  ]);
  const operator = await person(workshop, admin, 'operator');
  expect((await ask(workshop.url, base, { token: operator.accessToken })).status).toBe(403);
  expect((await replay(1, operator.accessToken)).status).toBe(403);
});

test('[G10] a replay is asked of the owner, and its word is the answer', async () => {
  await until('the owner is asked', async () => (await replay(1)).status === 200);
  expect(workshop.owner.commands.at(-1)).toMatchObject({ letter: 1, assertion: expect.any(String) });
});

test.each([
  ['an equipment', 'equipment/mill-1', 1],
  ['a job, whose owner no pulse names', 'job/job-1', 4],
])('[G10] [F33] a replay for %s is valid by the clock of the owner’s host, also when that is 60 s ahead', async (_, actor, id) => {
  workshop.owner.aheadMs = 60_000;
  await until('the gateway knows of it', async () => {
    expect((await replay(id)).status).toBe(200);
    const { assertion } = workshop.owner.commands.at(-1) ?? { assertion: '' };
    return isVouchedFor(workshop, { assertion, actor, commandId: `${replayCommand}:${id}` });
  });
});

test('[G10] a letter that is not there, or for nobody, is not told again', async () => {
  for (const id of ['999', 'x', '3']) expect((await replay(id)).body.code).toBe('not-found');
  expect((await replay(2)).body.code).toBe('owner-silent');
});
