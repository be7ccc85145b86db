import { afterAll, beforeAll, expect, test } from 'vitest';
import { acquire } from '../../actors/storage/journal.ts';
import { recordQuarantine } from '../../actors/storage/quarantines.ts';
import { until } from '../../actors/testing/until.ts';
import { acknowledgeCommand } from '../../actors/transport/envelopes.ts';
import { isVouchedFor } from '../testing/vouched.ts';
import { administrator, ask, openWorkshop, person, type Workshop } from '../testing/workshop.ts';

let workshop: Workshop;
let admin: Awaited<ReturnType<typeof administrator>>;
const found = { at: 5, version: '0.9.0', chartHash: 'strange', code: 'unknown-chart', why: 'This release does not know it.' };

beforeAll(async () => {
  workshop = await openWorkshop();
  admin = await administrator(workshop);
  const { db } = workshop.database;
  const chart = { id: 'equipment', version: '0.9.0', hash: 'strange' };
  for (const actorId of ['equipment/mill-1', 'equipment/gone']) {
    await acquire(db, { actorId, kind: 'equipment', chart, owner: 'n', nonce: 'x', expectedEpoch: 0 });
    const row = { actor_id: actorId, seq: 7, version: '0.9.0', chart_hash: 'strange', state: '{"value":"odd"}', hash: 'h' };
    await db.insertInto('snapshot').values(row).execute();
    await recordQuarantine(db, { actorId, seq: 7, ...found });
  }
}, 60_000);
afterAll(() => workshop?.close());

const base = '/system/quarantines';
const get = (path: string, token = admin.accessToken) => ask(workshop.url, `${base}${path}`, { token });
const acknowledge = (id: number | string, token = admin.accessToken) =>
  ask(workshop.url, `${base}/${id}/acknowledge`, { token, method: 'POST' });

test('[G13] states in quarantine are listed with the reason and shown as they were stored, for administrators only', async () => {
  const { body } = await get('');
  expect(body.items).toMatchObject([{ actorId: 'equipment/gone' }, { actorId: 'equipment/mill-1', seq: 7, ...found }]);
  const shown = await get(`/${body.items[1].id}`);
  expect(shown.body).toMatchObject({ actorId: 'equipment/mill-1', acknowledgedAt: null, state: { value: 'odd' } });
  const operator = await person(workshop, admin, 'operator');
  for (const path of ['', '/1']) expect((await get(path, operator.accessToken)).status).toBe(403);
  expect((await acknowledge(1, operator.accessToken)).status).toBe(403);
});

test('[G13] an acknowledgement is asked of the owner, and its word is the answer', async () => {
  await until('the owner is asked', async () => (await acknowledge(1)).status === 200);
  expect(workshop.owner.commands.at(-1)).toMatchObject({ quarantine: 1, assertion: expect.any(String) });
});

test('[G13] [F33] an acknowledgement is valid by the clock of the owner’s host, also when that is 60 s ahead', async () => {
  workshop.owner.aheadMs = 60_000;
  await until('the gateway knows of it', async () => {
    await acknowledge(1);
    const { assertion } = workshop.owner.commands.at(-1) ?? { assertion: '' };
    return isVouchedFor(workshop, { assertion, actor: 'equipment/mill-1', commandId: `${acknowledgeCommand}:1` });
  });
});

test('[G13] what is not there is not acknowledged, and an owner that is away is named', async () => {
  for (const id of ['999', 'x']) {
    expect((await acknowledge(id)).body.code).toBe('not-found');
    expect((await get(`/${id}`)).body.code).toBe('not-found');
  }
  expect((await acknowledge(2)).body.code).toBe('owner-silent');
});
