import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, type NatsConnection } from 'nats';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../machines/grbl/simulator/run.ts';
import { type EquipmentStatus, equipmentStatusSchema } from '../statecharts/equipment/status.ts';
import { credentialFile, natsCredentialSchema } from './launcher/nats-users.ts';
import type { Node } from './node.ts';
import { Elsewhere } from './site/elsewhere.ts';
import type { EquipmentView } from './site/equipment-view.ts';
import { readEvents, verifyChain } from './storage/journal.ts';
import type { JournalEntry } from './storage/journal-entry.ts';
import { realClock } from './system/real-ports.ts';
import { NatsCluster } from './testing/nats-cluster.ts';
import { stopPress } from './testing/stop-press.ts';
import { createTestDatabase } from './testing/test-database.ts';
import { anna } from './testing/test-gateway.ts';
import { longProgram, TestMill } from './testing/test-mill.ts';
import { until } from './testing/until.ts';
import { Workshop } from './testing/workshop.ts';
import type { Heartbeat, NodeStatus, Outcome } from './transport/envelopes.ts';
import { inboxPrefix } from './transport/inbox.ts';
import { keptStatus } from './transport/last-statuses.ts';
import { decodeJson, encodeJson, openMessages } from './transport/messages.ts';
import { ownedActors } from './transport/owned-actors.ts';

let cluster: NatsCluster;
let shop: Workshop;
let mill: TestMill;
let simulator: RunningSimulator;
let node: Node;

/** One job for all tests: it must outlive every one of them. */
beforeAll(async () => {
  cluster = await NatsCluster.start();
  shop = await Workshop.open(await createTestDatabase(), cluster);
  mill = new TestMill(shop);
  simulator = await startSimulator({ port: mill.port, log: mill.wireLog, control: null, timeFactor: 50, baud: 0, name: 'TEST MILL' });
  await shop.addMill('mill-1', { path: mill.port, simulated: true });
  node = await shop.startNode();
  await until('the streams are there', () => cluster.streamLeader('EVENTS', 's1'));
  await mill.becomes('connection', 'online');
  await mill.makeReady();
  await mill.startJob(longProgram);
  await mill.becomes('execution', 'Execute');
}, 120_000);
afterAll(async () => {
  await node?.close();
  await simulator?.close();
  await shop?.close();
});

// A test that fails must not fail the next one.
afterEach(() => cluster.mend());

const journal = () => readEvents(shop.ground.db, 'equipment/mill-1', { after: 0, limit: 10_000 });
const others = (...these: string[]) => cluster.names.filter(name => !these.includes(name));

async function jobGoesOn(): Promise<void> {
  const before = mill.lines().length;
  await until('the job goes on', () => mill.lines().length > before + 5);
  expect(await execution()).toBe('Execute');
}

/** As the database has it: what is published reaches only who is on the same side. */
async function execution(): Promise<string | undefined> {
  const row = await shop.ground.db.selectFrom('actor').select('status').where('id', '=', 'equipment/mill-1').executeTakeFirst();
  return (row?.status as EquipmentStatus | undefined)?.value.execution;
}

function becomes(state: string): Promise<void> {
  return until(`execution ${state}`, async () => (await execution()) === state);
}

/** As the stream keeps it for everybody who comes later; null while there is no leader. */
async function keptNodeStatus(): Promise<NodeStatus | null> {
  try {
    const { streams } = await shop.gateway.connection.jetstreamManager({ timeout: 2_000, checkAPI: false });
    return (await streams.getMessage('STATUS', { last_by_subj: 'wit.main.node.n1.status' })).json<NodeStatus>();
  } catch {
    return null;
  }
}

/** A gateway that knows these servers only. */
async function gatewayOn(...servers: string[]): Promise<NatsConnection> {
  const { user, password } = natsCredentialSchema.parse(JSON.parse(readFileSync(credentialFile(cluster.secrets, 'gateway'), 'utf8')));
  const urls = servers.map(name => cluster.urlOf(name));
  return connect({ servers: urls, user, pass: password, inboxPrefix: inboxPrefix(user), maxReconnectAttempts: -1 });
}

interface Order {
  readonly to: string;
  readonly body: Record<string, unknown>;
}

async function order(command: string, more: Record<string, unknown> = {}): Promise<Order & { id: string }> {
  const id = randomUUID();
  const assertion = await shop.gateway.assertion('equipment/mill-1', id, anna('mill-1'));
  const body = { id, command, args: {}, ttlMs: 30_000, assertion, correlationId: randomUUID(), ...more };
  return { id, to: `wit.main.equipment.mill-1.command.${command}`, body };
}

/** Asked again under the same id until somebody answers, as a page does; the id, which stands in the journal by then. */
async function acknowledged(command: string, connection = () => shop.gateway.connection): Promise<string> {
  const { id, to, body } = await order(command);
  const answers: Outcome[] = [];
  await until(`${command} is answered`, async () => {
    try {
      const answer = await connection().request(to, encodeJson(body), { timeout: 2_000 });
      answers.push(decodeJson(answer.data) as Outcome);
    } catch {
      // Nobody answered, or the connection moves to another server.
    }
    return answers.length > 0;
  });
  const [answer] = answers;
  expect(answer?.outcome === 'duplicate' ? answer.first : answer?.outcome, JSON.stringify(answer)).toBe('accepted');
  expect((await journal()).filter(entry => entry.commandId === id)).toHaveLength(1);
  return id;
}

async function messagesAreBack(): Promise<void> {
  await cluster.whole();
  await until('the node says that messages are back', async () => (await keptNodeStatus())?.messages.ok);
  await historyIsComplete();
}

/** Every entry of the journal is in the stream, in order, once. */
async function historyIsComplete(): Promise<void> {
  [stream.read, stream.seqs] = [0, []];
  await until('the stream has caught up', async () => (await inStream()).length >= (await journal()).length);
  expect(stream.seqs).toEqual(stream.seqs.map((_, i) => i + 1));
  expect(await verifyChain(shop.ground.db, 'equipment/mill-1')).toMatchObject({ ok: true });
}

/** What the stream holds of the mill, read message by message. */
const stream: { read: number; seqs: number[] } = { read: 0, seqs: [] };

async function inStream(): Promise<number[]> {
  try {
    const { streams } = await shop.gateway.connection.jetstreamManager({ timeout: 2_000, checkAPI: false });
    const { state } = await streams.info('EVENTS');
    while (stream.read < state.last_seq) {
      const event = (await streams.getMessage('EVENTS', { seq: stream.read + 1 })).json<{ subject: string; seq: number }>();
      if (event.subject === 'equipment/mill-1') stream.seqs.push(event.seq);
      stream.read += 1;
    }
  } catch {
    // No leader yet.
  }
  return stream.seqs;
}

test.each(['kill -9', 'SIGSTOP'] as const)(
  '[F19] %s of the server that leads the streams: the job goes on, what was acknowledged stands in the journal, the stream catches up',
  async how => {
    const leader = await cluster.streamLeader('EVENTS', 's1');
    const mark = shop.log.length;
    if (how === 'SIGSTOP') await cluster.pause(leader);
    else await cluster.kill(leader);
    await jobGoesOn();
    await acknowledged('HOLD');
    await becomes('Held');
    await until('the node says that messages are away', () => shop.log.slice(mark).some(line => line.startsWith('messages: ')));
    await acknowledged('UNHOLD');
    await becomes('Execute');
    await until('another server leads', async () => ![leader, ''].includes(await cluster.streamLeader('EVENTS', others(leader)[0] ?? '')));
    await historyIsComplete();
    if (how === 'SIGSTOP') cluster.resume(leader);
    else cluster.restart(leader);
    await messagesAreBack();
    await jobGoesOn();
  },
);

test('[F16] [F19] a command that a stopped server delivers late is not executed', async () => {
  const stopped = others(await cluster.serverOf('wit-node n1'))[0] ?? '';
  const late = await gatewayOn(stopped);
  await cluster.pause(stopped);
  const { boot, monotonicMs } = pulse();
  const { id, to, body } = await order('CHECK_OUT', { deadline: { boot, monotonicMs: monotonicMs + 500 } });
  late.publish(to, encodeJson(body));
  await until('its time is over', () => pulse().monotonicMs > monotonicMs + 500);
  expect((await journal()).filter(entry => entry.commandId === id)).toEqual([]);
  cluster.resume(stopped);
  const told = async () => (await journal()).find(entry => entry.commandId === id);
  await until('it arrives', told);
  expect(await told()).toMatchObject({ type: 'command.refused', data: { outcome: 'expired' } } satisfies Partial<
    Record<keyof JournalEntry, unknown>
  >);
  await late.close();
});

function pulse(): Heartbeat {
  return shop.heard.findLast(one => one.subject === 'wit.main.node.n1.heartbeat')?.body as Heartbeat;
}

test('[F19] servers that hung while they were connected to leave no second connection behind when they wake', async () => {
  const [s1 = '', s2 = '', awake = ''] = cluster.names;
  await Promise.all([s1, s2].map(name => cluster.pause(name)));
  const name = 'wanderer';
  const messages = openMessages({
    url: cluster.url,
    credsFile: credentialFile(cluster.secrets, 'gateway'),
    name,
    now: Date.now,
    log: () => undefined,
  });
  const heard: string[] = [];
  messages.onState(({ ok }) => heard.push(ok ? 'connected' : 'away'));
  await until('it is connected', () => messages.state.ok);
  expect(await cluster.serverOf(name)).toBe(awake);
  for (const asleep of [s1, s2]) cluster.resume(asleep);
  // Longer than a server waits for whoever connects to say who they are: 2 s in nats-server.
  for (const asleep of [s1, s2]) await until('the half connections are gone', () => cluster.isRidOfStrangers(asleep));
  expect(await cluster.serversOf(name)).toEqual([awake]);
  expect(heard).toEqual(['connected']);
  await messages.close();
});

test('[F21] a server that is cut off with the node says so; the other side reaches no owner, and both sides have one history again', async () => {
  const minority = await cluster.serverOf('wit-node n1');
  const [near, far] = [await gatewayOn(minority), await gatewayOn(...others(minority))];
  const said: { messages: { ok: boolean; cause: string } }[] = [];
  near.subscribe('wit.main.node.n1.status', { callback: (_, message) => said.push(message.json()) });
  await cluster.isolate(minority);
  await until('it is cut off', async () => (await cluster.routesOf(minority)) === 0);
  await until('the node says so', () => said.at(-1)?.messages.ok === false);
  expect(said.at(-1)?.messages.cause).toMatch(/^The message servers .* majority/);
  const { to, body, id } = await order('HOLD');
  await expect(far.request(to, encodeJson(body), { timeout: 1_000 })).rejects.toThrow(/503|TIMEOUT/);
  expect(await execution()).toBe('Execute');
  await acknowledged('HOLD', () => near);
  await becomes('Held');
  await acknowledged('UNHOLD', () => near);
  await becomes('Execute');
  await cluster.heal(minority);
  await messagesAreBack();
  expect((await journal()).filter(entry => entry.commandId === id)).toEqual([]);
  await jobGoesOn();
  await Promise.all([near.close(), far.close()]);
});

test('[F21] [SR2] what changed on the far side of a split, and is said no more, is never taken for what it was once they hear each other again', async () => {
  const server = await cluster.serverOf('wit-node n1');
  const cutOff = others(server)[0] ?? '';
  const credsFile = credentialFile(cluster.secrets, 'gateway');
  const common = { name: 'watcher', now: Date.now, log: () => undefined };
  const [near, messages] = [await gatewayOn(server), openMessages({ ...common, url: cluster.urlOf(cutOff), credsFile })];
  const views: EquipmentView[] = [];
  const changed = (id: string) => void views.push(watcher.view(id));
  const watcher = new Elsewhere({ db: shop.ground.db, messages, site: 'main', clock: realClock, changed });
  watcher.watch(new Set(['mill-1']));
  await until('it is seen to run', () => isProducing(views.at(-1)));
  const said: EquipmentStatus[] = [];
  const told: number[] = [];
  near.subscribe('wit.main.equipment.mill-1.status', { callback: (_, message) => said.push(message.json()) });
  near.subscribe('wit.main.node.n1.heartbeat', {
    callback: (_, message) => told.push(...ownedActors(message.json()).map(({ seq }) => seq)),
  });
  await cluster.isolate(cutOff);
  await until('nothing is known of it', () => views.at(-1)?.known === false);
  await acknowledged('HOLD', () => near);
  await becomes('Held');
  // As it became true, and once more to be confirmed: after that nobody owes it.
  const isSaidAgain = (seq: number) => said.filter(one => one.seq === seq).length > 1;
  await until(
    'it is said, confirmed and kept, and the pulse tells of it',
    async () => {
      const kept = await keptStatus(near, 'main', 'mill-1').catch(() => null);
      const { data } = equipmentStatusSchema.safeParse(kept);
      return data?.value.execution === 'Held' && isSaidAgain(data.seq) && told.at(-1) === data.seq;
    },
    60_000,
  );
  const apart = views.length;
  await cluster.heal(cutOff);
  await until('it is seen to be held', () => views.at(-1)?.known);
  expect(views.slice(apart).filter(isProducing)).toEqual([]);
  await acknowledged('UNHOLD', () => near);
  await until('it is seen to run', () => isProducing(views.at(-1)));
  watcher.close();
  await Promise.all([messages.close(), near.close()]);
}, 120_000);

function isProducing(view: EquipmentView | undefined): boolean {
  return view?.known === true && view.producing;
}

test('[F20] two of three servers are killed: the job goes on, it is said why, the stop works, nothing is accepted without the journal; then all is told in order', async () => {
  const last = await cluster.serverOf('wit-node n1');
  for (const name of others(last)) await cluster.kill(name);
  await until('the node says so', () => shop.nodeStatus()?.messages.ok === false);
  expect(shop.nodeStatus()?.messages.cause).toMatch(/^The message servers .* majority/);
  await jobGoesOn();
  await acknowledged('HOLD');
  await becomes('Held');
  shop.gateway.connection.publish('wit.main.equipment.mill-1.stop', encodeJson(stopPress()));
  await becomes('Aborted');
  const streamed = (await journal()).length;
  for (const name of others(last)) cluster.restart(name);
  await messagesAreBack();
  expect((await inStream()).length).toBeGreaterThanOrEqual(streamed);
  expect((await journal()).map(entry => entry.type)).toContain('stop.pressed');
}, 90_000);
