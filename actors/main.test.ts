import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../machines/grbl/simulator/run.ts';
import { createTestDatabase } from './testing/test-database.ts';
import { longProgram, TestMill } from './testing/test-mill.ts';
import { until } from './testing/until.ts';
import { Workshop } from './testing/workshop.ts';

/** In the tree's own build folder, so that packages are found. */
const program = resolve(import.meta.dirname, '..', 'build', `node-under-test-${process.pid}.mjs`);
const children: ChildProcess[] = [];
let shop: Workshop;
let mill: TestMill;
let simulator: RunningSimulator;

function start(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [program], { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  children.push(child);
  return child;
}

async function ready(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, 'message');
  return message;
}

async function lastWords(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  let text = '';
  child.stderr?.on('data', chunk => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, text };
}

beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  shop = await Workshop.open(await createTestDatabase());
  mill = new TestMill(shop);
  simulator = await startSimulator({ port: mill.port, log: mill.wireLog, control: null, timeFactor: 20, baud: 0, name: 'TEST MILL' });
  await shop.addMill('mill-1', { path: mill.port, simulated: true });
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await simulator?.close();
  await shop?.close();
  rmSync(program, { force: true });
});

test('says in one sentence that the database is away, and ends with 1', async () => {
  const { code, text } = await lastWords(start({ ...shop.env, WIT_DATABASE_URL: 'postgres://wit@localhost/wit?host=/nowhere' }));
  expect(code).toBe(1);
  expect(text.trim().split('\n')).toEqual([expect.stringMatching(/^PostgreSQL cannot be reached/)]);
});

test('refuses an unknown variable', async () => {
  expect(await lastWords(start({ ...shop.env, WIT_NONSENSE: '1' }))).toMatchObject({
    code: 1,
    text: expect.stringMatching(/WIT_NONSENSE/),
  });
});

test('killed in a run, the next one sends the hold byte first and tells which lines are uncertain', async () => {
  const first = start(shop.env);
  expect(await ready(first)).toMatchObject({ ready: true, stopSocket: expect.stringContaining('stop-n1.sock') });
  await mill.becomes('connection', 'online');
  await mill.makeReady();
  const job = await mill.startJob(longProgram);
  await until('lines on the wire', () => mill.lines().length > 30);
  first.kill('SIGKILL');
  await once(first, 'exit');
  const atDeath = mill.wire().length;
  const second = start(shop.env);
  await ready(second);
  await until('the first byte after the kill', () => mill.wire().length > atDeath);
  expect(mill.wire()[atDeath]).toMatchObject({ rt: '0x21' });
  await until('synced', () => shop.status('mill-1')?.epoch === 2 && mill.region('connection') === 'online', 30_000);
  expect(mill.region('execution')).toBe('Aborted');
  const run = shop.status('mill-1')?.run;
  expect(run).toMatchObject({ job, result: 'interrupted', total: 10_002 });
  expect(run?.uncertain).toEqual([(run?.acknowledged ?? 0) + 1, run?.sent]);
  await until('the job knows', () => shop.jobStatus(job)?.state === 'interrupted' && shop.jobStatus(job)?.run?.sent === run?.sent);
  expect(mill.lines().filter(line => line.startsWith('G1')).length).toBeLessThanOrEqual(run?.sent ?? 0);
});

test('ends in order within 5 s when its parent goes away', async () => {
  const running = children.at(-1) as ChildProcess;
  running.disconnect();
  const [code] = await once(running, 'exit');
  expect(code).toBe(0);
});
