import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'nats';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../machines/grbl/simulator/run.ts';
import { natsCredentialSchema } from './launcher/nats-users.ts';
import { verifyChain } from './storage/journal.ts';
import { NodeProcesses } from './testing/node-processes.ts';
import { replayAll } from './testing/replay-all.ts';
import { stopPress } from './testing/stop-press.ts';
import { createTestDatabase } from './testing/test-database.ts';
import { longProgram, TestMill } from './testing/test-mill.ts';
import { until } from './testing/until.ts';
import { Workshop } from './testing/workshop.ts';
import type { Heartbeat } from './transport/envelopes.ts';
import { inboxPrefix } from './transport/inbox.ts';

let shop: Workshop;
let mill: TestMill;
let nodes: NodeProcesses;
let simulator: RunningSimulator;
/** Entries of the wire and of the log before the present run. */
let before = { wire: 0, log: 0 };

beforeAll(async () => {
  shop = await Workshop.open(await createTestDatabase());
  nodes = await NodeProcesses.open(shop, { WIT_DRAIN_MS: '30000' });
  mill = new TestMill(shop);
  // One client at a time, as grblHAL has it: the new owner can only speak when the old one has gone.
  const port = { tcp: 0, clients: 'one' } as const;
  simulator = await startSimulator({ port, log: mill.wireLog, control: null, timeFactor: 50, baud: 0, name: 'NET MILL' });
  if (!('host' in simulator.link)) throw new Error('the simulator is not on the network');
  await shop.addMill('mill-1', { ...simulator.link, simulated: true });
});
afterAll(async () => {
  await nodes?.close();
  await simulator?.close();
  await shop?.close();
});
afterEach(async () => {
  expect(await verifyChain(shop.ground.db, 'equipment/mill-1')).toMatchObject({ ok: true });
});

/** The mill runs a program on this node; the job and the epoch. */
async function runsOn(id: string, program: string): Promise<{ job: string; epoch: number }> {
  await until(`${id} owns the mill`, () => shop.status('mill-1')?.node === id && mill.region('connection') === 'online', 30_000);
  shop.asked = id;
  if (mill.region('stopLatch') === 'latched') await mill.accepted('RELEASE_STOP', { statement: 'I am at the machine' });
  if (mill.region('execution') === 'Complete') await mill.accepted('ABORT');
  await mill.becomes('execution', 'Aborted');
  await mill.makeReady();
  before = { wire: mill.wire().length, log: shop.log.length };
  const job = await mill.startJob(program);
  await until('lines on the wire', () => fed().length > 20, 30_000);
  return { job, epoch: shop.status('mill-1')?.epoch ?? 0 };
}

/** Everything that came to the mill since the run began, without the questions for its status. */
function came() {
  return mill
    .wire()
    .slice(before.wire)
    .filter(entry => entry.rt !== '0x3f');
}

/** Lines of the program that came to the mill since the run began. */
function fed(): string[] {
  return came().flatMap(({ line }) => (line === undefined || line.startsWith('$') ? [] : [line]));
}

const halts = () => came().filter(entry => entry.rt === '0x21' || entry.rt === '0x18');
const said = (node: string, words: string) => () =>
  shop.log.slice(before.log).some(line => line.startsWith(`${node}:`) && line.includes(words));

/** SIGTERM; resolves with how it ended. */
function terminate(id: string): Promise<unknown[]> {
  const { child } = nodes.the(id);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  return exited;
}

async function press(): Promise<void> {
  shop.gateway.connection.publish('wit.main.equipment.mill-1.stop', JSON.stringify(stopPress()));
  await shop.gateway.connection.flush();
}

/** The mill is latched and Aborted on its new owner, its job ended like this, and no line of the program came after the first hold byte. */
async function expectStopped(by: string, job: string, result: string): Promise<void> {
  await until(`${by} owns the mill`, () => shop.status('mill-1')?.node === by && mill.region('connection') === 'online', 30_000);
  await until('Aborted', () => mill.region('execution') === 'Aborted' && mill.region('stopLatch') === 'latched', 30_000);
  await until(`the job is ${result}`, () => shop.jobStatus(job)?.state === result, 30_000);
  const stopped = came().findIndex(entry => entry.rt === '0x21');
  expect(stopped).toBeGreaterThan(0);
  expect(
    came()
      .slice(stopped)
      .filter(entry => entry.line !== undefined && !entry.line.startsWith('$')),
  ).toEqual([]);
}

const part = ['G21', 'G90', ...Array.from({ length: 500 }, (_, at) => `G1 X-${10 + (at % 7)} Y-${10 + at / 10} F600`)];

test('[G15] a rolling restart of the owner of a running job: every line comes once and in order, and nothing holds the machine', async () => {
  await nodes.start('n1');
  await until('n1 owns the mill', () => shop.status('mill-1')?.node === 'n1', 30_000);
  await nodes.start('n2');
  const { job, epoch } = await runsOn('n1', part.join('\n'));
  expect(await terminate('n1')).toEqual([0, null]);
  expect(said('n1', 'its run goes on on n2')()).toBe(true);
  await until('n2 owns the mill', () => shop.status('mill-1')?.node === 'n2', 30_000);
  await nodes.start('n1');
  await until('the job is complete', () => shop.jobStatus(job)?.state === 'complete', 60_000);
  expect(fed()).toEqual(part);
  expect(halts()).toEqual([]);
  expect(new Set(came().map(entry => entry.peer)).size).toBe(2);
  expect(shop.status('mill-1')).toMatchObject({ node: 'n2', epoch: epoch + 1, homed: true, run: { job, result: 'complete' } });
  const { seq } = await shop.ground.db
    .selectFrom('event')
    .select('seq')
    .where('type', '=', 'authority.continued')
    .executeTakeFirstOrThrow();
  const left = shop.ground.db
    .selectFrom('event')
    .select(['type', 'data'])
    .where('actor_id', '=', 'equipment/mill-1')
    .where('seq', '=', seq - 1);
  expect(await left.executeTakeFirst()).toMatchObject({ type: 'program.handed-over', data: { job, to: 'n2', identity: 'NET MILL' } });
}, 90_000);

test('[G15] a stop while the old owner waits for the last answers ends the hand-over: latched, Aborted, nothing more fed', async () => {
  const { job } = await runsOn('n2', longProgram);
  const exited = terminate('n2');
  await until('n2 feeds no more', said('n2', 'its run goes to n1'), 30_000);
  await press();
  expect(await exited).toEqual([0, null]);
  await expectStopped('n1', job, 'aborted');
}, 90_000);

test('[G15] a stop while the new owner looks at the machine: latched, Aborted, nothing more fed', async () => {
  await nodes.start('n2');
  const { job } = await runsOn('n1', longProgram);
  const exited = terminate('n1');
  await until('n2 looks at the mill', said('n2', 'mill-1: taken over'), 30_000);
  await press();
  await exited;
  await expectStopped('n2', job, 'interrupted');
}, 90_000);

test('[G15] [F13] a new owner that finds another controller holds it: Aborted, the job interrupted, nothing more fed', async () => {
  await nodes.start('n1');
  const { job, epoch } = await runsOn('n2', part.join('\n'));
  await simulator.perform({ verb: 'wrong_identity', name: 'OTHER MILL' });
  const exited = terminate('n2');
  await exited;
  await until('the job is interrupted', () => shop.jobStatus(job)?.state === 'interrupted', 30_000);
  await until('n1 owns the mill', () => shop.status('mill-1')?.node === 'n1' && mill.region('execution') === 'Aborted', 30_000);
  // Everything that the new owner found is written down: it has read the machine.
  await until('n1 has read the mill', () => shop.status('mill-1')?.epoch === epoch + 1 && mill.region('connection') === 'online', 30_000);
  expect(shop.status('mill-1')).toMatchObject({ value: { execution: 'Aborted' }, alarms: [{ code: 'identity-changed' }] });
  expect(halts()).toMatchObject([{ rt: '0x21' }]);
  const run = shop.jobStatus(job)?.run;
  expect(fed()).toEqual(part.slice(0, run?.acknowledged));
  expect(run).toMatchObject({ sent: run?.acknowledged });
  expect(run).not.toHaveProperty('uncertain');
  await simulator.perform({ verb: 'wrong_identity', name: 'NET MILL' });
}, 90_000);

/** A node that says it is ready and dies before it takes anything. */
async function ghost(): Promise<{ close(): Promise<void> }> {
  const { user, password } = natsCredentialSchema.parse(JSON.parse(readFileSync(shop.env.WIT_NATS_CREDS ?? '', 'utf8')));
  const connection = await connect({ servers: shop.env.WIT_NATS_URL ?? '', user, pass: password, inboxPrefix: inboxPrefix(user) });
  const heartbeat: Heartbeat = {
    node: 'ghost',
    boot: randomUUID(),
    monotonicMs: 0,
    at: Date.now(),
    owns: [],
    types: [{ type: 'grbl', title: 'any' }],
    stopSocket: '',
    database: { ok: true, since: 0 },
  };
  connection.subscribe('wit.main.node.ghost.hand-over.prepare', {
    callback: (_, message) => message.respond(JSON.stringify({ ok: true })),
  });
  connection.publish('wit.main.node.ghost.heartbeat', JSON.stringify(heartbeat));
  await connection.flush();
  return connection;
}

test('[G15] a machine that nobody takes although somebody said so is taken back and held', async () => {
  const { job, epoch } = await runsOn('n1', part.join('\n'));
  const dead = await ghost();
  expect(await terminate('n1')).toEqual([0, null]);
  await dead.close();
  expect(said('n1', 'ghost did not take it, so it is held')()).toBe(true);
  await until('the job is interrupted', () => shop.jobStatus(job)?.state === 'interrupted', 30_000);
  await until(
    'Aborted by the new epoch',
    () => shop.status('mill-1')?.epoch === epoch + 1 && mill.region('execution') === 'Aborted',
    30_000,
  );
  expect(halts()[0]).toMatchObject({ rt: '0x21' });
  expect(fed()).toEqual(part.slice(0, shop.jobStatus(job)?.run?.acknowledged));
  await nodes.start('n1');
  await until('n1 is back', () => shop.status('mill-1')?.epoch === epoch + 2, 30_000);
}, 90_000);

test('[G15] without another node the machine is held when its owner ends', async () => {
  const { job } = await runsOn('n1', part.join('\n'));
  expect(await terminate('n1')).toEqual([0, null]);
  expect(said('n1', 'no other node can go on with its run, so it is held')()).toBe(true);
  expect(halts()).toMatchObject([{ rt: '0x21' }]);
  expect(came().at(-1)).toMatchObject({ rt: '0x21' });
  await nodes.start('n1');
  await until('the job is interrupted', () => shop.jobStatus(job)?.state === 'interrupted', 30_000);
  await mill.becomes('execution', 'Aborted');
}, 90_000);

test('[G12] everything that was lived here leads to the same states again, from bundles that were taken along', async () => {
  expect(await replayAll(shop.ground.db)).toEqual([]);
}, 60_000);
