import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { connect, type NatsConnection, StringCodec } from 'nats';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inboxPrefix } from '../transport/inbox.ts';
import { type RunningNats, startNats } from './nats.ts';
import { reloadNatsUsers } from './nats-config.ts';
import { addObserver, credentialFile, type NatsCredential, natsCredentialSchema } from './nats-users.ts';

const text = StringCodec();
let folder: string;
let server: RunningNats;
let open: NatsConnection[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wit-nats-test-'));
  open = [];
  server = await startNats({ directory: folder });
});
afterEach(async () => {
  for (const connection of open) await connection.close();
  await server.stop(5_000);
  rmSync(folder, { recursive: true, force: true });
});

function credential(role: 'node' | 'gateway' | 'stop-lane'): NatsCredential {
  return natsCredentialSchema.parse(JSON.parse(readFileSync(credentialFile(folder, role), 'utf8')));
}

async function login(who: NatsCredential, timeout = 20_000): Promise<NatsConnection> {
  const connection = await connect({
    servers: server.url,
    user: who.user,
    pass: who.password,
    inboxPrefix: inboxPrefix(who.user),
    timeout,
  });
  open.push(connection);
  return connection;
}

async function permissionError(connection: NatsConnection, attempt: () => void): Promise<string> {
  const statuses = connection.status()[Symbol.asyncIterator]();
  attempt();
  const { value } = await statuses.next();
  return String(value?.data);
}

describe('the embedded NATS server', () => {
  it('keeps credentials and configuration for their owner alone', () => {
    for (const file of [credentialFile(folder, 'node'), join(folder, 'server.json')]) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('refuses a client without a user', async () => {
    await expect(connect({ servers: server.url })).rejects.toThrow(/Authorization Violation/);
  });

  it('lets a gateway ask and a node answer', async () => {
    const node = await login(credential('node'));
    const gateway = await login(credential('gateway'));
    node.subscribe('wit.main.equipment.mill-1.command.*', { callback: (_error, message) => message.respond(text.encode('accepted')) });
    await node.flush();
    const reply = await gateway.request('wit.main.equipment.mill-1.command.START', text.encode('{}'), { timeout: 30_000 });
    expect(text.decode(reply.data)).toBe('accepted');
  });

  it('lets a node make and fill the streams and a gateway read the last status', async () => {
    const node = await login(credential('node'));
    const gateway = await login(credential('gateway'));
    const manager = await node.jetstreamManager();
    await manager.streams.add({ name: 'STATUS', subjects: ['wit.*.*.*.status'], max_msgs_per_subject: 1 });
    await node.jetstream().publish('wit.main.equipment.mill-1.status', text.encode('{"v":1}'));
    const consumer = await (await gateway.jetstream()).consumers.get('STATUS', { filterSubjects: 'wit.main.equipment.mill-1.status' });
    const message = await consumer.next({ expires: 2_000 });
    expect(message?.string()).toBe('{"v":1}');
  });

  it.each([
    ['gateway', 'wit.main.equipment.mill-1.status'],
    ['node', 'wit.main.equipment.mill-1.command.START'],
    ['stop-lane', 'wit.main.equipment.mill-1.command.START'],
    ['gateway', 'wit.main.job.job-1.word'],
    ['gateway', '$JS.API.STREAM.DELETE.EVENTS'],
  ] as const)('forbids %s to publish %s', async (role, subject) => {
    const connection = await login(credential(role));
    expect(await permissionError(connection, () => connection.publish(subject, text.encode('x')))).toMatch(/PERMISSIONS_VIOLATION/);
  });

  it('takes up an observer while it runs, who hears events but no commands and publishes nothing', async () => {
    const gateway = await login(credential('gateway'));
    const node = await login(credential('node'));
    const observer = addObserver(folder, 'shop');
    expect(reloadNatsUsers(folder, folder, 'main')).toBe(true);
    const seen: string[] = [];
    const watcher = await untilAccepted(observer);
    watcher.subscribe('wit.>', { callback: (_error, message) => seen.push(message.subject) });
    await watcher.flush();
    gateway.publish('wit.main.equipment.mill-1.command.START');
    await gateway.flush();
    node.publish('wit.main.equipment.mill-1.event.started');
    await expect.poll(() => seen).toEqual(['wit.main.equipment.mill-1.event.started']);
    expect(await permissionError(watcher, () => watcher.publish('wit.main.equipment.mill-1.command.START'))).toMatch(
      /PERMISSIONS_VIOLATION/,
    );
  });

  it('shows an observer the same over MQTT 3.1.1', async () => {
    const node = await login(credential('node'));
    const observer = addObserver(folder, 'panel');
    reloadNatsUsers(folder, folder, 'main');
    await untilAccepted(observer);
    const client = await mqtt.connectAsync(server.mqttUrl, { protocolVersion: 4, username: observer.user, password: observer.password });
    const topics: string[] = [];
    client.on('message', topic => topics.push(topic));
    await client.subscribeAsync('wit/#');
    node.publish('wit.main.equipment.mill-1.event.started', text.encode('{}'));
    await expect.poll(() => topics).toEqual(['wit/main/equipment/mill-1/event/started']);
    await client.endAsync();
  });

  it('comes back on its ports after being killed, and ends a server left on the same folder', async () => {
    process.kill(server.pid, 'SIGKILL');
    await server.exited;
    const { natsPort, mqttPort } = server;
    server = await startNats({ directory: folder, natsPort, mqttPort });
    expect(server.natsPort).toBe(natsPort);
    const left = server;
    server = await startNats({ directory: folder });
    expect(await left.exited).toBeDefined();
  });
});

/** The server takes up new users within moments after the signal; a log-in it meets in that very moment it leaves without an answer. */
async function untilAccepted(who: NatsCredential): Promise<NatsConnection> {
  return vi.waitFor(() => login(who, 1_000), { timeout: 30_000 });
}
