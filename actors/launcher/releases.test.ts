import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inboxPrefix } from '../transport/inbox.ts';
import type { Exit } from './bound-process.ts';
import { type RunningNats, startNats } from './nats.ts';
import { credentialFile, natsCredentialSchema } from './nats-users.ts';
import { Releases } from './releases.ts';

const directory = mkdtempSync(join(tmpdir(), 'wit-nats-'));
const heard: { subject: string; boot: string }[] = [];
let nats: RunningNats;
let node: NatsConnection;
let releases: Releases;

beforeAll(async () => {
  nats = await startNats({ directory });
  const { user, password } = natsCredentialSchema.parse(JSON.parse(readFileSync(credentialFile(directory, 'node'), 'utf8')));
  node = await connect({
    servers: nats.url,
    user,
    pass: password,
    inboxPrefix: inboxPrefix(user),
    reconnectTimeWait: 50,
    maxReconnectAttempts: -1,
  });
  node.subscribe('wit.main.node.*.released', {
    callback: (_error, message) => heard.push({ subject: message.subject, ...message.json<{ boot: string }>() }),
  });
  await node.flush();
  const credsFile = credentialFile(directory, 'launcher');
  releases = new Releases({ site: 'main', nodeId: 'n1', natsUrl: nats.url, credsFile, now: () => 1 });
});
afterAll(async () => {
  await releases.close();
  await node.close();
  await nats.stop(5_000);
  rmSync(directory, { recursive: true, force: true });
});

function child(boot: string) {
  let end = (_exit: Exit) => {};
  const exited = new Promise<Exit>(resolve => {
    end = resolve;
  });
  return { end, running: { pid: 1, facts: { ready: true, boot }, exited, stop: async () => {} } };
}

test('[G2] the end of a process is told as soon as it was reaped, and not before', async () => {
  const one = child('boot-1');
  releases.watch(one.running);
  expect(heard).toEqual([]);
  one.end({ code: null, signal: 'SIGKILL' });
  await expect.poll(() => heard).toContainEqual({ subject: 'wit.main.node.n1.released', boot: 'boot-1', at: 1 });
});

test('[G2] what could not be told while the message server was away is told when it is back', async () => {
  await nats.stop(5_000);
  const other = child('boot-2');
  releases.watch(other.running);
  other.end({ code: 1, signal: null });
  nats = await startNats({ directory, natsPort: nats.natsPort });
  await expect.poll(() => heard.map(one => one.boot)).toContain('boot-2');
});

test('[G2] the launcher may say this and nothing else', async () => {
  const { user, password } = natsCredentialSchema.parse(JSON.parse(readFileSync(credentialFile(directory, 'launcher'), 'utf8')));
  const launcher = await connect({ servers: nats.url, user, pass: password, inboxPrefix: inboxPrefix(user) });
  const statuses = launcher.status()[Symbol.asyncIterator]();
  launcher.publish('wit.main.equipment.mill-1.command.START');
  expect(String((await statuses.next()).value?.data)).toMatch(/PERMISSIONS_VIOLATION/);
  await launcher.close();
});
