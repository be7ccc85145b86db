import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Person } from './product/api.ts';
import { Lane } from './product/lane.ts';
import { LiveClient } from './product/live.ts';
import { MillAtWork } from './product/mill-at-work.ts';
import type { Product } from './product/product.ts';
import { Strace } from './product/strace.ts';
import { until } from './product/wait.ts';
import { programLines } from './product/wire-log.ts';

let mill: MillAtWork;
let product: Product;
let mara: Person;
const hogs: ChildProcess[] = [];

beforeAll(async () => {
  mill = await MillAtWork.start({ speed: 20, moves: 10_000 });
  ({ product, mara } = mill);
}, 120_000);
beforeEach(() => mill.backToIdle(), 90_000);
afterEach(endHogs);
afterAll(async () => {
  await product?.remove();
});

function endHogs(): void {
  for (const hog of hogs.splice(0)) hog.kill('SIGKILL');
}

const impairments = async () =>
  ((await mara.call('GET', '/system/info')).body as unknown as { impairments: { host: string; code: string; sentence: string }[] })
    .impairments;
const impairment = async (code: string) => (await impairments()).find(one => one.code === code);
const logOf = (name: string) => readFileSync(join(product.dataDir, 'logs', `${name}.log`), 'utf8');

/** The processes of the database that serve the node. */
async function backendsOfNode(): Promise<number[]> {
  const password = encodeURIComponent(readFileSync(join(product.dataDir, 'secrets/database'), 'utf8').trim());
  const host = encodeURIComponent(product.endpoints().database);
  const client = new Client({ connectionString: `postgres://wit_administrator:${password}@localhost/wit?host=${host}` });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("select pid from pg_stat_activity where application_name like 'wit-node%'");
  await client.end();
  return rows.map(row => row.pid);
}

test('[F26] a disk that fails to sync: the database begins again from its log, it is said, and nothing that was confirmed is lost', async () => {
  const mark = product.wire().length;
  const { cleaned } = await mill.startJob();
  const old = product.pidOf('postgres');
  const fault = await Strace.attach(await backendsOfNode(), ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO']);
  const confirmed: number[] = [];
  await until('the database ended', async () => {
    const { body } = await mara.command('OVERRIDE', { kind: 'feed', percent: 100 + (confirmed.length % 20) });
    if (body.outcome === 'accepted') confirmed.push(Number(body.seq));
    return product.output.includes('postgres ended');
  });
  expect(fault.calls.some(call => /f(data)?sync\(.*EIO \(Input\/output error\) \(INJECTED\)/.test(call))).toBe(true);
  await fault.end();
  expect(product.output).toMatch(/postgres ended \(.*: could not (fdatasync|fsync) file .*: Input\/output error\); it is started again\./);
  await mill.restarted('postgres', old);
  await until('the database is back', async () => (await mara.status()).degraded.length === 0);
  const { body } = await mara.command('OVERRIDE', { kind: 'feed', percent: 100 });
  expect(body.outcome).toBe('accepted');
  confirmed.push(Number(body.seq));
  const told = await until('it is said', () => impairment('disk-error'));
  expect(told.sentence).toMatch(
    /^The disk of the database failed \(could not f(data)?sync file .*\)\. .*nothing that was confirmed is lost: replace the disk\.$/,
  );
  const kept = (await mill.journal()) as unknown as { seq: number; type: string }[];
  for (const seq of confirmed) expect(kept.find(event => event.seq === seq)?.type).toBe('OVERRIDE');
  await mill.linesFlow();
  const run = programLines(mill.since(mark));
  expect(run).toEqual(cleaned.slice(0, run.length));
  await mara.must('ABORT');
  await mara.reaches('execution', 'Aborted');
}, 120_000);

test('[F34] four hogs on the processor of the node: the missed dead-man is noticed, the overload is said, the stop works', async () => {
  await mara.must('SET_MODE', { mode: 'setup' });
  const live = await LiveClient.open(product.url, mara);
  const jogId = crypto.randomUUID();
  await mara.must('JOG', { jogId, direction: { x: -1 }, feed: 30 });
  let n = 0;
  const granting = setInterval(() => {
    n += 1;
    live.send({ type: 'grant', equipment: 'mill-1', jogId, n });
  }, 100);
  await mara.reaches('mode', 'setup.jogging');
  starve(product.pidOf('node'));
  const ended = await until('the jog ended', async () =>
    (await mill.journal()).find(event => event.data.jogId === jogId && event.type === 'jog.ended'),
  );
  expect(ended.data).toMatchObject({ reason: 'grant-lost', lateMs: expect.any(Number) });
  clearInterval(granting);
  live.close();
  const told = await until('the overload is said', () => impairment('host-overloaded'));
  expect(told.sentence).toMatch(
    /^Host overloaded: this process stood still for up to \d+ ms\. A stop and the end of a held jog may be as late/,
  );
  const lane = new Lane(product.stopPort, product.url, mara.session.stopPass);
  await lane.ready();
  const stopId = lane.press();
  await lane.stage(stopId, ['written'], 60_000);
  await lane.stage(stopId, ['confirmed'], 60_000);
  lane.close();
  endHogs();
  expect(logOf('node').match(/ host-overloaded: Host overloaded/g)).toHaveLength(1);
  expect((await mara.reaches('stopLatch', 'latched')).stop.stopId).toBe(stopId);
}, 180_000);

/** Busy for seven tenths of each second, all at the same time; the rest is what keeps the test short. */
const hog = `const cell = new Int32Array(new SharedArrayBuffer(4));
for (;;) if (Date.now() % 1000 >= 700) Atomics.wait(cell, 0, 0, 1000 - (Date.now() % 1000));`;

/** From now on the process shares one processor with four that go before it. */
function starve(pid: number): void {
  const [processor = '0'] = /Cpus_allowed_list:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.slice(1) ?? [];
  expect(spawnSync('taskset', ['-a', '-p', '-c', processor, String(pid)]).status).toBe(0);
  expect(spawnSync('chrt', ['--all-tasks', '--idle', '--pid', '0', String(pid)]).status).toBe(0);
  for (let i = 0; i < 4; i += 1) hogs.push(spawn('taskset', ['-c', processor, process.execPath, '-e', hog], { stdio: 'ignore' }));
}

test('[F35] a node that runs out of memory, again and again: its port is opened once in each life and then rarely, the hold byte first, and nothing moves', async () => {
  const big = await mara.upload('big.nc', 'G1 X1 Y3 F3000\n'.repeat(300_000));
  await mill.startJob();
  const port = readlinkSync(join(product.dataDir, 'run/ports/mill-1'));
  const fault = await Strace.attach([product.launcherPid], ['-e', 'trace=openat', '-P', port]);
  const opened = () => fault.calls.filter(call => /openat\(.* = \d+$/.test(call)).length;
  const tooOften = async () =>
    (await mill.journal()).some(event => event.type === 'link.lost' && String(event.data.reason).includes('opened too often'));
  const old = product.pidOf('node');
  const mark = product.wire().length;
  expect(spawnSync('prlimit', ['--pid', String(old), '--as=1048576']).status).toBe(0);
  for (let i = 0; i < 4; i += 1) void mara.call('POST', '/jobs', { file: big.body.id, equipment: 'mill-1' }).catch(() => undefined);
  let pid = await mill.restarted('node', old);
  // Nobody else ended it: the last words differ with what wanted memory first.
  expect(product.output).toMatch(/node ended \((SIG(ABRT|TRAP|SEGV|ILL|BUS)|code [1-9]\d*)\); it is started again\./);
  for (let lives = 1; !(await tooOften()); lives += 1) {
    await until('the port is opened, or is not', async () => opened() >= lives || (await tooOften()), 60_000);
    expect(opened()).toBeLessThanOrEqual(lives);
    if (await tooOften()) break;
    process.kill(pid, 'SIGKILL');
    pid = await mill.restarted('node', pid);
  }
  const lives = opened();
  expect(lives).toBeLessThanOrEqual(5);
  await mara.reaches('connection', 'online', 60_000);
  expect(opened()).toBe(lives + 1);
  await fault.end();
  // The run itself has no hold byte in it: with the first one the next life begins.
  const later = mill.since(mark).filter(entry => entry.dir === 'in');
  const held = later.findIndex(entry => entry.bytes.includes(0x21));
  expect(later[held]?.bytes[0]).toBe(0x21);
  expect(programLines(later.slice(held))).toEqual([]);
  expect(spawnSync('stty', ['-a', '-F', port], { encoding: 'utf8' }).stdout).toContain('-hupcl');
  expect((await mara.status()).value.execution).toBe('Aborted');
}, 180_000);
