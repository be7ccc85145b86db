import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../machines/grbl/simulator/run.ts';
import { readProgress } from '../machines/progress.ts';
import { type PostgresOptions, type RunningPostgres, startPostgres } from './launcher/postgres.ts';
import { nodePaths } from './node-paths.ts';
import { openDatabase } from './storage/database.ts';
import { readEvents } from './storage/journal.ts';
import { migrate } from './storage/migrate.ts';
import { verifyJournal } from './storage/verify-journal.ts';
import { NodeProcesses } from './testing/node-processes.ts';
import { longProgram, TestMill } from './testing/test-mill.ts';
import { until } from './testing/until.ts';
import { Workshop } from './testing/workshop.ts';

let place: PostgresOptions;
let postgres: RunningPostgres;
let shop: Workshop;
let nodes: NodeProcesses;
let mill: TestMill;
let simulator: RunningSimulator;

beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'wit-pg-'));
  place = { directory, socketDirectory: directory };
  postgres = await startPostgres(place);
  const db = openDatabase({ url: postgres.url, name: 'test', timeoutMs: 10_000 });
  await migrate(db);
  shop = await Workshop.open({ db, url: postgres.url, close: () => db.destroy() });
  nodes = await NodeProcesses.open(shop, {});
  mill = new TestMill(shop);
  simulator = await startSimulator({ port: mill.port, log: mill.wireLog, control: null, timeFactor: 50, baud: 0, name: 'TEST MILL' });
  await shop.addMill('mill-1', { path: mill.port, simulated: true });
  await nodes.start('n1');
  await mill.becomes('connection', 'online');
});
afterAll(async () => {
  await nodes?.close();
  await simulator?.close();
  await shop?.close();
  await postgres?.stop(5_000);
  rmSync(place.directory, { recursive: true, force: true });
});

const journal = () => readEvents(shop.ground.db, 'equipment/mill-1', { after: 0, limit: 10_000 });
const last = async (type: string) => (await journal()).findLast(entry => entry.type === type)?.data as Record<string, unknown> | undefined;

test('[F28] after a power cut the node goes on from the last commit: Aborted, position unknown, and it is said what the progress file has lost', async () => {
  await mill.makeReady();
  const job = await mill.startJob(longProgram);
  await until('a checkpoint', () => last('program.checkpoint'));
  const own = nodePaths(nodes.dataDir('n1'), 'n1').equipment('mill-1');
  const synced = mkdtempSync(join(tmpdir(), 'wit-synced-'));
  cpSync(own, synced, { recursive: true });
  const [old, { acknowledged }] = [readProgress(synced), (await last('program.checkpoint')) as { acknowledged: number }];
  await until(
    'a later checkpoint',
    async () => Number((await last('program.checkpoint'))?.acknowledged) > (old?.acknowledged ?? acknowledged),
  );
  // All at once and in no order. Of its own files the node has what had reached the disk.
  process.kill(postgres.pid, 'SIGKILL');
  await Promise.all([nodes.kill('n1'), postgres.exited]);
  const killed = mill.lines().length;
  rmSync(own, { recursive: true });
  cpSync(synced, own, { recursive: true });
  postgres = await startPostgres(place);
  const { epoch = 0 } = shop.status('mill-1') ?? {};
  await nodes.start('n1');
  await until('it is taken over', () => (shop.status('mill-1')?.epoch ?? 0) > epoch && mill.region('connection') === 'online');
  const committed = Number((await last('program.checkpoint'))?.acknowledged);
  const status = shop.status('mill-1');
  expect(status).toMatchObject({ homed: false, value: { execution: 'Aborted' }, run: { result: 'interrupted', acknowledged: committed } });
  expect(status?.run?.uncertain?.[0]).toBe(committed + 1);
  expect((await last('recovery.disagreement'))?.sentence).toBe(
    `By the journal line ${committed} of ${job} was acknowledged, by the progress file only line ${old?.acknowledged}.`,
  );
  expect(
    mill
      .lines()
      .slice(killed)
      .filter(line => line.startsWith('G1')),
  ).toEqual([]);
  for await (const { actorId, trouble } of verifyJournal(shop.ground.db)) expect({ actorId, trouble }).toEqual({ actorId, trouble: null });
  rmSync(synced, { recursive: true });
}, 90_000);

test('[F28] the next start has nothing to say about a run that was told already', async () => {
  const told = async () => (await journal()).filter(entry => entry.type === 'recovery.disagreement').length;
  const before = await told();
  await nodes.kill('n1');
  const { epoch = 0 } = shop.status('mill-1') ?? {};
  await nodes.start('n1');
  await until('it is taken over', () => (shop.status('mill-1')?.epoch ?? 0) > epoch && mill.region('connection') === 'online');
  expect(await told()).toBe(before);
});
