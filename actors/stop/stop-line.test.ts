import { cpSync } from 'node:fs';
import { createServer } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PeerFiles } from '../config.ts';
import { TestAuthority } from '../testing/certificates.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { ownPort } from '../testing/own-port.ts';
import { until } from '../testing/until.ts';
import { readPeerIdentity } from '../transport/peer-identity.ts';
import type { LanePress } from './protocol.ts';
import { StopLine } from './stop-line.ts';

let ours: TestAuthority;
let theirs: TestAuthority;
let node: PeerFiles;
let lane: PeerFiles;
let port: number;
let line: StopLine;
let clock: ManualClock;
let told: (string | null)[];
const presses: LanePress[] = [];
const open: TLSSocket[] = [];

beforeAll(async () => {
  [ours, theirs] = await Promise.all([TestAuthority.make(), TestAuthority.make()]);
  [node, lane] = await Promise.all([ours.issue('node-1', { hosts: ['127.0.0.1'] }), ours.issue('lane', { usage: 'clientAuth' })]);
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await line?.close();
  presses.length = 0;
});
afterAll(() => {
  ours?.remove();
  theirs?.remove();
});

const press: LanePress = { stopId: 'stop-1', equipment: 'all', by: 'p', byName: 'Mara', pass: 'valid', at: 0 };

async function listen(files = node): Promise<void> {
  port ??= await ownPort();
  clock = new ManualClock();
  told = [];
  line = new StopLine(
    { address: `127.0.0.1:${port}`, files, clock, trouble: sentence => told.push(sentence) },
    { ids: ['mill-1'], press: pressed => presses.push(pressed) },
  );
  await until('it has tried', () => told.length > 0);
}

/** What becomes of somebody who dials, says hello, presses and pings. */
async function dial(options: ConnectionOptions, frames: unknown[] = [{ hello: 'stop-lane' }, press, { ping: 1 }]): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, ...options });
  open.push(socket);
  for (const frame of frames) socket.write(`${JSON.stringify(frame)}\n`);
  return new Promise(resolve => {
    socket.once('data', data => resolve(String(data).trim()));
    socket.once('error', error => resolve(`refused: ${'code' in error ? String(error.code) : error.message}`));
    socket.once('close', () => resolve('closed'));
  });
}

describe('the line for stop lanes of other computers', () => {
  test('[S24] a lane with a certificate of this workshop presses, and hears what is owned', async () => {
    await listen();
    expect(told).toEqual([null]);
    expect(await dial(await readPeerIdentity(lane))).toBe('{"pong":1,"equipment":["mill-1"]}');
    expect(presses).toEqual([press]);
  });

  test('[S24] without a certificate, with one of another authority, of the wrong kind, or with an older TLS nobody gets through', async () => {
    await listen();
    const { cert, key, ca } = await readPeerIdentity(lane);
    const foreign = await readPeerIdentity(await theirs.issue('lane'));
    const server = await readPeerIdentity(await ours.issue('server-only', { usage: 'serverAuth' }));
    const strangers: ConnectionOptions[] = [
      { ca },
      { ca, cert: foreign.cert, key: foreign.key },
      { ca, cert: server.cert, key: server.key },
      { ca, cert, key, maxVersion: 'TLSv1.2' },
    ];
    for (const stranger of strangers) expect(await dial(stranger)).toMatch(/^(refused|closed)/);
    expect(presses).toEqual([]);
    expect(await dial({ ca, cert, key })).toContain('pong');
  });

  test('[S24] whoever does not say hello first is closed', async () => {
    await listen();
    expect(await dial(await readPeerIdentity(lane), [press, { ping: 1 }])).toBe('closed');
    expect(presses).toEqual([]);
  });

  test('[S24] a certificate that was replaced is taken up without a restart, and people are told in time that one ends', async () => {
    const files = await ours.issue('replaced', { hosts: ['127.0.0.1'] });
    await listen(files);
    clock.stepWall(Date.now());
    clock.advance(10_000);
    await until('it is told', () => /ends on .*: put a new one in its place/.test(told.at(-1) ?? ''));
    expect(await dial(await readPeerIdentity(lane))).toContain('pong');
    await ours.issue('replaced', { hosts: ['127.0.0.1'], days: 90 });
    clock.advance(10_000);
    await until('it is over', () => told.at(-1) === null);
    const socket = connect({ host: '127.0.0.1', port, ...(await readPeerIdentity(lane)) });
    open.push(socket);
    await until('the new one is shown', () => Date.parse(socket.getPeerCertificate().valid_to) - Date.now() > 80 * 86_400_000);
  });

  test('[F17] a node whose line cannot be opened says so, and opens it as soon as it can', async () => {
    port = await ownPort();
    const holder = createServer();
    await new Promise<void>(resolve => holder.listen(port, '127.0.0.1', resolve));
    await listen();
    expect(told.at(-1)).toMatch(/^The line for stop lanes of other computers \(127\.0\.0\.1:\d+\) cannot be used: .*EADDRINUSE/);
    await new Promise(resolve => holder.close(resolve));
    clock.advance(1_000);
    await until('it is over', () => told.at(-1) === null);
    const missing = { ...node, certFile: `${node.certFile}.later` };
    await line.close();
    await listen(missing);
    expect(told.at(-1)).toMatch(/cannot be used: ENOENT/);
    cpSync(node.certFile, missing.certFile);
    clock.advance(1_000);
    await until('it is over', () => told.at(-1) === null);
    expect(await dial(await readPeerIdentity(lane))).toContain('pong');
  });
});
