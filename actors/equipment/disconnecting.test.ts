import { realpathSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningSimulator } from '../../machines/grbl/simulator/run.ts';
import { type PortLock, takePortLock } from '../../machines/links/port-lock.ts';
import type { Node } from '../node.ts';
import { closeShop, openMillShop } from '../testing/mill-shop.ts';
import { longProgram, type TestMill } from '../testing/test-mill.ts';
import { until } from '../testing/until.ts';
import type { Workshop } from '../testing/workshop.ts';

let shop: Workshop;
let mill: TestMill;
let simulator: RunningSimulator;
let node: Node;

beforeAll(async () => {
  ({ shop, mill, simulator, node } = await openMillShop());
});
afterAll(() => closeShop({ node, simulator, shop }));

/** Another program takes the port, has it for a while, and gives it back; what the machine heard of us meanwhile. */
async function heardWhileAnotherHasThePort(): Promise<number> {
  const before = mill.wire().length;
  const locks: PortLock[] = [];
  await until('the port is free', () => {
    const taken = takePortLock(realpathSync(mill.port));
    if (taken.ok) locks.push(taken.lock);
    return taken.ok;
  });
  await new Promise(done => setTimeout(done, 600));
  for (const lock of locks) lock.release();
  return mill.wire().length - before;
}

test('[EQ25] a machine that is disconnected gives its port free, also to the next process, and is connected by CONNECT alone', async () => {
  await mill.makeReady();
  await mill.accepted('DISCONNECT');
  await mill.becomes('connection', 'disconnected');
  expect(shop.status('mill-1')).toMatchObject({ detail: 'Disconnected by Anna.', truth: 'unknown', value: { execution: 'Aborted' } });
  expect(await heardWhileAnotherHasThePort()).toBe(0);
  const refused = await mill.ask('CLEAR');
  expect(refused.reasons[0]).toMatchObject({ code: 'not-connected', remedy: { command: 'CONNECT' } });

  const { epoch = 0 } = shop.status('mill-1') ?? {};
  await node.close();
  node = await shop.startNode();
  await until('it is owned anew', () => (shop.status('mill-1')?.epoch ?? 0) > epoch);
  expect(mill.region('connection')).toBe('disconnected');
  expect(await heardWhileAnotherHasThePort()).toBe(0);

  const before = mill.wire().length;
  await mill.accepted('CONNECT');
  await mill.becomes('connection', 'online');
  // Whoever had it may have left it in motion.
  expect(mill.wire()[before]).toMatchObject({ rt: '0x21' });
  expect(mill.region('execution')).toBe('Aborted');
  await mill.makeReady();
}, 60_000);

test('[EQ25] a machine that runs is not disconnected, and the key says why', async () => {
  await mill.startJob(longProgram);
  await until('lines on the wire', () => mill.lines().length > 30);
  expect(await mill.ask('DISCONNECT')).toMatchObject({ outcome: 'refused', reasons: [{ code: 'wrong-state' }] });
  await mill.accepted('STOP');
  await mill.becomes('execution', 'Stopped');
}, 60_000);
