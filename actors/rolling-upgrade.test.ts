import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../machines/grbl/simulator/run.ts';
import { equipmentChartIdentity } from '../statecharts/equipment/project.ts';
import { verifyChain } from './storage/journal.ts';
import { nextRelease, nextVersion } from './testing/next-release.ts';
import { NodeProcesses } from './testing/node-processes.ts';
import { replayAll } from './testing/replay-all.ts';
import { createTestDatabase } from './testing/test-database.ts';
import { longProgram, TestMill } from './testing/test-mill.ts';
import { until } from './testing/until.ts';
import { Workshop } from './testing/workshop.ts';

/** Short, because a node that cannot read a state waits for one lease. */
const env = { WIT_LEASE_TTL_MS: '4000', WIT_DRAIN_MS: '30000' };
let shop: Workshop;
let mill: TestMill;
let present: NodeProcesses;
let next: NodeProcesses;
let simulator: RunningSimulator;
let mark = 0;

beforeAll(async () => {
  shop = await Workshop.open(await createTestDatabase());
  present = await NodeProcesses.open(shop, { ...env, WIT_DRAIN_WAIT_MS: '600000' });
  next = await NodeProcesses.open(shop, { ...env, WIT_DRAIN_WAIT_MS: '600000' }, [nextRelease]);
  mill = new TestMill(shop);
  const port = { tcp: 0, clients: 'one' } as const;
  simulator = await startSimulator({ port, log: mill.wireLog, control: null, timeFactor: 50, baud: 0, name: 'NET MILL' });
  if (!('host' in simulator.link)) throw new Error('the simulator is not on the network');
  await shop.addMill('mill-1', { ...simulator.link, simulated: true });
});
afterAll(async () => {
  await present?.close();
  await next?.close();
  await simulator?.close();
  await shop?.close();
});

const came = () =>
  mill
    .wire()
    .slice(mark)
    .filter(entry => entry.rt !== '0x3f');
const fed = () => came().flatMap(({ line }) => (line === undefined || line.startsWith('$') ? [] : [line]));
const halts = () => came().filter(entry => entry.rt === '0x21' || entry.rt === '0x18');
const said = (node: string, words: string) => () => shop.log.some(line => line.startsWith(`${node}:`) && line.includes(words));
const owns = (node: string) => () => shop.status('mill-1')?.node === node && mill.region('connection') === 'online';

async function runsOn(id: string, program: string): Promise<string> {
  await until(`${id} owns the mill`, owns(id));
  shop.asked = id;
  await mill.makeReady();
  mark = mill.wire().length;
  const job = await mill.startJob(program);
  await until('lines on the wire', () => fed().length > 20);
  return job;
}

const part = ['G21', 'G90', ...Array.from({ length: 500 }, (_, at) => `G1 X-${10 + (at % 7)} Y-${10 + at / 10} F600`)];

test('[F38] [G13] a new release does not go on with a run of the old one: the old node lets it end, then the new one has the mill', async () => {
  const { child } = await present.start('n1');
  await until('n1 owns the mill', owns('n1'));
  await next.start('n2');
  const job = await runsOn('n1', part.join('\n'));
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const { version } = equipmentChartIdentity('motion');
  await until('n2 declines', said('n1', `n2 runs chart ${nextVersion}, the run belongs to ${version}`));
  await until('it is said', () => shop.status('mill-1')?.degraded.some(one => one.code === 'node-ending'));
  expect(await mill.ask('START')).toMatchObject({ outcome: 'refused', reasons: [{ code: 'node-ending' }] });
  await until('the job is complete', () => shop.jobStatus(job)?.state === 'complete', 60_000);
  expect(fed()).toEqual(part);
  expect(await exited).toEqual([0, null]);
  await until('n2 has the mill', owns('n2'), 60_000);
  const lastLine = came().findLastIndex(entry => entry.line === part.at(-1));
  expect(came().findIndex(entry => entry.rt === '0x21' || entry.rt === '0x18')).toBeGreaterThan(lastLine);
  const status = shop.status('mill-1');
  expect(status).toMatchObject({ chart: { version: nextVersion }, run: { job, result: 'complete' }, holder: { id: 'anna' }, degraded: [] });
  expect(mill.region('execution')).toBe('Aborted');
  const noted = shop.ground.db.selectFrom('event').select('data').where('type', '=', 'state.migrated');
  expect(await noted.execute()).toMatchObject([{ data: { from: { version }, to: { version: nextVersion } } }]);
  expect(await verifyChain(shop.ground.db, 'equipment/mill-1')).toMatchObject({ ok: true });
}, 120_000);

test('[F38] [G13] an older release takes what a newer one left only when nobody else does, and does not go on from it', async () => {
  const { child } = next.the('n2');
  const job = await runsOn('n2', longProgram);
  await present.start('n1');
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await until('n2 waits', said('n2', 'so this node waits for its end'));
  expect(halts()).toEqual([]);
  // Whoever ends it cannot wait any longer.
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  expect(said('n2', 'did not end in time, so it is held')()).toBe(true);
  expect(halts()[0]).toMatchObject({ rt: '0x21' });
  await until('n1 has the mill', owns('n1'), 60_000);
  expect(shop.status('mill-1')).toMatchObject({ run: null, holder: null, degraded: [{ code: 'state-quarantined' }] });
  expect(mill.region('execution')).toBe('Aborted');
  await until('the job is interrupted', () => shop.jobStatus(job)?.state === 'interrupted');
}, 120_000);

test('[G12] everything that was lived here leads to the same states again, from bundles that were taken along', async () => {
  expect(await replayAll(shop.ground.db)).toEqual([]);
}, 60_000);
