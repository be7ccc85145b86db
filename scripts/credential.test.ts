import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { connect, type NatsConnection } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bound, foreignEnvironment, type RunningProgram, startProgram } from '../actors/launcher/bound-process.ts';
import { findNatsServer } from '../actors/launcher/nats.ts';
import { ownPort } from '../actors/testing/own-port.ts';
import { inboxPrefix } from '../actors/transport/inbox.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'wit-roles-'));
const secrets = join(folder, 'secrets');
let server: RunningProgram;
let url: string;

function makeRoles(): Promise<unknown> {
  const env = { ...process.env, WIT_SITE: 'north' };
  return run(process.execPath, ['scripts/run.mjs', 'scripts/credential.ts', 'roles', secrets], { cwd: root, env });
}

/** The server of somebody who included the file in a configuration of his own. */
beforeAll(async () => {
  mkdirSync(secrets, { mode: 0o700 });
  await makeRoles();
  const port = await ownPort();
  url = `nats://127.0.0.1:${port}`;
  writeFileSync(join(folder, 'server.conf'), `listen: "127.0.0.1:${port}"\ninclude secrets/nats-users.conf\n`);
  const line = bound([findNatsServer(foreignEnvironment().PATH ?? ''), '-c', join(folder, 'server.conf')], 'SIGTERM');
  server = startProgram({ line, logFile: join(folder, 'nats.log'), stopSignal: 'SIGTERM' });
}, 60_000);
afterAll(async () => {
  await server?.stop(1_000);
  rmSync(folder, { recursive: true, force: true });
});

function passwordOf(role: string): string {
  return JSON.parse(readFileSync(join(secrets, `nats-${role}.json`), 'utf8')).password;
}

async function logIn(role: string): Promise<NatsConnection> {
  const how = { user: role, pass: passwordOf(role), inboxPrefix: inboxPrefix(role) };
  return connect({ servers: url, ...how, waitOnFirstConnect: true, maxReconnectAttempts: 100, reconnectTimeWait: 100 });
}

test('[S24] a server of one’s own takes the users of the site, each with its permissions and no more', async () => {
  const [node, gateway] = await Promise.all([logIn('node'), logIn('gateway')]);
  const heard: string[] = [];
  gateway.subscribe('wit.north.*.*.status', { callback: (_error, message) => heard.push(message.subject) });
  await gateway.flush();
  // What a gateway may not say is dropped by the server; what follows on the same connection arrives, so the wait is over by then.
  gateway.publish('wit.north.equipment.mill-1.status', '{}');
  await gateway.flush();
  node.publish('wit.north.equipment.mill-2.status', '{}');
  node.publish('wit.south.equipment.mill-3.status', '{}');
  node.publish('wit.north.equipment.mill-4.status', '{}');
  await node.flush();
  await expect.poll(() => heard).toEqual(['wit.north.equipment.mill-2.status', 'wit.north.equipment.mill-4.status']);
  await Promise.all([node.close(), gateway.close()]);
});

test('[S24] nobody else may read the files, and made again they keep their passwords', async () => {
  const files = ['nats-users.conf', 'nats-node.json', 'nats-gateway.json', 'nats-stop-lane.json'];
  expect(files.map(file => statSync(join(secrets, file)).mode & 0o077)).toEqual(files.map(() => 0));
  const before = passwordOf('node');
  await makeRoles();
  expect(passwordOf('node')).toBe(before);
});
