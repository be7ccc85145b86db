import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { connect, type NatsConnection, StringCodec } from 'nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CloudEvent } from '../actors/transport/envelopes.ts';
import type { Person } from './product/api.ts';
import { Product } from './product/product.ts';
import { until } from './product/wait.ts';

const root = resolve(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/nats-and-mqtt.md'), 'utf8');
const program = ['G21 G90 G54', 'G0 Z5', 'G1 X10 F600', 'G1 X0', 'M30'].join('\n');

let product: Product;
let mara: Person;
let user: { user: string; password: string };
/** Inside the tree, where an example finds its packages. */
let folder = '';
const clients: ChildProcess[] = [];

beforeAll(async () => {
  product = await Product.start();
  mara = await product.administrator();
  const printed = execFileSync(process.execPath, ['scripts/run.mjs', 'scripts/credential.ts', 'observer', '--json'], {
    cwd: root,
    env: { ...process.env, WIT_DATA_DIR: product.dataDir },
    encoding: 'utf8',
  });
  user = JSON.parse(printed.slice(printed.indexOf('{'))) as { user: string; password: string };
  folder = mkdtempSync(join(root, 'build/example-'));
}, 120_000);
afterAll(async () => {
  for (const client of clients) client.kill();
  await product.remove();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

describe('clients that only look', () => {
  test('the NATS program and the MQTT 3.1.1 command of the documentation see the events of a run, in order', async () => {
    const seen: CloudEvent[] = [];
    const nats = await listen(pattern(example('sh', 'nats sub')), seen);
    writeFileSync(join(folder, 'client.mjs'), example('js', 'nats.subscribe'));
    const natsProgram = watch(process.execPath, [join(folder, 'client.mjs')]);
    const mqttCommand = watch('/bin/sh', ['-c', `exec ${example('sh', 'mosquitto_sub')}`]);
    await untilHeard(natsProgram, mqttCommand);
    await run();
    await until('the run at the NATS program', () => / START /.test(natsProgram.text) && / program\.ended /.test(natsProgram.text));
    await until(
      'the run at the MQTT command',
      () => /\/event\/START /.test(mqttCommand.text) && /\/event\/program\/ended /.test(mqttCommand.text),
    );
    const events = seen.filter(event => event.specversion === '1.0' && event.source.endsWith('equipment/mill-1'));
    expect(events.map(event => event.type)).toEqual(expect.arrayContaining(['START', 'program.started', 'program.ended']));
    const order = events.map(event => event.seq);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    await nats.close();
  }, 90_000);

  test('the observer can neither publish a command nor read commands', async () => {
    const errors: string[] = [];
    const nats = await connect({ servers: product.endpoints().nats, user: user.user, pass: user.password });
    void collectErrors(nats, errors);
    nats.publish('wit.main.equipment.mill-1.command.ABORT', StringCodec().encode('{}'));
    nats.subscribe('wit.main.equipment.mill-1.command.>', { callback: () => undefined });
    await nats.flush();
    await until('both are refused by the server', () => errors.length >= 2);
    expect(errors.join(' ')).toMatch(/permission/i);
    await nats.close();
  });
});

/** The code block of the page that contains `word`. */
function example(language: string, word: string): string {
  const blocks = [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(match => match[1] ?? '');
  const found = blocks.filter(block => block.includes(word));
  if (found.length !== 1) throw new Error(`${found.length} examples with ${word} on the page`);
  return found[0] ?? '';
}

/** What a command line subscribes to: its word in single quotes. */
function pattern(command: string): string {
  return /'([^']+)'/.exec(command)?.[1] ?? '';
}

async function listen(subject: string, seen: CloudEvent[]): Promise<NatsConnection> {
  const nats = await connect({ servers: product.endpoints().nats, user: user.user, pass: user.password });
  nats.subscribe(subject, { callback: (_error, message) => seen.push(JSON.parse(StringCodec().decode(message.data)) as CloudEvent) });
  await nats.flush();
  return nats;
}

/** Runs an example with the variables it names, and collects what it prints. */
function watch(command: string, args: readonly string[]): { readonly text: string } {
  const { nats, mqtt } = product.endpoints();
  const env = { ...process.env, NATS_URL: nats, MQTT_PORT: new URL(mqtt).port, USER_NAME: user.user, PASSWORD: user.password };
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  clients.push(child);
  const heard = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      heard.text += chunk;
    });
  return heard;
}

/** Both are connected once they hear of a command; CHECK_OUT without control is refused, which is an event too. */
async function untilHeard(...all: readonly { readonly text: string }[]): Promise<void> {
  await until(
    'both clients hear an event',
    async () => {
      await mara.command('CHECK_OUT');
      return (
        all.every(client => /command[./]refused/.test(client.text)) || Promise.reject(new Error(all.map(client => client.text).join('\n')))
      );
    },
    30_000,
  );
}

async function collectErrors(nats: NatsConnection, errors: string[]): Promise<void> {
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
