import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningSimulator, startSimulator } from './run.ts';
import type { TcpPlace } from './tcp-line.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Mill {
  readonly simulator: RunningSimulator;
  log(): readonly { readonly dir: string; readonly line?: string; readonly rt?: string; readonly note?: string; readonly peer?: number }[];
}

async function start(clients: TcpPlace['clients']): Promise<Mill> {
  const folder = await mkdtemp(join(tmpdir(), 'mill-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const log = join(folder, 'wire.jsonl');
  const simulator = await startSimulator({ port: { tcp: 0, clients }, log, control: null, timeFactor: 100, baud: 115_200, name: 'TEST' });
  ends.push(() => simulator.close());
  const lines = () => readFileSync(log, 'utf8').split('\n').slice(0, -1);
  return { simulator, log: () => lines().map(line => JSON.parse(line) as ReturnType<Mill['log']>[number]) };
}

interface Client {
  readonly socket: Socket;
  readonly port: number;
  heard(): string;
}

async function visit({ simulator }: Mill): Promise<Client> {
  if (!('host' in simulator.link)) throw new Error('not on a network');
  const socket = connect(simulator.link);
  let text = '';
  socket.on('data', bytes => {
    text += bytes.toString('latin1');
  });
  socket.on('error', () => {});
  ends.push(async () => void socket.destroy());
  // A refused one may learn of its refusal in the moment it is connected.
  await new Promise<void>(done => {
    socket.once('connect', () => done());
    socket.once('close', () => done());
  });
  return { socket, port: socket.localPort ?? 0, heard: () => text };
}

describe('the simulated mill on a network port', () => {
  it('greets its client with a welcome line without having been reset, and answers', async () => {
    const mill = await start('one');
    const client = await visit(mill);
    await expect.poll(client.heard).toContain("Grbl 1.1h ['$' for help]");
    client.socket.write('$I\n?');
    await expect.poll(client.heard).toMatch(/\[VER:1\.1h\.20190830:TEST\][\s\S]*<Alarm/);
  });

  it('refuses a second client while the first is there, and serves it afterwards', async () => {
    const mill = await start('one');
    const first = await visit(mill);
    await expect.poll(first.heard).toContain('Grbl');
    const second = await visit(mill);
    await expect.poll(() => second.socket.destroyed).toBe(true);
    expect(mill.log().filter(entry => /^refused 127\.0\.0\.1:\d+: another client is connected$/.test(entry.note ?? ''))).toHaveLength(1);
    first.socket.destroy();
    await expect.poll(() => mill.log().some(entry => entry.note?.startsWith(`disconnected 127.0.0.1:${first.port}`))).toBe(true);
    const third = await visit(mill);
    await expect.poll(third.heard).toContain('Grbl');
  });

  it('hears several clients and tells in the log which of them wrote what', async () => {
    const mill = await start('several');
    const [one, two] = [await visit(mill), await visit(mill)];
    one.socket.write('$X\n');
    await expect.poll(two.heard).toContain('ok');
    two.socket.write('!');
    await expect.poll(() => mill.log().some(entry => entry.rt === '0x21')).toBe(true);
    const wrote = mill.log().filter(entry => entry.dir === 'in');
    expect(wrote.map(entry => [entry.peer, entry.line ?? entry.rt])).toEqual([
      [one.port, '$X'],
      [two.port, '0x21'],
    ]);
    const notes = mill.log().map(entry => entry.note);
    expect(notes).toEqual(expect.arrayContaining([`connected 127.0.0.1:${one.port}`, `connected 127.0.0.1:${two.port}`]));
  });

  it('swallows everything behind a black hole, keeps the connection, and listens on its port again after a cut', async () => {
    const mill = await start('one');
    const client = await visit(mill);
    await expect.poll(client.heard).toContain('Grbl');
    await mill.simulator.perform({ verb: 'black_hole' });
    await new Promise<void>(done => client.socket.write('$X\n', () => setTimeout(done, 100)));
    await mill.simulator.perform({ verb: 'restore' });
    client.socket.write('?');
    await expect.poll(client.heard).toContain('<');
    expect(mill.log().filter(entry => entry.line === '$X')).toEqual([]);
    const before = mill.simulator.link;
    await mill.simulator.perform({ verb: 'cut' });
    await expect.poll(() => client.socket.destroyed).toBe(true);
    await mill.simulator.perform({ verb: 'restore' });
    expect(mill.simulator.link).toEqual(before);
    const again = await visit(mill);
    await expect.poll(again.heard).toContain('Grbl');
  });
});
