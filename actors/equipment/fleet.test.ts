import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../../machines/grbl/simulator/run.ts';
import type { Node } from '../node.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { TestMill } from '../testing/test-mill.ts';
import { until } from '../testing/until.ts';
import { Workshop } from '../testing/workshop.ts';
import { type NodeStatus, nodeStatusSchema } from '../transport/envelopes.ts';

let shop: Workshop;
let simulator: RunningSimulator;
let node: Node;

beforeAll(async () => {
  shop = await Workshop.open(await createTestDatabase());
  const mill = new TestMill(shop);
  simulator = await startSimulator({ port: mill.port, log: mill.wireLog, control: null, timeFactor: 50, baud: 0, name: 'TEST MILL' });
  await shop.addMill('mill-1', { path: mill.port, simulated: true, baudRate: 'fast' });
  await shop.addMill('mill-2', { path: '/nowhere', simulated: true });
  await shop.ground.db.updateTable('equipment').set({ node: 'n1' }).execute();
  node = await shop.startNode();
});
afterAll(async () => {
  await node?.close();
  await simulator?.close();
  await shop?.close();
});

const tree = (): NodeStatus['tree'] => {
  const last = shop.heard.findLast(one => one.subject === 'wit.main.node.n1.status')?.body;
  return last ? nodeStatusSchema.parse(last).tree : [];
};
const mill1 = () => tree().find(one => one.id === 'equipment/mill-1');

test('[G7] equipment that cannot start is shown with its reason and tried again; its neighbour runs', async () => {
  const mill2 = () => tree().find(one => one.id === 'equipment/mill-2');
  await until('one waits, one runs', () => mill1()?.state === 'waiting' && mill2()?.state === 'running');
  expect(mill1()).toMatchObject({ restart: 'permanent', why: expect.stringContaining('baudRate') });
  expect(mill2()).toMatchObject({ restarts: 0, why: null });
  const { restarts = 0 } = mill1() ?? {};
  await until('another try', () => (mill1()?.restarts ?? 0) > restarts, 30_000);
});

test('[G7] what was put right runs at the next try, Aborted: nothing restarts into motion', async () => {
  const settings = JSON.stringify({ path: new TestMill(shop).port, simulated: true });
  await shop.ground.db.updateTable('equipment').set({ settings }).where('id', '=', 'mill-1').execute();
  expect(await shop.gateway.ask('wit.main.node.n1.command.RELOAD_EQUIPMENT', {})).toMatchObject({ outcome: 'accepted' });
  await until('it runs', () => mill1()?.state === 'running');
  expect(mill1()).toMatchObject({ why: null, nextAt: null });
  await new TestMill(shop).becomes('connection', 'online');
  expect(shop.status('mill-1')?.value).toMatchObject({ execution: 'Aborted' });
});
