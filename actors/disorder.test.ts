import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../machines/grbl/simulator/run.ts';
import type { Node } from './node.ts';
import { readEvents } from './storage/journal.ts';
import { closeShop, openMillShop } from './testing/mill-shop.ts';
import { stopPress } from './testing/stop-press.ts';
import { anna } from './testing/test-gateway.ts';
import type { TestMill } from './testing/test-mill.ts';
import { until } from './testing/until.ts';
import type { Workshop } from './testing/workshop.ts';
import { encodeJson } from './transport/messages.ts';

/** Short, and each line on the wire is its own. */
const program = 'G21\nG90\nG1 X-10 F6000\nG1 X-20 F6000\nG1 X-30 F6000\n';

let shop: Workshop;
let mill: TestMill;
let simulator: RunningSimulator;
let node: Node;

beforeAll(async () => {
  ({ shop, mill, simulator, node } = await openMillShop());
});
beforeEach(async () => {
  if (mill.region('stopLatch') === 'latched') await mill.accepted('RELEASE_STOP', { statement: 'I am at the machine' });
  if (mill.region('execution') === 'Aborted') await mill.makeReady();
  if (mill.region('execution') === 'Complete') await mill.accepted('RESET');
  await mill.becomes('execution', 'Idle');
});
afterAll(() => closeShop({ node, simulator, shop }));

const journal = () => readEvents(shop.ground.db, 'equipment/mill-1', { after: 0, limit: 10_000 });
const motion = (from: number) =>
  mill
    .lines()
    .slice(from)
    .filter(line => line.startsWith('G1'));

interface Given {
  readonly id: string;
  readonly subject: string;
  readonly body: Uint8Array;
}

/** START as a page sends it that shows the machine ready, with the program loaded. */
async function loadedStart(): Promise<() => Promise<Given>> {
  const { job } = await shop.createJob('mill-1', program);
  await until('checked', () => shop.jobStatus(job)?.state === 'ready');
  await mill.accepted('LOAD_JOB', { job });
  await until('it is loaded', () => shop.status('mill-1')?.job?.id === job && mill.reasonsAgainst('START').length === 0);
  const { epoch = 0, decisionSeq = 0, at = 0 } = shop.status('mill-1') ?? {};
  return () => command('START', { seen: { epoch, decisionSeq, at } });
}

async function command(name: string, more: object = {}): Promise<Given> {
  const id = randomUUID();
  const assertion = await shop.gateway.assertion('equipment/mill-1', id, anna('mill-1'));
  const body = encodeJson({ id, command: name, args: {}, ttlMs: 30_000, assertion, correlationId: randomUUID(), ...more });
  return { id, subject: `wit.main.equipment.mill-1.command.${name}`, body };
}

function pressed(): Given {
  const press = stopPress();
  return { id: press.stopId, subject: 'wit.main.equipment.mill-1.stop', body: encodeJson(press) };
}

const deliver = (...given: Given[]) => {
  for (const { subject, body } of given) shop.gateway.connection.publish(subject, body);
};
const decided = (id: string) => until('it is decided', async () => (await journal()).some(entry => entry.commandId === id));
const storyOf = async (id: string) => (await journal()).find(entry => entry.commandId === id);

/** The key counts from when it arrives; a command from when it was decided, as who asks must be proven first. */
const stops = [
  ['the stop key', async () => deliver(pressed())],
  [
    'ABORT',
    async () => {
      const abort = await command('ABORT');
      deliver(abort);
      await decided(abort.id);
    },
  ],
] as const;

test.each(stops)('[F15] a START that was given before %s and comes after it never executes', async (_, stop) => {
  const start = await loadedStart();
  const [late, again] = [await start(), await start()];
  const from = mill.lines().length;
  await stop();
  deliver(late, late, again);
  await Promise.all([decided(late.id), decided(again.id)]);
  await mill.becomes('execution', 'Aborted');
  expect(await storyOf(late.id)).toMatchObject({
    type: 'command.refused',
    data: { outcome: 'stale-view', reasons: [{ code: 'state-changed' }] },
  });
  expect(motion(from)).toEqual([]);
  // Later as well: whatever a person does meanwhile, the old START is bound to what its page showed.
  if (mill.region('stopLatch') === 'latched') await mill.accepted('RELEASE_STOP', { statement: 'I am at the machine' });
  await mill.makeReady();
  const last = await start();
  deliver(last);
  await decided(last.id);
  expect((await storyOf(last.id))?.type).toBe('command.refused');
  expect(motion(from)).toEqual([]);
});

test('[F14] a double click, a client that retries and a message that comes twice start the program once, and each repeat has the first reply', async () => {
  const start = await loadedStart();
  const [click, second] = [await start(), await start()];
  const from = mill.lines().length;
  deliver(click, second, click, click, second);
  await Promise.all([decided(click.id), decided(second.id)]);
  await mill.becomes('execution', 'Complete');
  expect(motion(from)).toEqual(program.split('\n').filter(line => line.startsWith('G1')));
  expect((await storyOf(click.id))?.type).toBe('START');
  expect(await storyOf(second.id)).toMatchObject({ type: 'command.refused', data: { outcome: 'stale-view' } });
  const retried = JSON.parse(Buffer.from(click.body).toString()) as Record<string, unknown>;
  const reply = await shop.gateway.ask(click.subject, retried);
  expect(reply).toMatchObject({ outcome: 'duplicate', first: 'accepted', seq: (await storyOf(click.id))?.seq });
  expect(motion(from)).toHaveLength(3);
});

test('[F13] another machine on the same path: it is said which, it is held and fed nothing, and no program starts on it', async () => {
  const other = join(shop.dataDir, 'other-port');
  const [log, name] = [join(shop.dataDir, 'other.jsonl'), 'OTHER MILL'];
  const stranger = await startSimulator({ port: other, log, control: null, timeFactor: 50, baud: 0, name });
  const start = await loadedStart();
  const job = shop.status('mill-1')?.job?.id;
  await simulator.perform({ verb: 'cut' });
  await until('the cable is out', () => mill.region('connection') !== 'online');
  // The other machine's cable is where this one's was.
  symlinkSync(readlinkSync(other), mill.port);
  const alarm = { code: 'identity-changed', text: 'Another device answers on this port: OTHER MILL instead of TEST MILL.' };
  await until('it is noticed', () => shop.status('mill-1')?.alarms.some(one => one.code === alarm.code));
  expect(shop.status('mill-1')?.alarms).toMatchObject([alarm]);
  expect(mill.reasonsAgainst('START').length).toBeGreaterThan(0);
  const late = await start();
  deliver(late);
  await decided(late.id);
  expect((await storyOf(late.id))?.type).toBe('command.refused');
  expect(shop.status('mill-1')?.job?.id).toBe(job);
  const heard = readFileSync(log, 'utf8')
    .split('\n')
    .filter(line => line.includes('"dir":"in"'));
  expect(heard.filter(line => /"line":"(G|\$J|\$H)/.test(line))).toEqual([]);
  await node.close();
  await stranger.close();
});
