import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../actors/launcher/postgres.ts';
import { openDatabase } from '../actors/storage/database.ts';
import { migrate } from '../actors/storage/migrate.ts';
import { NodeProcesses } from '../actors/testing/node-processes.ts';
import { TestMill } from '../actors/testing/test-mill.ts';
import { until } from '../actors/testing/until.ts';
import { Workshop } from '../actors/testing/workshop.ts';
import { type RunningSimulator, startSimulator } from '../machines/grbl/simulator/run.ts';
import { distribution, header, machineMs, row } from './measure.ts';

/**
 * Hand-over of a running job between two node processes, as it shows on the wire of the mill: from the old owner's end of the connection to
 * the new one's first byte, from the first question at rest to the next line of the program, and the whole gap between two lines. The
 * baseline, in the same run: one process with nothing else to do hangs up, calls the same controller, asks the same questions and has its answers.
 */
const rounds = Number(process.argv[2] ?? 10);
/** Motion is so many times faster than life: a line of the program takes 20 ms. */
const timeFactor = 5;
const lines = Array.from({ length: 400 * (rounds + 2) }, (_, at) => `G1 X${at % 2 === 0 ? -10 : -12} F1200`);

interface Gap {
  readonly firstByte: number;
  readonly toNextLine: number;
  readonly feeding: number;
}

interface Entry {
  readonly t: number;
  readonly line?: string;
  readonly peer?: number;
}

/** Both connections as the mill saw them: the one that ended, and the one after it. */
function gapBetween(wire: readonly Entry[], ended: number, old: number): Gap {
  const isProgram = (entry: Entry) => entry.line?.startsWith('G1') === true;
  const mine = wire.filter(entry => entry.peer !== old && entry.t > ended);
  const at = (entry: Entry | undefined) => entry?.t ?? Number.NaN;
  const next = at(mine.find(isProgram));
  const last = at(wire.findLast(entry => entry.peer === old && isProgram(entry)));
  return { firstByte: at(mine[0]) - ended, toNextLine: next - at(mine.find(entry => entry.line === '$I')), feeding: next - last };
}

async function handOver(shop: Workshop, mill: TestMill, nodes: NodeProcesses, [from, to]: readonly [string, string]): Promise<Gap> {
  await nodes.start(to);
  const fed = () => mill.wire().filter(entry => entry.line?.startsWith('G1'));
  const old = fed().at(-1)?.peer ?? 0;
  // Two pulses: then its lease is proven, and the other node has heard of it.
  const heard = shop.heard.length;
  const pulses = () => shop.heard.slice(heard).filter(one => one.subject === `wit.main.node.${to}.heartbeat`).length;
  await until(`${to} is heard of`, () => pulses() >= 2, 20_000);
  const { child } = nodes.the(from);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await until('the next line', () => fed().at(-1)?.peer !== old, 30_000);
  await exited;
  return gapBetween(mill.wire(), mill.disconnected(old), old);
}

/** One process: hang up, call again, ask who it is, have the answer. */
async function naked({ host, port }: { host: string; port: number }): Promise<number> {
  const first = connect({ host, port, noDelay: true });
  await once(first, 'data');
  const started = machineMs();
  first.destroy();
  const second = connect({ host, port, noDelay: true });
  let text = '';
  second.on('data', bytes => {
    text += bytes.toString('latin1');
  });
  await once(second, 'connect');
  for (const question of ['?', '$I\n', '$$\n', '$#\n', '$G\n']) {
    const before = text.split(question === '?' ? '>' : 'ok').length;
    second.write(question);
    while (text.split(question === '?' ? '>' : 'ok').length === before) await once(second, 'data');
  }
  const ms = machineMs() - started;
  second.destroy();
  await once(second, 'close');
  return ms;
}

async function simulate(log: string | null): Promise<{ simulator: RunningSimulator; link: { host: string; port: number } }> {
  const place = { tcp: 0, clients: 'several' } as const;
  const simulator = await startSimulator({ port: place, log, control: null, timeFactor, baud: 0, name: 'NET MILL' });
  if (!('host' in simulator.link)) throw new Error('the simulator is not on the network');
  return { simulator, link: simulator.link };
}

const folder = mkdtempSync(join(tmpdir(), 'wit-bench-'));
const postgres = await startPostgres({ directory: folder, socketDirectory: folder, settings: { max_connections: '60' } });
const schema = openDatabase({ url: postgres.url, name: 'bench', timeoutMs: 30_000 });
await migrate(schema);
await schema.destroy();
const db = openDatabase({ url: postgres.url, name: 'bench' });
const shop = await Workshop.open({ db, url: postgres.url, close: () => db.destroy() });
const nodes = await NodeProcesses.open(shop, {});
const mill = new TestMill(shop);
const { simulator, link } = await simulate(mill.wireLog);
const other = await simulate(null);
try {
  header(`hand-over of a running job, ${rounds} times; motion ${timeFactor} times as fast as life, 20 ms a line`);
  await shop.addMill('mill-1', { ...link, simulated: true });
  await nodes.start('n1');
  await until('n1 owns the mill', () => shop.status('mill-1')?.node === 'n1' && mill.region('connection') === 'online', 30_000);
  await mill.makeReady();
  const job = await mill.startJob(['G21', 'G90', ...lines].join('\n'));
  await until('lines on the wire', () => mill.lines().length > 40, 30_000);
  const gaps: Gap[] = [];
  for (let i = 0; i < rounds; i += 1) gaps.push(await handOver(shop, mill, nodes, i % 2 === 0 ? ['n1', 'n2'] : ['n2', 'n1']));
  await mill.accepted('ABORT');
  const calls: number[] = [];
  for (let i = 0; i < rounds; i += 1) calls.push(await naked(other.link));
  const baseline = distribution(calls);
  row('naked: hang up, call, ask, be answered', baseline);
  row('old connection ended -> first byte of the next', distribution(gaps.map(gap => gap.firstByte)), baseline);
  row('first question at rest -> next line', distribution(gaps.map(gap => gap.toNextLine)), baseline);
  row('last line -> next line (answers, motion, rest)', distribution(gaps.map(gap => gap.feeding)), baseline);
  console.log(`${job}: ${mill.count('0x21') - 1} holds beside that of its end`);
} finally {
  await nodes.close();
  await simulator.close();
  await other.simulator.close();
  await shop.close();
  await postgres.stop(5_000);
  rmSync(folder, { recursive: true, force: true });
}
