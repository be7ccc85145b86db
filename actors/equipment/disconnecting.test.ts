import { realpathSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningSimulator } from '../../machines/grbl/simulator/run.ts';
import { takePortLock } from '../../machines/links/port-lock.ts';
import type { Node } from '../node.ts';
import { closeShop, openMillShop } from '../testing/mill-shop.ts';
import { stopPress } from '../testing/stop-press.ts';
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

/** Another program could take the port, now and at any time after; what the machine heard of us meanwhile. */
async function heardWhileThePortIsFree(): Promise<number> {
  const take = () => {
    const taken = takePortLock(realpathSync(mill.port));
    if (taken.ok) taken.lock.release();
    return taken.ok;
  };
  await until('the port is free', take);
  const start = performance.now();
  // What was written before may still be on a slow line.
  await until('that has arrived', () => performance.now() > start + 500);
  const before = mill.wire().length;
  // Longer than a link waits that opens again and again: it would find the port free, and ask all the time.
  await until('that time is over', () => performance.now() > start + 1_500);
  expect(take()).toBe(true);
  return mill.wire().length - before;
}

test('[EQ25] a machine that is disconnected gives its port free, also to the next process, and is connected by CONNECT alone', async () => {
  await mill.makeReady();
  await mill.accepted('DISCONNECT');
  await mill.becomes('connection', 'disconnected');
  expect(shop.status('mill-1')).toMatchObject({ detail: 'Disconnected by Anna.', truth: 'unknown', value: { execution: 'Aborted' } });
  expect(await heardWhileThePortIsFree()).toBe(0);
  const refused = await mill.ask('CLEAR');
  expect(refused.reasons[0]).toMatchObject({ code: 'not-connected', remedy: { command: 'CONNECT' } });

  const { epoch = 0 } = shop.status('mill-1') ?? {};
  await node.close();
  node = await shop.startNode();
  await until('it is owned anew', () => (shop.status('mill-1')?.epoch ?? 0) > epoch);
  expect(mill.region('connection')).toBe('disconnected');
  expect(await heardWhileThePortIsFree()).toBe(0);

  const before = mill.wire().length;
  await mill.accepted('CONNECT');
  await mill.becomes('connection', 'online');
  // Whoever had it may have left it in motion.
  expect(mill.wire()[before]).toMatchObject({ rt: '0x21' });
  expect(mill.region('execution')).toBe('Aborted');
  await mill.makeReady();
}, 60_000);

test('[EQ25] a machine that runs is not disconnected; one that was found in a hold is, with a reset: its spindle may turn', async () => {
  await mill.startJob(longProgram);
  await until('lines on the wire', () => mill.lines().length > 30);
  expect(await mill.ask('DISCONNECT')).toMatchObject({ outcome: 'refused', reasons: [{ code: 'wrong-state' }, { code: 'not-at-rest' }] });
  await simulator.perform({ verb: 'cut' });
  await mill.becomes('connection', 'stale');
  await simulator.perform({ verb: 'restore' });
  await mill.becomes('connection', 'online');
  await until('it rests in the hold', () => mill.reasonsAgainst('DISCONNECT').length === 0);
  const before = mill.wire().length;
  await mill.accepted('DISCONNECT');
  await mill.becomes('connection', 'disconnected');
  await until('it was reset', () => mill.wire().slice(before).at(-1)?.rt === '0x18');
}, 60_000);

test('[EQ25] [EQ40] a machine that is connected under a latched stop is stopped with the first bytes', async () => {
  shop.gateway.connection.publish('wit.main.equipment.mill-1.stop', JSON.stringify(stopPress()));
  await mill.becomes('stopLatch', 'latched');
  const alarms = () => shop.status('mill-1')?.alarms.map(({ code, text }) => `${code}: ${text}`) ?? [];
  const unwritten = 'no-link: The machine is disconnected, and its port is not ours to write to.';
  await until('what stood in its way is told', () => alarms().includes(unwritten));
  const aborted = () => shop.heard.filter(one => one.subject === 'wit.main.equipment.mill-1.event.device.aborted').length;
  const [before, times] = [mill.wire().length, aborted()];
  await mill.accepted('CONNECT');
  await mill.becomes('connection', 'online');
  const bytes = () =>
    mill
      .wire()
      .slice(before)
      .flatMap(({ rt, line }) => (rt === '0x3f' ? [] : [rt ?? line ?? '']));
  await until('it was reset', () => bytes().includes('0x18'));
  expect(bytes().filter(byte => byte !== '0x21')[0]).toBe('0x18');
  await until('the stop is confirmed', () => aborted() > times);
  expect(alarms()).toEqual([unwritten]);
}, 60_000);
