import { once } from 'node:events';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../machines/grbl/simulator/run.ts';
import type { Exit } from './launcher/bound-process.ts';
import { credentialFile } from './launcher/nats-users.ts';
import { Releases } from './launcher/releases.ts';
import { verifyChain } from './storage/journal.ts';
import { NodeProcesses } from './testing/node-processes.ts';
import { replayAll } from './testing/replay-all.ts';
import { suspend } from './testing/suspend.ts';
import { createTestDatabase } from './testing/test-database.ts';
import { longProgram, TestMill } from './testing/test-mill.ts';
import { until } from './testing/until.ts';
import { Workshop } from './testing/workshop.ts';

/** A third of a site's: everything else is a part of it. */
const ttlMs = 4_000;
/** How long an owner stands still before it wakes. */
const standstillMs = Number(process.env.WIT_TEST_STANDSTILL_MS ?? 1.5 * ttlMs);
/** The last proof of a dead owner is at most a third of the lease old; who only hears its silence waits 1.1 of the lease from there; less some for a late pulse. */
const earliestBySilence = 0.6 * ttlMs;

let nodes: NodeProcesses;
let shop: Workshop;
let mill: TestMill;
let simulator: RunningSimulator;

beforeAll(async () => {
  shop = await Workshop.open(await createTestDatabase());
  nodes = await NodeProcesses.open(shop, { WIT_LEASE_TTL_MS: String(ttlMs) });
  mill = new TestMill(shop);
  const port = { tcp: 0, clients: 'several' } as const;
  simulator = await startSimulator({ port, log: mill.wireLog, control: null, timeFactor: 50, baud: 0, name: 'NET MILL' });
  if (!('host' in simulator.link)) throw new Error('the simulator is not on the network');
  await shop.addMill('mill-1', { ...simulator.link, simulated: true });
});
afterAll(async () => {
  await nodes?.close();
  await simulator?.close();
  await shop?.close();
});

const now = () => Number(process.hrtime.bigint()) / 1e6;
const lastPeer = () => mill.wire().at(-1)?.peer ?? 0;

/** The mill runs a long program on this node; the job, and whose connection it is. */
async function runsOn(id: string): Promise<{ job: string; peer: number; epoch: number }> {
  await until(`${id} owns the mill`, () => shop.status('mill-1')?.node === id && mill.region('connection') === 'online', 20_000);
  shop.asked = id;
  await mill.makeReady();
  const before = mill.lines().length;
  const job = await mill.startJob(longProgram);
  await until('lines on the wire', () => mill.lines().length > before + 30, 30_000);
  return { job, peer: lastPeer(), epoch: shop.status('mill-1')?.epoch ?? 0 };
}

/** The first thing anybody but `peer` wrote. */
async function firstOfAnother(peer: number) {
  const other = () => mill.wire().find((entry, i, all) => entry.peer !== peer && all.slice(0, i).some(earlier => earlier.peer === peer));
  const after = () => {
    const last = mill.wire().findLastIndex(entry => entry.peer === peer);
    return mill.wire().slice(last + 1);
  };
  await until('another node writes', () => other() !== undefined && after().length > 0, 4 * ttlMs);
  return after();
}

/** What a fail-over must come to, whoever was first to know. */
async function expectTakenOver(by: string, before: { job: string; peer: number; epoch: number }): Promise<void> {
  await until('the new owner is online', () => mill.region('connection') === 'online' && shop.status('mill-1')?.node === by, 30_000);
  expect(shop.status('mill-1')).toMatchObject({ node: by, epoch: before.epoch + 1, run: { job: before.job, result: 'interrupted' } });
  expect(mill.region('execution')).toBe('Aborted');
  await until('the job knows', () => shop.jobStatus(before.job)?.state === 'interrupted', 30_000);
  const byOthers = (await firstOfAnother(before.peer)).filter(entry => entry.peer !== before.peer);
  expect(byOthers.flatMap(entry => entry.line ?? []).filter(line => line.startsWith('G'))).toEqual([]);
  expect(await verifyChain(shop.ground.db, 'equipment/mill-1')).toMatchObject({ ok: true });
}

test('[F6] [G1] one of two nodes owns network equipment; the other says whose it is and leaves it alone', async () => {
  await nodes.start('n1');
  await until('n1 owns the mill', () => shop.status('mill-1')?.node === 'n1' && mill.region('connection') === 'online', 20_000);
  await nodes.start('n2');
  const owned = /^n2: .* mill-1: owned by host n1 since \d{4}-\S+Z; this node leaves it alone\./;
  await until('the second says whose it is', () => shop.log.some(line => owned.test(line)));
  const { epoch } = await runsOn('n1');
  await new Promise(done => setTimeout(done, 1.3 * ttlMs));
  expect(shop.status('mill-1')).toMatchObject({ node: 'n1', epoch });
  expect(new Set(mill.wire().map(entry => entry.peer)).size).toBe(1);
  expect(mill.region('execution')).toBe('Execute');
}, 60_000);

test('[F3] [G2] a killed owner in silence: the other waits for the lease and holds the machine; Aborted, job interrupted', async () => {
  const before = { job: shop.status('mill-1')?.job?.id ?? '', peer: lastPeer(), epoch: shop.status('mill-1')?.epoch ?? 0 };
  const killedAt = now();
  nodes.the('n1').child.kill('SIGKILL');
  const [first] = await firstOfAnother(before.peer);
  expect(first).toMatchObject({ rt: '0x21' });
  expect((first?.t ?? 0) - killedAt).toBeGreaterThan(earliestBySilence);
  await expectTakenOver('n2', before);
  const run = shop.status('mill-1')?.run;
  expect(run?.acknowledged).toBeGreaterThan(0);
  expect(run?.uncertain).toEqual([(run?.acknowledged ?? 0) + 1, run?.total]);
}, 60_000);

test('[G2] a killed owner that was reaped: the other holds the machine before the lease could have run out', async () => {
  await nodes.start('n1');
  const before = await runsOn('n2');
  const { child, boot } = nodes.the('n2');
  const exited = once(child, 'exit').then(([code, signal]): Exit => ({ code, signal }));
  const credsFile = credentialFile(dirname(shop.env.WIT_NATS_CREDS ?? ''), 'launcher');
  const releases = new Releases({ site: 'main', nodeId: 'n2', natsUrl: shop.env.WIT_NATS_URL ?? '', credsFile, now: Date.now });
  releases.watch({ pid: child.pid ?? 0, facts: { ready: true, boot }, exited, stop: async () => {} });
  const killedAt = now();
  child.kill('SIGKILL');
  const [first] = await firstOfAnother(before.peer);
  await releases.close();
  expect(first).toMatchObject({ rt: '0x21' });
  expect((first?.t ?? 0) - killedAt).toBeLessThan(earliestBySilence);
  await expectTakenOver('n1', before);
}, 60_000);

test('[F5] [G2] an owner that is stopped and wakes long after its lease writes not one byte', async () => {
  await nodes.start('n2');
  const before = await runsOn('n1');
  const { child } = nodes.the('n1');
  await suspend(child.pid ?? 0);
  const stoppedAt = performance.now();
  const [first] = await firstOfAnother(before.peer);
  expect(first).toMatchObject({ rt: '0x21' });
  await expectTakenOver('n2', before);
  await new Promise(done => setTimeout(done, stoppedAt + standstillMs - performance.now()));
  const byOld = () => mill.wire().filter(entry => entry.peer === before.peer).length;
  const [mark, atWaking] = [byOld(), mill.wire().length];
  child.kill('SIGCONT');
  await until('it lets go', () => shop.log.some(line => line.startsWith('n1:') && line.includes('mill-1: let go')), 30_000);
  await until('the new owner goes on', () => mill.wire().length > atWaking + 20, 30_000);
  await new Promise(done => setTimeout(done, 1.3 * ttlMs));
  expect(byOld()).toBe(mark);
  expect(
    new Set(
      mill
        .wire()
        .slice(atWaking)
        .map(entry => entry.peer),
    ).size,
  ).toBe(1);
  expect(shop.status('mill-1')).toMatchObject({ node: 'n2', epoch: before.epoch + 1 });
}, 90_000);

test('[G2] an owner that ends in order gives the equipment back: nobody waits for a silence', async () => {
  const before = { peer: lastPeer(), epoch: shop.status('mill-1')?.epoch ?? 0 };
  const { child } = nodes.the('n2');
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  const endedAt = now();
  const [first] = await firstOfAnother(before.peer);
  expect(first).toMatchObject({ rt: '0x21' });
  expect((first?.t ?? 0) - endedAt).toBeLessThan(earliestBySilence);
  await until('n1 owns the mill', () => shop.status('mill-1')?.node === 'n1' && mill.region('connection') === 'online', 30_000);
  expect(shop.status('mill-1')?.epoch).toBe(before.epoch + 1);
}, 30_000);

test('[G13] a job does not wait for a machine that begins anew: the run cut off by a crash and a new chart is interrupted', async () => {
  const { job } = await runsOn('n1');
  await until('the job runs', () => shop.jobStatus(job)?.state === 'running');
  await nodes.kill('n1');
  const older = { chart_hash: 'of-an-older-version' };
  await shop.ground.db.updateTable('snapshot').set(older).where('actor_id', '=', 'equipment/mill-1').execute();
  await nodes.start('n2');
  await until('n2 owns the mill', () => shop.status('mill-1')?.node === 'n2' && mill.region('connection') === 'online', 20_000);
  expect(shop.status('mill-1')?.run).toBeNull();
  expect(shop.status('mill-1')?.degraded).toMatchObject([
    { code: 'state-quarantined', message: expect.stringContaining('of-an-older-version') },
  ]);
  await until('the job is interrupted', () => shop.jobStatus(job)?.state === 'interrupted', 30_000);
  const run = shop.jobStatus(job)?.run;
  expect(run).toMatchObject({ total: 10_002, uncertain: [(run?.acknowledged ?? 0) + 1, 10_002] });
}, 60_000);

test('[G13] a state in quarantine stays said, through restarts too, until an administrator has acknowledged it', async () => {
  const { db } = shop.ground;
  const kept = await db.selectFrom('quarantine').selectAll().executeTakeFirstOrThrow();
  expect(kept).toMatchObject({ actor_id: 'equipment/mill-1', chart_hash: 'of-an-older-version', code: 'unknown-chart' });
  const epoch = shop.status('mill-1')?.epoch ?? 0;
  await nodes.kill('n2');
  await nodes.start('n1');
  const back = () => shop.status('mill-1')?.epoch === epoch + 1 && mill.region('connection') === 'online';
  await until('the mill is back', back, 20_000);
  const said = () => shop.status('mill-1')?.degraded.map(one => one.code);
  expect(said()).toEqual(['state-quarantined']);
  const acknowledge = async (role: 'maintainer' | 'administrator') => {
    const caller = { kind: 'user', id: 'ada', name: 'Ada', role } as const;
    const assertion = await shop.gateway.assertion('equipment/mill-1', `ACKNOWLEDGE_QUARANTINE:${kept.id}`, caller);
    return shop.gateway.ask('wit.main.equipment.mill-1.command.ACKNOWLEDGE_QUARANTINE', { quarantine: Number(kept.id), assertion });
  };
  expect(await acknowledge('maintainer')).toMatchObject({ outcome: 'refused', reasons: [{ code: 'needs-role' }] });
  expect(await acknowledge('administrator')).toMatchObject({ outcome: 'accepted', reasons: [] });
  await until('it is said no more', () => said()?.length === 0);
  expect(await acknowledge('administrator')).toMatchObject({ outcome: 'refused', reasons: [{ code: 'acknowledged-before' }] });
  const journaled = db.selectFrom('event').select('principal').where('type', '=', 'quarantine.acknowledged');
  expect(await journaled.execute()).toMatchObject([{ principal: { id: 'ada', role: 'administrator' } }]);
  const left = db.selectFrom('snapshot').select('seq').where('chart_hash', '=', 'of-an-older-version');
  expect((await left.execute()).map(row => row.seq)).toContain(kept.seq);
}, 60_000);

test('[G12] everything that was lived here leads to the same states again, from bundles that were taken along', async () => {
  expect(await replayAll(shop.ground.db)).toEqual([]);
}, 60_000);
