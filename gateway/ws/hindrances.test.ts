import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../actors/testing/until.ts';
import { millStatus } from '../testing/documents.ts';
import { Page } from '../testing/page.ts';
import { isVouchedFor } from '../testing/vouched.ts';
import { administrator, ask, openWorkshop, type Workshop } from '../testing/workshop.ts';

let workshop: Workshop;
let token: string;
let page: Page;

beforeAll(async () => {
  workshop = await openWorkshop();
  token = (await administrator(workshop)).accessToken;
  workshop.owner.status(millStatus());
  await until('the gateway knows the mill', async () => (await get('/equipment/mill-1')).status === 200);
  page = await Page.open(workshop.url, token);
  page.send({ type: 'subscribe', topics: ['system'] });
}, 60_000);
afterAll(async () => {
  page?.close();
  await workshop?.close();
});

const get = (path: string) => ask(workshop.url, path, { token });
const impairments = async () => (await get('/system/info')).body.impairments as { host: string; code: string; sentence: string }[];

/** A command as the owner got it, bound to a state that was seen now. */
async function commanded() {
  const id = randomUUID();
  const json = { id, command: 'START', seen: { epoch: 1, decisionSeq: 1, at: Date.now() } };
  expect((await ask(workshop.url, '/equipment/mill-1/commands', { token, json })).status).toBe(200);
  const command = workshop.owner.commands.find(one => one.id === id);
  if (!command) throw new Error('the owner got no command');
  return command;
}

const isBelieved = ({ assertion, id }: { assertion: string; id: string }) =>
  isVouchedFor(workshop, { assertion, actor: 'equipment/mill-1', commandId: id });

test.each([
  ['ahead of', 300_000],
  ['behind', -300_000],
])('[F33] a host whose clock is 300 s %s is told to everybody, and its commands are valid by its own clock', async (where, aheadMs) => {
  workshop.owner.aheadMs = aheadMs;
  const told = await page.hears(
    'system',
    ({ data }) => data.impairments.some(({ sentence }) => sentence.includes(`300 s, ${where}`)),
    20_000,
  );
  const sentence = expect.stringMatching(new RegExp(`^Clock of host node-1 off by 300 s, ${where} the gateway's`));
  expect(told.data.impairments).toEqual([{ host: 'node-1', code: 'clock-off', since: expect.any(Number), sentence }]);
  expect(await impairments()).toMatchObject([{ host: 'node-1', code: 'clock-off', sentence }]);
  const command = await commanded();
  expect(await isBelieved(command)).toBe(true);
  expect(Math.abs((command.seen?.at ?? 0) - (Date.now() + aheadMs))).toBeLessThan(60_000);
  workshop.owner.aheadMs = 0;
  await until('it is over', async () => (await impairments()).length === 0);
  expect(await isBelieved(await commanded())).toBe(true);
});

test('[F24] [F34] what hinders a node stands in system/info and in what every page hears, while the node is heard', async () => {
  const mine = { code: 'storage-full', sentence: 'Storage full on the disk of the message store, 0 MB left.', since: 7 };
  const rest = { v: 1, node: 'node-1', boot: 'boot-1', at: 6, tree: [], selfTest: [], messages: { ok: true, since: 0, cause: '' } };
  workshop.owner.publish('node.node-1.status', { ...rest, impairments: [mine] });
  await page.hears('system', ({ data }) => data.impairments.some(({ host, code }) => host === 'node-1' && code === 'storage-full'), 20_000);
  expect(await impairments()).toEqual([{ host: 'node-1', ...mine }]);
  workshop.owner.publish('node.node-1.status', rest);
  await until('it is over', async () => (await impairments()).length === 0);
});
