import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as natsConnect } from 'nats';
import pg from 'pg';
import { LiveClient } from '../tests/product/live.ts';
import { Product } from '../tests/product/product.ts';
import { until } from '../tests/product/wait.ts';
import { type Distribution, distribution, header, machineMs, onFixedClock, row } from './measure.ts';

/**
 * Command: WebSocket frame out -> first byte on the wire (journaled on the way). Baseline in the same run: a naked request/reply over
 * the same NATS server plus one fenced update and insert in the same PostgreSQL, in series, from this process.
 */
const count = Number(process.argv[2] ?? 100);

async function commands(product: Product): Promise<Distribution> {
  const person = await product.administrator();
  await person.makeReady();
  await person.must('SET_MODE', { mode: 'setup' });
  const client = await LiveClient.open(product.url, person);
  const lines: number[] = [];
  const sent = await onFixedClock(count, 100, async i => {
    const status = await person.status();
    const t = machineMs();
    client.send({
      type: 'command',
      equipment: 'mill-1',
      id: crypto.randomUUID(),
      command: 'MDI',
      args: { line: `F${1000 + i}` },
      seen: { epoch: status.epoch, decisionSeq: status.decisionSeq, at: Date.now() },
      ttlMs: 3_000,
    });
    return t;
  });
  await until('every line on the wire', () => {
    lines.length = 0;
    for (const entry of product.wire()) if (entry.dir === 'in' && /^F1\d\d\d/.test(entry.bytes.toString('latin1'))) lines.push(entry.t);
    return lines.length >= count;
  });
  client.close();
  return distribution(sent.map((t, i) => (lines[i] ?? Number.NaN) - t));
}

async function naked(product: Product): Promise<Distribution> {
  const secret = (name: string) =>
    JSON.parse(readFileSync(join(product.dataDir, 'secrets', name), 'utf8')) as { user: string; password: string };
  const { user, password } = secret('nats-node.json');
  const nats = await natsConnect({ servers: product.endpoints().nats, user, pass: password });
  const database = new pg.Client({ connectionString: readFileSync(join(product.dataDir, 'secrets/database-url'), 'utf8').trim() });
  await database.connect();
  await database.query(
    'create temp table bench_actor (id text primary key, epoch int, seq int); create temp table bench_event (seq int, data jsonb)',
  );
  await database.query("insert into bench_actor values ('a', 1, 0)");
  const subject = `wit.main.node.${(await nodeId(product)) ?? 'node'}.heartbeat.bench`;
  nats.subscribe(subject, { callback: (_error, message) => message.respond(message.data) });
  const samples = await onFixedClock(count, 100, async i => {
    const t = machineMs();
    await nats.request(subject, new Uint8Array(400));
    await database.query('begin');
    await database.query("update bench_actor set seq = seq + 1 where id = 'a' and epoch = 1 and seq = $1", [i]);
    await database.query('insert into bench_event values ($1, $2)', [i, JSON.stringify({ i })]);
    await database.query('commit');
    return machineMs() - t;
  });
  await nats.close();
  await database.end();
  return distribution(samples);
}

async function nodeId(product: Product): Promise<string | undefined> {
  const path = join(product.dataDir, 'nodes');
  const { readdirSync } = await import('node:fs');
  return readdirSync(path)[0];
}

const product = await Product.start({ args: ['--demo-log', '--demo-speed', '20'] });
try {
  header(`command: WebSocket in -> first byte on the wire, ${count} each`);
  const measured = await commands(product);
  const baseline = await naked(product);
  row('naked NATS request + fenced transaction', baseline);
  row('command, journaled', measured, baseline);
} finally {
  await product.remove();
}
