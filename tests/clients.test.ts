import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import mqtt from 'mqtt';
import { connect, type NatsConnection, StringCodec } from 'nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CloudEvent } from '../actors/transport/envelopes.ts';
import type { Person } from './product/api.ts';
import { Product } from './product/product.ts';
import { until } from './product/wait.ts';

const root = resolve(import.meta.dirname, '..');
const program = ['G21 G90 G54', 'G0 Z5', 'G1 X10 F600', 'G1 X0', 'M30'].join('\n');

let product: Product;
let mara: Person;
let user: { user: string; password: string };

beforeAll(async () => {
  product = await Product.start();
  mara = await product.administrator();
  const printed = execFileSync(process.execPath, ['scripts/run.mjs', 'scripts/credential.ts', 'observer', '--json'], {
    cwd: root,
    env: { ...process.env, WIT_DATA_DIR: product.dataDir },
    encoding: 'utf8',
  });
  user = JSON.parse(printed.slice(printed.indexOf('{'))) as { user: string; password: string };
}, 120_000);
afterAll(() => product.remove());

describe('clients that only look', () => {
  test('a NATS client and an MQTT 3.1.1 client see the events of a run', async () => {
    const nats = await connect({ servers: product.endpoints().nats, user: user.user, pass: user.password });
    const seen: CloudEvent[] = [];
    nats.subscribe('wit.*.equipment.*.event.>', {
      callback: (_error, message) => {
        seen.push(JSON.parse(StringCodec().decode(message.data)) as CloudEvent);
      },
    });
    await nats.flush();
    const topics: string[] = [];
    const client = await mqtt.connectAsync(product.endpoints().mqtt, { username: user.user, password: user.password, protocolVersion: 4 });
    client.on('message', topic => topics.push(topic));
    await client.subscribeAsync('wit/main/equipment/mill-1/event/#');
    await run();
    await until(
      'START and the end of the run at the NATS client',
      () => types(seen).includes('START') && types(seen).includes('program.ended'),
    );
    expect(seen.filter(event => event.specversion !== '1.0' || !event.source.endsWith('equipment/mill-1'))).toEqual([]);
    const order = seen.map(event => event.seq);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    await until('the same at the MQTT client', () => topics.some(topic => topic.includes('/event/START')) && topics.length >= seen.length);
    await client.endAsync();
    await nats.close();
  }, 90_000);

  test('the observer can neither publish a command nor read commands', async () => {
    const errors: string[] = [];
    const nats = await connect({ servers: product.endpoints().nats, user: user.user, pass: user.password });
    void watch(nats, errors);
    nats.publish('wit.main.equipment.mill-1.command.ABORT', StringCodec().encode('{}'));
    nats.subscribe('wit.main.equipment.mill-1.command.>', { callback: () => undefined });
    await nats.flush();
    await until('both are refused by the server', () => errors.length >= 2);
    expect(errors.join(' ')).toMatch(/permission/i);
    await nats.close();
  });
});

function types(events: readonly CloudEvent[]): string[] {
  return events.map(event => event.type);
}

async function watch(nats: NatsConnection, errors: string[]): Promise<void> {
  for await (const status of nats.status()) if (String(status.type) === 'error') errors.push(JSON.stringify(status));
}

async function run(): Promise<void> {
  await mara.makeReady();
  const job = await mara.prepare('short.nc', program);
  await mara.must('LOAD_JOB', { job: job.actor.replace('job/', '') });
  await mara.call('POST', '/auth/presence', { equipment: 'mill-1' });
  await mara.must('START');
  await mara.reaches('execution', 'Complete');
}
