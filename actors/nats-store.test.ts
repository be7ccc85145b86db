import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningSimulator } from '../machines/grbl/simulator/run.ts';
import type { Node } from './node.ts';
import { readEvents } from './storage/journal.ts';
import { closeShop, openMillShop } from './testing/mill-shop.ts';
import type { TestMill } from './testing/test-mill.ts';
import { until } from './testing/until.ts';
import type { Workshop } from './testing/workshop.ts';
import { nodeStatusSchema } from './transport/envelopes.ts';

let shop: Workshop;
let mill: TestMill;
let simulator: RunningSimulator;
let node: Node;

beforeAll(async () => {
  ({ shop, mill, simulator, node } = await openMillShop());
});
afterAll(() => closeShop({ node, simulator, shop }));

const journal = () => readEvents(shop.ground.db, 'equipment/mill-1', { after: 0, limit: 10_000 });
const commands = async () => (await journal()).filter(entry => entry.source === 'command').length;

/** What the node says now; whoever was away when it said so reads it from the stream, as a gateway does. */
async function finding(code = 'events-refilled'): Promise<string | undefined> {
  const { streams } = await shop.gateway.connection.jetstreamManager({ checkAPI: false });
  const last = await streams.getMessage('STATUS', { last_by_subj: 'wit.main.node.n1.status' });
  return nodeStatusSchema.parse(last.json()).selfTest.find(one => one.code === code)?.sentence;
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

test('[F23] a damaged place in the middle of the stream is found and said, nothing else is lost with it, and an emptied store is filled anew', async () => {
  await streamIsComplete();
  const places = (await inStream()).length;
  await shop.stopNats();
  const events = join(shop.natsStore, '$G', 'streams', 'EVENTS');
  flipAByte(join(events, 'msgs', '1.blk'), '"seq":2,');
  await shop.restartNats();
  const told = () => finding('events-damaged').catch(() => undefined);
  await until('it is said', told);
  expect(await told()).toMatch(
    /^Integrity check failed on message server wit-main: 1 of its events cannot be read, the first at place \d+\. The journal has all of them: /,
  );
  // The server itself counts it still, and has all the others.
  const { streams } = await shop.gateway.connection.jetstreamManager({ checkAPI: false });
  expect((await streams.info('EVENTS')).state).toMatchObject({ messages: expect.any(Number) });
  expect((await readable()).length).toBe(places - 1);
  await until('commands are taken', async () => (await mill.ask('HOLD').catch(() => null)) !== null);
  await shop.stopNats();
  rmSync(events, { recursive: true });
  await shop.restartNats();
  await streamIsComplete();
  await until('it is over', async () => (await finding().catch(() => undefined)) && (await told()) === undefined);
});

/** The file is as long as before, as after a bit that tipped over on the disk. */
function flipAByte(file: string, after: string): void {
  const bytes = readFileSync(file);
  const at = bytes.indexOf(after);
  if (at < 0) throw new Error(`no ${after} in ${file}`);
  bytes[at + after.length + 4] = (bytes[at + after.length + 4] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}

/** Seqs of the mill's events that can be read. */
async function readable(): Promise<number[]> {
  const { streams } = await shop.gateway.connection.jetstreamManager({ checkAPI: false });
  const { first_seq, last_seq } = (await streams.info('EVENTS')).state;
  const all = Array.from({ length: last_seq - first_seq + 1 }, (_, i) =>
    streams.getMessage('EVENTS', { seq: first_seq + i }).then(
      message => [message.json<{ subject: string; seq: number }>()],
      () => [],
    ),
  );
  return (await Promise.all(all)).flat().flatMap(event => (event.subject === 'equipment/mill-1' ? [event.seq] : []));
}
