import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectSocket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PeerFiles } from '../../actors/config.ts';
import { type RunningNats, startNats } from '../../actors/launcher/nats.ts';
import { credentialFile } from '../../actors/launcher/nats-users.ts';
import type { LanePress } from '../../actors/stop/protocol.ts';
import { StopLine } from '../../actors/stop/stop-line.ts';
import { realClock } from '../../actors/system/real-ports.ts';
import { TestAuthority } from '../../actors/testing/certificates.ts';
import { ownPort } from '../../actors/testing/own-port.ts';
import { until } from '../../actors/testing/until.ts';
import type { Heartbeat } from '../../actors/transport/envelopes.ts';
import { encodeJson } from '../../actors/transport/messages.ts';
import { splitAddress } from '../../actors/transport/peer-identity.ts';
import { loadSigningKeys, type SigningKeys } from '../auth/signing-keys.ts';
import { shareStopKeys } from '../auth/stop-keys.ts';
import { issueStopPass } from '../auth/tokens.ts';
import { jsonLog } from '../http/log.ts';
import { configOf } from '../testing/workshop.ts';
import { type StopLane, startStopLane } from './lane.ts';

let ours: TestAuthority;
let theirs: TestAuthority;
let files: { readonly lane: PeerFiles; readonly node: PeerFiles };
let nats: RunningNats;
let folder: string;
let keys: SigningKeys;
let lane: StopLane | null = null;
let node: StopLine | null = null;
let address: string;
const presses: LanePress[] = [];
const log: string[] = [];

beforeAll(async () => {
  [ours, theirs] = await Promise.all([TestAuthority.make(), TestAuthority.make()]);
  files = {
    lane: await ours.issue('stop-lane', { usage: 'clientAuth' }),
    node: await ours.issue('node-2', { hosts: ['127.0.0.1'], usage: 'serverAuth' }),
  };
  folder = mkdtempSync(join(tmpdir(), 'wit-far-nodes-'));
  mkdirSync(join(folder, 'run'), { mode: 0o700 });
  keys = await loadSigningKeys(join(folder, 'secrets', 'gateway-keys.json'));
  await shareStopKeys(join(folder, 'run', 'stop-keys.json'), { keys: [{ kid: keys.stop.kid, jwk: keys.stop.publicJwk }] });
  nats = await startNats({ directory: join(folder, 'nats') });
  address = `127.0.0.1:${await ownPort()}`;
}, 60_000);
afterEach(async () => {
  await lane?.close();
  await node?.close();
  [lane, node] = [null, null];
  for (const file of ['stop-lines.json', 'stop-pending.json']) rmSync(join(folder, 'run', file), { force: true });
  presses.length = 0;
  log.length = 0;
});
afterAll(async () => {
  await nats?.stop(2_000);
  ours?.remove();
  theirs?.remove();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** The node of another computer: the real line over a fake driver. */
function startNode(identity = files.node): void {
  node = new StopLine(
    { address, files: identity, clock: realClock, trouble: () => undefined },
    {
      ids: ['mill-2'],
      press: (press, tell) => {
        presses.push(press);
        for (const stage of ['written', 'confirmed'] as const) tell({ stopId: press.stopId, equipment: 'mill-2', stage, ms: 0 });
      },
    },
  );
}

/** A lane that has its files and keys, and no database; `natsUrl` nowhere unless it is given. */
async function startLane(natsUrl = 'nats://127.0.0.1:1', identity: PeerFiles | null = files.lane): Promise<void> {
  const peer = identity && {
    WIT_PEER_CERT_FILE: identity.certFile,
    WIT_PEER_KEY_FILE: identity.keyFile,
    WIT_PEER_CA_FILE: identity.caFile,
  };
  const config = configOf({
    WIT_DATA_DIR: folder,
    WIT_STOP_PORT: '0',
    WIT_NATS_URL: natsUrl,
    WIT_NATS_CREDS: credentialFile(join(folder, 'nats'), 'stop-lane'),
    ...peer,
  });
  lane = await startStopLane({
    config,
    now: Date.now,
    mono: () => performance.now(),
    log: jsonLog('stop-lane', line => log.push(line), Date.now),
  });
}

/** As a lane before this one wrote it down. */
function knowNode(at = address): void {
  const known = { 'node-2': { address: at, equipment: ['mill-2'], heardAt: Date.now() } };
  writeFileSync(join(folder, 'run', 'stop-lines.json'), JSON.stringify(known));
}

async function nodeIsReached(): Promise<boolean> {
  const health = await fetch(`http://127.0.0.1:${lane?.port}/health`);
  return ((await health.json()) as { node: boolean }).node;
}

interface Pressed {
  readonly status: number;
  readonly confirmed: boolean;
  readonly stages: readonly { readonly equipment: string; readonly stage: string }[];
}

async function press(equipment = 'mill-2', stopId: string = randomUUID()): Promise<Pressed> {
  const pass = await issueStopPass({ sub: 'p', sid: 's', name: 'Mara' }, { site: 'main', key: keys.stop, now: Date.now() });
  const response = await fetch(`http://127.0.0.1:${lane?.port}/stop`, {
    method: 'POST',
    headers: { authorization: `Bearer ${pass}` },
    body: JSON.stringify({ equipment, stopId }),
  });
  return { status: response.status, ...((await response.json()) as Omit<Pressed, 'status'>) };
}

async function beat(connection: NatsConnection, change: Partial<Heartbeat>): Promise<void> {
  const about = { node: 'node-2', boot: 'b', monotonicMs: 0, at: Date.now(), types: [], stopSocket: '/elsewhere' };
  const pulse: Heartbeat = { ...about, owns: [{ actor: 'equipment/mill-2', epoch: 1 }], database: { ok: true, since: 0 }, ...change };
  connection.publish('wit.main.node.node-2.heartbeat', encodeJson(pulse));
  await connection.flush();
}

test('[F17] a lane hears of a node over messages, reaches it directly, and after a restart without messages and database still does', async () => {
  startNode();
  await startLane(nats.url);
  const { user, password } = JSON.parse(readFileSync(credentialFile(join(folder, 'nats'), 'node'), 'utf8'));
  const connection = await connect({ servers: nats.url, user, pass: password });
  await until('the node is reached', async () => {
    await beat(connection, { stopLine: address });
    return nodeIsReached();
  });
  const kept = join(folder, 'run', 'stop-lines.json');
  await until('it is written down', () => existsSync(kept) && readFileSync(kept, 'utf8').includes(address));
  await lane?.close();
  await startLane();
  await until('the node is reached again', nodeIsReached);
  expect(await press('all')).toMatchObject({ status: 200, confirmed: true });
  expect(presses).toMatchObject([{ equipment: 'all', by: 'p', byName: 'Mara', pass: 'valid' }]);
  await lane?.close();
  await startLane(nats.url);
  await until('the node that has no line any more is forgotten', async () => {
    await beat(connection, {});
    return readFileSync(kept, 'utf8') === '{}';
  });
  await connection.close();
});

test('[F17] a far line with slow handshakes is a line all the same: nothing is said on it before hello', async () => {
  const far = splitAddress(address);
  startNode();
  let handshakes = 0;
  const slow = createServer(near => {
    handshakes += 1;
    const cable = connectSocket(far);
    near.on('error', () => cable.destroy()).on('close', () => cable.destroy());
    cable.on('error', () => near.destroy()).on('close', () => near.destroy());
    cable.pipe(near);
    // Longer than two pings: what the lane would say meanwhile is said.
    setTimeout(() => near.pipe(cable), 600);
  });
  await new Promise<void>(resolve => slow.listen(0, '127.0.0.1', resolve));
  knowNode(`127.0.0.1:${(slow.address() as AddressInfo).port}`);
  await startLane();
  await until('the node is reached', nodeIsReached);
  expect(await press()).toMatchObject({ status: 200, confirmed: true });
  expect(handshakes).toBe(1);
  await lane?.close();
  await new Promise(resolve => slow.close(resolve));
});

test('[F17] while the other computer is dead: NOT CONFIRMED, the press is kept through a restart of the lane and sent when it is back', async () => {
  knowNode();
  await startLane();
  const stopId = randomUUID();
  const pressed = await press('all', stopId);
  expect(pressed).toMatchObject({ status: 504, confirmed: false });
  expect(pressed.stages).toContainEqual(expect.objectContaining({ equipment: 'mill-2', stage: 'node-silent' }));
  await until('written down', () => readFileSync(join(folder, 'run', 'stop-pending.json'), 'utf8').includes(stopId));
  await lane?.close();
  await startLane();
  startNode();
  await until('sent again', () => presses.some(one => one.stopId === stopId));
});

test.each([
  [
    'that another authority vouches for',
    () => theirs.issue('node-2', { hosts: ['127.0.0.1'] }).then(issued => ({ ...issued, caFile: ours.caFile })),
  ],
  ['whose certificate is for another host', () => ours.issue('node-3', { hosts: ['10.9.8.7', 'node-3'] })],
  ['whose certificate is no server’s', () => ours.issue('gateway', { hosts: ['127.0.0.1'], usage: 'clientAuth' })],
])('[S24] a node %s hears nothing, and the page is told NOT CONFIRMED', async (_title, issue) => {
  startNode(await issue());
  knowNode();
  await startLane();
  await until('the lane has tried', () => log.some(line => line.includes('there is no line to a node')));
  expect(await press()).toMatchObject({ status: 504, confirmed: false });
  expect(await nodeIsReached()).toBe(false);
  expect(presses).toEqual([]);
  expect(log.filter(line => line.includes('there is no line'))).toHaveLength(1);
});

test('[S24] a lane that another authority vouches for is refused by the node, and says NOT CONFIRMED', async () => {
  startNode();
  knowNode();
  const foreign = await theirs.issue('stop-lane');
  await startLane('nats://127.0.0.1:1', { ...foreign, caFile: ours.caFile });
  await until('the lane has tried', () => log.some(line => line.includes('there is no line to a node')));
  expect(await press()).toMatchObject({ status: 504, confirmed: false });
  expect(presses).toEqual([]);
});
