import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../actors/launcher/postgres.ts';
import { openDatabase } from '../actors/storage/database.ts';
import { migrate } from '../actors/storage/migrate.ts';
import { startChartActor } from '../actors/system/chart-actor.ts';
import { lampChart } from '../actors/testing/lamp-chart.ts';
import { closeLamps, startLamp } from '../actors/testing/test-actor.ts';
import { header } from './measure.ts';

/**
 * Turns per second. Journaled: whole turns (command, decision, event, outbox, status) of N actors against bare fenced appends of the
 * same rows by N connections' worth of work over the same pool size. Not journaled: a chart event through our seam with state and
 * digest, against a bare send to XState. All in one process and one run, alternating.
 */
const count = Number(process.argv[2] ?? 4_000);
const rounds = 3;
const poolSize = 5;

async function rate(n: number, work: () => Promise<unknown> | unknown): Promise<number> {
  const started = performance.now();
  await work();
  return (n * 1000) / (performance.now() - started);
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function say(name: string, ours: readonly number[], bare: readonly number[]): void {
  const ratios = ours.map((value, i) => value / (bare[i] ?? Number.NaN));
  const f = (value: number) => median([value]).toFixed(0).padStart(9);
  console.log(`${name.padEnd(44)} ours ${f(median(ours))}/s  bare ${f(median(bare))}/s  ratio ${median(ratios).toFixed(2)}`);
}

/** One fenced insert as short as it can be: the row of the actor, the event, and nothing else. */
async function bareAppends(url: string, actors: number, round: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: poolSize });
  const text = `with fence as (update bare_actor set seq = $2 where id = $1 and epoch = 1 and seq = $2 - 1 returning id)
    insert into bare_event select id, $2, $3::jsonb from fence`;
  const data = JSON.stringify({ by: 'anna', commandId: '0'.repeat(36), value: 'on', hash: '0'.repeat(64), prevHash: '0'.repeat(64) });
  const each = Math.ceil(count / actors);
  const ids = Array.from({ length: actors }, (_, i) => `bare-${round}-${i}`);
  for (const id of ids) await pool.query('insert into bare_actor values ($1, 1, 0)', [id]);
  const one = async (id: string) => {
    for (let seq = 1; seq <= each; seq += 1) await pool.query({ name: 'bare', text, values: [id, seq, data] });
  };
  const perSecond = await rate(each * actors, () => Promise.all(ids.map(one)));
  await pool.end();
  return perSecond;
}

async function turns(url: string, folder: string, actors: { readonly count: number; readonly round: number }): Promise<number> {
  const db = openDatabase({ url, name: 'bench', poolSize });
  const ids = Array.from({ length: actors.count }, (_, i) => `lamp/${actors.count}-${actors.round}-${i}`);
  const lamps = await Promise.all(ids.map(id => startLamp(db, id, folder)));
  const each = Math.ceil(count / actors.count);
  const one = async (lamp: (typeof lamps)[number]) => {
    for (let i = 0; i < each; i += 1) await lamp.command(i % 2 === 0 ? 'ON' : 'OFF');
  };
  const perSecond = await rate(each * actors.count, () => Promise.all(lamps.map(one)));
  await closeLamps();
  await db.destroy();
  return perSecond;
}

function seam(n: number): Promise<number> {
  const actor = startChartActor({ chart: lampChart, from: null });
  return rate(n, () => {
    for (let i = 0; i < n; i += 1) {
      actor.send({ type: i % 2 === 0 ? 'ON' : 'OFF' });
      lampChart.decisionDigest(actor.state());
      actor.persisted();
    }
  });
}

function bareSend(n: number): Promise<number> {
  const machine = lampChart.machine.provide({ actions: lampChart.recorders(() => undefined) });
  const actor = startChartActor({ chart: { machine, input: undefined, recorders: () => ({}) }, from: null });
  return rate(n, () => {
    for (let i = 0; i < n; i += 1) actor.send({ type: i % 2 === 0 ? 'ON' : 'OFF' });
  });
}

const folder = mkdtempSync(join(tmpdir(), 'wit-bench-'));
const server = await startPostgres({ directory: folder, socketDirectory: folder, settings: { max_connections: '50' } });
try {
  const schema = openDatabase({ url: server.url, name: 'bench', timeoutMs: 30_000 });
  const migrated = await migrate(schema);
  await schema.destroy();
  if (!migrated.ok) throw new Error(migrated.sentence);
  const owner = new pg.Client({ connectionString: server.url });
  await owner.connect();
  await owner.query('create table bare_actor (id text primary key, epoch int, seq int)');
  await owner.query('create table bare_event (id text, seq int, data jsonb, primary key (id, seq))');
  await owner.end();
  header(`turns: ${count} per round, median of ${rounds} rounds, fsync on`);
  for (const actors of [1, 16]) {
    const [ours, bare]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      bare.push(await bareAppends(server.url, actors, actors * 100 + round));
      ours.push(await turns(server.url, folder, { count: actors, round }));
    }
    say(`journaled, ${actors} actor(s)`, ours, bare);
  }
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await bareSend(50_000));
    ours.push(await seam(50_000));
  }
  say('without a journal', ours, bare);
} finally {
  await server.stop(5_000);
  rmSync(folder, { recursive: true, force: true });
}
