import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../actors/testing/until.ts';
import { administrator, ask, openWorkshop, type Workshop } from '../testing/workshop.ts';

let workshop: Workshop;
let token: string;

beforeAll(async () => {
  workshop = await openWorkshop();
  token = (await administrator(workshop)).accessToken;
}, 60_000);
afterAll(() => workshop?.close());

const get = (path: string, as: string | null = token) => ask(workshop.url, path, as === null ? {} : { token: as });

test('[G7] the tree of a node is served as the node said it, and what its self-test found stands in system/info', async () => {
  const mill = { id: 'equipment/mill-1', restart: 'permanent', state: 'waiting', since: 1, restarts: 3, why: 'no such port', nextAt: 9 };
  const messages = { ok: true, since: 1, cause: '' };
  const selfTest = [{ code: 'kv-per-key-ttl', sentence: 'NATS ignores it.' }];
  workshop.owner.publish('node.node-1.status', { v: 1, node: 'node-1', boot: 'boot-1', at: 5, tree: [mill], selfTest, messages });
  await until('the tree', async () => (await get('/system/nodes/node-1/tree')).status === 200);
  expect((await get('/system/nodes/node-1/tree')).body.tree).toEqual([mill]);
  expect((await get('/system/info')).body.selfTest).toEqual([{ node: 'node-1', ...selfTest[0] }]);
});

test('[F20] what a node says of the message servers stands in system/info and in what every page hears', async () => {
  const cause = 'The message servers have lost their majority: 1 of 3 is there.';
  const say = (messages: object) =>
    workshop.owner.publish('node.node-1.status', { v: 1, node: 'node-1', boot: 'boot-1', at: 6, tree: [], selfTest: [], messages });
  const told = async (path: string) => (await get(path)).body.messages as { ok: boolean };
  say({ ok: false, since: 7, cause });
  await until('the trouble is told', async () => !(await told('/system/info')).ok);
  expect(await told('/system/info')).toEqual({ ok: false, since: 7, cause });
  expect(await told('/system/nodes')).toEqual({ ok: false, since: 7, cause });
  // The store is another matter than the connection: this gateway still serves.
  expect((await get('/system/ready')).status).toBe(200);
  say({ ok: true, since: 8, cause: '' });
  await until('it is over', async () => (await told('/system/info')).ok);
});

test('a node nobody heard of is not found, and who is not logged in learns nothing', async () => {
  expect((await get('/system/nodes/node-9/tree')).body.code).toBe('not-found');
  expect((await get('/system/nodes/node-1/tree', null)).status).toBe(401);
});
