import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../machines/grbl/simulator/run.ts';
import type { Node } from './node.ts';
import { readEvents } from './storage/journal.ts';
import { createTestDatabase } from './testing/test-database.ts';
import { TestMill } from './testing/test-mill.ts';
import { until } from './testing/until.ts';
import { Workshop } from './testing/workshop.ts';
import { nodeStatusSchema } from './transport/envelopes.ts';

let shop: Workshop;
let mill: TestMill;
let simulator: RunningSimulator;
let node: Node;

beforeAll(async () => {
  shop = await Workshop.open(await createTestDatabase());
  mill = new TestMill(shop);
  simulator = await startSimulator({ port: mill.port, log: mill.wireLog, control: null, timeFactor: 50, baud: 0, name: 'TEST MILL' });
  await shop.addMill('mill-1', { path: mill.port, simulated: true });
  node = await shop.startNode();
  await mill.becomes('connection', 'online');
});
afterAll(async () => {
  await node?.close();
  await simulator?.close();
  await shop?.close();
});

const journal = () => readEvents(shop.ground.db, 'equipment/mill-1', { after: 0, limit: 10_000 });
const commands = async () => (await journal()).filter(entry => entry.source === 'command').length;

/** What the node says now; whoever was away when it said so reads it from the stream, as a gateway does. */
async function finding(): Promise<string | undefined> {
  const { streams } = await shop.gateway.connection.jetstreamManager({ checkAPI: false });
  const last = await streams.getMessage('STATUS', { last_by_subj: 'wit.main.node.n1.status' });
  return nodeStatusSchema.parse(last.json()).selfTest.find(one => one.code === 'events-refilled')?.sentence;
}

/** Seqs of the mill's events, in the order of the stream. */
async function inStream(): Promise<number[]> {
  try {
    const { streams } = await shop.gateway.connection.jetstreamManager({ checkAPI: false });
    const { first_seq, last_seq } = (await streams.info('EVENTS')).state;
    const all = Array.from({ length: last_seq - first_seq + 1 }, (_, i) => streams.getMessage('EVENTS', { seq: first_seq + i }));
    const events = (await Promise.all(all)).map(message => message.json<{ subject: string; seq: number }>());
    return events.filter(event => event.subject === 'equipment/mill-1').map(event => event.seq);
  } catch {
    return [];
  }
}

async function streamIsComplete(): Promise<void> {
  await until('the stream has all', async () => (await inStream()).length >= (await journal()).length);
  const seqs = await inStream();
  expect(seqs).toEqual(seqs.map((_, i) => i + 1));
}

test('[F22] a message store that comes back as an older copy is reported and filled in from the journal, and no old command is executed', async () => {
  await streamIsComplete();
  await shop.stopNats();
  const copy = join(shop.dataDir, 'older');
  cpSync(shop.natsStore, copy, { recursive: true });
  await shop.restartNats();
  await until('commands are taken', async () => (await mill.ask('CLEAR').catch(() => null))?.outcome === 'accepted');
  await mill.becomes('execution', 'Stopped');
  await streamIsComplete();
  await shop.stopNats();
  rmSync(shop.natsStore, { recursive: true });
  cpSync(copy, shop.natsStore, { recursive: true });
  const [before, orders] = [await commands(), mill.orders().length];
  await shop.restartNats();
  await until('it is reported', () => finding().catch(() => undefined));
  expect(await finding()).toMatch(
    /^The message store lacked \d+ events of equipment\/mill-1: it was lost, or restored from an older copy\./,
  );
  await streamIsComplete();
  expect(await commands()).toBe(before);
  expect(mill.orders().length).toBe(orders);
});

test('[F23] a stream that is gone is reported and made anew from the journal, never silently empty', async () => {
  const before = await finding();
  await shop.stopNats();
  rmSync(join(shop.natsStore, '$G', 'streams', 'EVENTS'), { recursive: true });
  await shop.restartNats();
  await until('it is reported', async () => (await finding().catch(() => before)) !== before);
  await streamIsComplete();
});
