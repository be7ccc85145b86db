import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { ownPort } from '../actors/testing/own-port.ts';
import type { Person } from '../tests/product/api.ts';
import { LiveClient } from '../tests/product/live.ts';
import { Product } from '../tests/product/product.ts';
import { until } from '../tests/product/wait.ts';
import { readWireLog, type WireEntry } from '../tests/product/wire-log.ts';
import { startHogs } from './hogs.ts';
import { type Distribution, distribution, header, machineMs, onFixedClock, row } from './measure.ts';

/**
 * Stop: frame handed to the stop lane's socket -> stop byte on the wire, read off the simulator's log on the clock that all processes
 * share. Baseline in the same run: a naked uWebSockets.js server that writes the byte to the same kind of pty.
 */
const presses = Number(process.argv[2] ?? 100);
const everyMs = 100;

interface Target {
  /** Sends one press and returns the time it was handed over, on the machine's clock. */
  press(): number;
  wire(): WireEntry[];
}

async function measure(target: Target): Promise<Distribution> {
  const sent = await onFixedClock(presses, everyMs, async () => target.press());
  await until('every stop byte in the log', () => holds(target.wire()).filter(t => t >= (sent[0] ?? 0)).length >= presses, 20_000);
  const bytes = holds(target.wire()).filter(t => t >= (sent[0] ?? 0));
  return distribution(sent.map((t, i) => (bytes[i] ?? Number.NaN) - t));
}

function holds(entries: readonly WireEntry[]): number[] {
  return entries.filter(entry => entry.dir === 'in' && entry.bytes.includes(0x21)).map(entry => entry.t);
}

async function openSocket(url: string, origin?: string): Promise<WebSocket> {
  const socket = new WebSocket(url, origin ? { origin } : {});
  await new Promise((done, fail) => {
    socket.once('open', done);
    socket.once('error', fail);
  });
  return socket;
}

async function nakedTarget(folder: string): Promise<Target & { end(): void }> {
  const port = await ownPort();
  const log = join(folder, 'naked.wire.jsonl');
  const path = join(folder, 'naked');
  const children: ChildProcess[] = [];
  const simulator = spawn(process.execPath, ['build/machines/grbl/simulator.mjs', '--port', path, '--log', log], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(simulator);
  await new Promise(done => simulator.stdout?.once('data', done));
  const server = spawn(process.execPath, ['scripts/run.mjs', 'bench/naked-stop-server.ts', String(port), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(server);
  await new Promise(done => server.stdout?.once('data', done));
  const socket = await openSocket(`ws://127.0.0.1:${port}/`);
  return {
    press: () => {
      const t = machineMs();
      socket.send('stop');
      return t;
    },
    wire: () => readWireLog(log),
    end: () => {
      socket.close();
      for (const child of children) child.kill('SIGTERM');
    },
  };
}

async function laneTarget(product: Product, person: Person): Promise<Target> {
  const socket = await openSocket(`ws://127.0.0.1:${product.stopPort}/`, product.url);
  const ready = new Promise(done => socket.once('message', done));
  socket.send(JSON.stringify({ pass: person.session.stopPass }));
  await ready;
  return {
    press: () => {
      const t = machineMs();
      socket.send(JSON.stringify({ stopId: crypto.randomUUID(), equipment: 'mill-1' }));
      return t;
    },
    wire: () => product.wire(),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'wit-bench-'));
const product = await Product.start({ args: ['--demo-log'] });
const naked = await nakedTarget(folder);
try {
  const person = await product.administrator();
  await person.reaches('connection', 'online');
  const lane = await laneTarget(product, person);
  header(`stop: lane socket -> byte on the wire, ${presses} presses each on a clock of ${everyMs} ms`);
  const idle = await measure(naked);
  row('naked WebSocket -> pty, idle', idle);
  const laneIdle = await measure(lane);
  row('stop lane, idle', laneIdle, idle);

  const endHogs = startHogs(4);
  const hogged = await measure(naked);
  row('naked WebSocket -> pty, 4 CPU hogs', hogged);
  row('stop lane, 4 CPU hogs', await measure(lane), hogged);
  endHogs();

  const clients = await Promise.all(Array.from({ length: 200 }, () => LiveClient.open(product.url, person)));
  for (const client of clients) client.subscribe(['equipment/mill-1/telemetry', 'equipment/mill-1/status', 'equipment/mill-1/wire']);
  const fanned = await measure(lane);
  row('stop lane, 200 browsers (same machine)', fanned, laneIdle);
  for (const client of clients) client.close();
} finally {
  naked.end();
  await product.remove();
  rmSync(folder, { recursive: true, force: true });
}
