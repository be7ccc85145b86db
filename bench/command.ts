import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NatsConnection, connect as natsConnect } from 'nats';
import pg from 'pg';
import { inboxPrefix } from '../actors/transport/inbox.ts';
import type { Person } from '../tests/product/api.ts';
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
  const samples: number[] = [];
  for (let i = 0; i < count; i++) samples.push(await oneCommand(product, { person, client, line: `F${1000 + i}` }));
  client.close();
  return distribution(samples);
}

/** Sent when the machine rests, so that no command waits for the one before; the next begins after this one's end was reported. */
async function oneCommand(
  product: Product,
  { person, client, line }: { person: Person; client: LiveClient; line: string },
): Promise<number> {
  const status = await until('the machine rests', async () => {
    const now = await person.status();
    return now.value.mode === 'setup.ready' || now.value.mode === 'setup' ? now : undefined;
  });
  const { epoch, decisionSeq } = status;
  const args = { line };
  const sent = machineMs();
  client.send({
    type: 'command',
    equipment: 'mill-1',
    id: crypto.randomUUID(),
    command: 'MDI',
    args,
    seen: { epoch, decisionSeq, at: Date.now() },
    ttlMs: 3_000,
  });
  const first = await until(`${line} on the wire`, () =>
    product.wire().findLast(entry => entry.dir === 'in' && entry.bytes.toString('latin1').startsWith(line)),
  );
  return first.t - sent;
}

async function naked(product: Product): Promise<Distribution> {
  const secret = (name: string) => readFileSync(join(product.dataDir, 'secrets', name), 'utf8').trim();
  const asked = await connectAs(product, 'node', secret('nats-node.json'));
  const asking = await connectAs(product, 'gateway', secret('nats-gateway.json'));
  const database = new pg.Client({ host: product.endpoints().database, user: 'wit', database: 'wit', password: secret('database') });
  await database.connect();
  await database.query(
    'create temp table bench_actor (id text primary key, epoch int, seq int); create temp table bench_event (seq int, data jsonb)',
  );
  await database.query("insert into bench_actor values ('a', 1, 0)");
  const subject = 'wit.main.equipment.bench.command.PING';
  asked.subscribe(subject, { callback: (_error, message) => message.respond(message.data) });
  await asked.flush();
  const samples = await onFixedClock(count, 100, async i => {
    const t = machineMs();
    await asking.request(subject, new Uint8Array(400));
    await database.query('begin');
    await database.query("update bench_actor set seq = seq + 1 where id = 'a' and epoch = 1 and seq = $1", [i]);
    await database.query('insert into bench_event values ($1, $2)', [i, JSON.stringify({ i })]);
    await database.query('commit');
    return machineMs() - t;
  });
  await asking.close();
  await asked.close();
  await database.end();
  return distribution(samples);
}

function connectAs(product: Product, role: string, account: string): Promise<NatsConnection> {
  const { user, password } = JSON.parse(account) as { user: string; password: string };
  return natsConnect({ servers: product.endpoints().nats, user, pass: password, inboxPrefix: inboxPrefix(role) });
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
