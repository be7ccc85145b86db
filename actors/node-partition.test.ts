import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../machines/grbl/simulator/run.ts';
import { type PostgresOptions, type RunningPostgres, startPostgres } from './launcher/postgres.ts';
import type { Node } from './node.ts';
import { openDatabase } from './storage/database.ts';
import { migrate } from './storage/migrate.ts';
import { longProgram, TestMill } from './testing/test-mill.ts';
import { until } from './testing/until.ts';
import { Workshop } from './testing/workshop.ts';

const ttlMs = 3_000;

let place: PostgresOptions;
let postgres: RunningPostgres;
let shop: Workshop;
/** On the network; `mill-2` hangs on a wire. */
let mill: TestMill;
let simulators: RunningSimulator[];
let node: Node;

beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'wit-pg-'));
  place = { directory, socketDirectory: directory, settings: { fsync: 'off' } };
  postgres = await startPostgres(place);
  const db = openDatabase({ url: postgres.url, name: 'test', timeoutMs: 10_000 });
  await migrate(db);
  shop = await Workshop.open({ db, url: postgres.url, close: () => db.destroy() });
  shop.leaseTtlMs = ttlMs;
  mill = new TestMill(shop);
  const common = { control: null, timeFactor: 50, baud: 0 };
  const network = await startSimulator({ ...common, port: { tcp: 0, clients: 'one' }, log: mill.wireLog, name: 'NET MILL' });
  const local = await startSimulator({ ...common, port: mill.port, log: localLog(), name: 'LOCAL MILL' });
  simulators = [network, local];
  await shop.addMill('mill-1', { ...network.link, simulated: true });
  await shop.addMill('mill-2', { path: mill.port, simulated: true });
  node = await shop.startNode();
  await mill.becomes('connection', 'online');
  await until('the local mill is online', () => shop.status('mill-2')?.value.connection === 'online');
});
afterAll(async () => {
  await node?.close();
  for (const simulator of simulators ?? []) await simulator.close();
  await shop?.close();
  await postgres?.stop(5_000);
  rmSync(place.directory, { recursive: true, force: true });
});

const localLog = () => join(shop.dataDir, 'local.jsonl');
const localBytes = () =>
  readFileSync(localLog(), 'utf8')
    .split('\n')
    .filter(line => line.includes('"dir":"in"')).length;
const now = () => Number(process.hrtime.bigint()) / 1e6;

test('[G16] [F20] without NATS and database the network mill is held and let go, the local one stays; with them it comes back, aborted', async () => {
  await mill.makeReady();
  const job = await mill.startJob(longProgram);
  await until('lines on the wire', () => mill.lines().length > 30);
  const epochs = ['mill-1', 'mill-2'].map(id => shop.status(id)?.epoch ?? 0);
  const holds = mill.count('0x21');
  await Promise.all([shop.stopNats(), postgres.stop(5_000)]);
  const awayAt = now();
  await until('the hold byte', () => mill.count('0x21') > holds, ttlMs + 2_000);
  const held = mill.wire().findLast(entry => entry.rt === '0x21');
  await until('it is let go', () => shop.log.some(line => line.startsWith('mill-1: let go')), ttlMs + 2_000);
  const [bytes, local] = [mill.wire().length, localBytes()];
  const last = mill.wire().at(-1);
  // A challenger comes after 1.1 of the lease at the earliest.
  expect((held?.t ?? 0) - awayAt).toBeLessThan(ttlMs);
  expect((last?.t ?? 0) - awayAt).toBeLessThan(ttlMs);
  await new Promise(done => setTimeout(done, 1_000));
  expect(mill.wire().length).toBe(bytes);
  expect(localBytes()).toBeGreaterThan(local);

  postgres = await startPostgres(place);
  await shop.restartNats();
  await until(
    'it is taken again',
    () => (shop.status('mill-1')?.epoch ?? 0) > (epochs[0] ?? 0) && mill.region('connection') === 'online',
    30_000,
  );
  expect(mill.wire()[bytes]).toMatchObject({ rt: '0x21' });
  expect(mill.region('execution')).toBe('Aborted');
  await until('the job knows', () => shop.jobStatus(job)?.state === 'interrupted', 30_000);
  expect(shop.status('mill-2')?.epoch).toBe(epochs[1]);
}, 90_000);
