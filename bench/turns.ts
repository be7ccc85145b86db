import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { equipmentKind } from '../actors/equipment/equipment-kind.ts';
import { startPostgres } from '../actors/launcher/postgres.ts';
import { appendStatement, turnText } from '../actors/storage/append-statement.ts';
import { type Database, openDatabase } from '../actors/storage/database.ts';
import { genesisHash, seal } from '../actors/storage/journal-entry.ts';
import { migrate } from '../actors/storage/migrate.ts';
import { noTimerChange } from '../actors/storage/timers.ts';
import type { Chart, ChartEvent } from '../actors/system/chart.ts';
import { startChartActor } from '../actors/system/chart-actor.ts';
import { lampChart } from '../actors/testing/lamp-chart.ts';
import { closeLamps, startLamp } from '../actors/testing/test-actor.ts';
import { arrival, millInput } from '../statecharts/equipment/test-bench.ts';
import { header } from './measure.ts';

/**
 * Turns per second. Journaled: whole turns (command, decision, event, reply, outbox, status) of N actors. Beside them, at the same batch
 * size and with as many statements at once: bare fenced inserts (the actor's row and the event, nothing else), and the very rows of a
 * turn without any turn. Not journaled: an event through our seam, with the digest that tells whether decisions changed, against a bare
 * send to XState. All in one process and one run, alternating.
 */
const count = Number(process.argv[2] ?? 4_000);
const rounds = 3;
const poolSize = 5;
/** As the append group has them. */
const statementsAtOnce = 2;

async function rate(n: number, work: () => Promise<unknown> | unknown): Promise<number> {
  const started = performance.now();
  await work();
  return (n * 1000) / (performance.now() - started);
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function say(name: string, ours: readonly number[], bare: readonly number[]): void {
  const ratios = ours.map((value, i) => value / (bare[i] ?? Number.NaN));
  const f = (value: number) => value.toFixed(0).padStart(8);
  console.log(`${name.padEnd(58)} ours ${f(median(ours))}/s  bare ${f(median(bare))}/s  ratio ${median(ratios).toFixed(2)}`);
}

/** The actors in as many groups as there are statements at once, each group as one batch after the other. */
async function inBatches(ids: readonly string[], write: (batch: readonly string[], seq: number) => Promise<unknown>): Promise<number> {
  const each = Math.ceil(count / ids.length);
  const size = Math.ceil(ids.length / statementsAtOnce);
  const batches = Array.from({ length: Math.ceil(ids.length / size) }, (_, i) => ids.slice(i * size, (i + 1) * size));
  const run = async (batch: readonly string[]) => {
    for (let seq = 1; seq <= each; seq += 1) await write(batch, seq);
  };
  return rate(each * ids.length, () => Promise.all(batches.map(run)));
}

const bareText = `with turn as (select * from unnest($1::text[], $2::int[], $3::jsonb[]) as t(id, seq, data)),
  fence as (update bare_actor set seq = turn.seq from turn
    where bare_actor.id = turn.id and epoch = 1 and bare_actor.seq = turn.seq - 1 returning turn.*)
  insert into bare_event select id, seq, data from fence`;

async function bareInserts(url: string, ids: readonly string[]): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: poolSize });
  await pool.query('insert into bare_actor select id, 1, 0 from unnest($1::text[]) id', [ids]);
  const data = JSON.stringify({ by: 'anna', commandId: '0'.repeat(36), value: 'on', hash: '0'.repeat(64), prevHash: '0'.repeat(64) });
  const perSecond = await inBatches(ids, (batch, seq) =>
    pool.query({ name: 'bare', text: bareText, values: [batch, batch.map(() => seq), batch.map(() => data)] }),
  );
  await pool.end();
  return perSecond;
}

/** What a lamp's turn leaves, without the lamp: no chart, no decision, and hashes are not chained. */
function rowOf(actorId: string, seq: number) {
  const command = { id: randomUUID(), result: { outcome: 'accepted', seq, reasons: [] } };
  const data = { at: Date.now(), by: 'anna', commandId: command.id };
  const origin = { commandId: command.id, correlationId: null, causationId: null, principal: { kind: 'user', id: 'anna', name: 'Anna' } };
  const event = { ...origin, at: data.at, type: 'ON', source: 'command', data, value: 'on' };
  return turnText({
    entry: seal(event, { actorId, seq, epoch: 1, prevHash: genesisHash }),
    decisionSeq: seq,
    status: '{"state":"on","switched":1,"rung":0,"seq":1,"degraded":[]}',
    command,
    effects: [{ effect: { type: 'lamp.light' }, class: 'physical' }],
    snapshot: null,
    timers: noTimerChange,
    deadLetter: null,
    replayed: null,
    performedSeq: seq - 1,
  });
}

async function sameRows(db: Database, ids: readonly string[]): Promise<number> {
  const rows = ids.map(id => ({ id, kind: 'lamp', chart: 'lamp', version: '1', chart_hash: '1', epoch: 1 }));
  await db.insertInto('actor').values(rows).execute();
  const how = ids.length === 1 ? 'alone' : 'together';
  return inBatches(ids, (batch, seq) =>
    appendStatement(
      batch.map(id => rowOf(id, seq)),
      how,
    ).execute(db),
  );
}

async function turns(db: Database, ids: readonly string[], folder: string): Promise<number> {
  const lamps = await Promise.all(ids.map(id => startLamp(db, id, folder)));
  const each = Math.ceil(count / ids.length);
  const one = async (lamp: (typeof lamps)[number]) => {
    for (let i = 0; i < each; i += 1) await lamp.command(i % 2 === 0 ? 'ON' : 'OFF');
  };
  const perSecond = await rate(each * ids.length, () => Promise.all(lamps.map(one)));
  await closeLamps();
  return perSecond;
}

async function journaled(url: string, folder: string, actors: number): Promise<void> {
  const [ours, bare, rows]: [number[], number[], number[]] = [[], [], []];
  const db = openDatabase({ url, name: 'bench', poolSize });
  for (let round = 0; round < rounds; round += 1) {
    const ids = (kind: string) => Array.from({ length: actors }, (_, i) => `${kind}/${actors}-${round}-${i}`);
    bare.push(await bareInserts(url, ids('bare')));
    ours.push(await turns(db, ids('lamp'), folder));
    rows.push(await sameRows(db, ids('row')));
  }
  await db.destroy();
  say(`journaled, ${actors} actor(s), to bare fenced inserts`, ours, bare);
  say(`journaled, ${actors} actor(s), to the same rows without a turn`, ours, rows);
}

interface Script {
  readonly name: string;
  readonly chart: Chart;
  readonly before: readonly ChartEvent[];
  event(i: number): ChartEvent;
}

const scripts: readonly Script[] = [
  { name: 'lamp', chart: lampChart, before: [], event: i => ({ type: i % 2 === 0 ? 'ON' : 'OFF' }) },
  {
    name: 'equipment, reports that change no decision',
    chart: equipmentKind(millInput, () => null),
    before: arrival.map(event => ({ ...event })),
    event: i => ({ type: 'device.status', at: i }),
  },
  {
    name: 'equipment, reports that change decisions',
    chart: equipmentKind(millInput, () => null),
    before: arrival.map(event => ({ ...event })),
    event: i => ({ type: 'device.modes', changed: i % 2 === 0 ? ['G91'] : [], at: i }),
  },
];

async function withoutJournal({ name, chart, before, event }: Script): Promise<void> {
  const n = 30_000;
  const [ours, bare]: [number[], number[]] = [[], []];
  const started = (recorders: Chart['recorders']) => {
    const actor = startChartActor({ chart: { ...chart, recorders }, from: null });
    for (const one of before) actor.send(one);
    return actor;
  };
  for (let round = 0; round < rounds; round += 1) {
    const naked = started(() => chart.recorders(() => undefined));
    bare.push(await rate(n, () => sendAll(n, i => naked.send(event(i)))));
    const actor = started(chart.recorders);
    const turn = (i: number) => {
      actor.send(event(i));
      chart.decisionDigest(actor.state());
    };
    ours.push(await rate(n, () => sendAll(n, turn)));
  }
  say(`without a journal, ${name}`, ours, bare);
}

function sendAll(n: number, send: (i: number) => unknown): void {
  for (let i = 0; i < n; i += 1) send(i);
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
  for (const actors of [1, 16, 64]) await journaled(server.url, folder, actors);
  for (const script of scripts) await withoutJournal(script);
} finally {
  await server.stop(5_000);
  rmSync(folder, { recursive: true, force: true });
}
