import { readFileSync } from 'node:fs';
import { lstat, mkdtemp, readlink, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SerialPort } from 'serialport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningSimulator, startSimulator } from './run.ts';

let folder: string;
let simulator: RunningSimulator;
const ports: SerialPort[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mill-'));
  simulator = await startSimulator({
    port: join(folder, 'port'),
    log: join(folder, 'wire.jsonl'),
    control: join(folder, 'control.sock'),
    timeFactor: 100,
    baud: 115_200,
    name: 'TEST MILL',
  });
});
afterEach(async () => {
  for (const port of ports.splice(0)) if (port.isOpen) await new Promise<void>(resolve => port.close(() => resolve()));
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
});

/** The host's end: lines as they come, awaited one by one. */
async function open() {
  const port = new SerialPort({ path: join(folder, 'port'), baudRate: 115_200, autoOpen: false });
  ports.push(port);
  port.on('error', () => {});
  const closed = new Promise<void>(resolve => port.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => port.open(error => (error ? reject(error) : resolve())));
  const lines = createInterface({ input: port })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value as string;
  const until = async (wanted: RegExp) => {
    const seen: string[] = [];
    for (let line = await next(); ; line = await next()) {
      seen.push(line);
      if (wanted.test(line)) return seen;
    }
  };
  return { port, closed, until, write: (data: string | Uint8Array) => void port.write(Buffer.from(data as string)) };
}

interface LogEntry {
  readonly t: number;
  readonly dir: string;
  readonly hex?: string;
  readonly line?: string;
}

function wireLog(): LogEntry[] {
  const text = readFileSync(join(folder, 'wire.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as LogEntry);
}

describe('the simulated mill over a real pseudo terminal', () => {
  it('answers a serial port, 8-bit clean, and logs every byte once', async () => {
    const host = await open();
    host.write('$I\n');
    expect((await host.until(/^ok/)).at(-3)).toBe('[VER:1.1h.20190830:TEST MILL]');
    host.write('$H\n');
    await host.until(/^ok/);
    host.write(Uint8Array.of(0x91, 0x3f));
    expect((await host.until(/^</)).at(-1)).toMatch(/^<Idle\|MPos:-1\.000/);
    expect((await simulator.perform({ verb: 'state' })).overrides).toMatchObject({ feed: 110 });
    const bytes = wireLog()
      .filter(entry => entry.dir === 'in')
      .map(entry => entry.hex)
      .join('');
    expect(bytes).toBe(Buffer.from('$I\n$H\n\x91?', 'latin1').toString('hex'));
  });

  it('takes the time of the baud rate for its answers', async () => {
    const host = await open();
    host.write('$$\n');
    await host.until(/^ok/);
    const out = wireLog().filter(entry => entry.dir === 'out' && entry.line?.startsWith('$'));
    const bytes = out.slice(1).reduce((sum, entry) => sum + (entry.hex?.length ?? 0) / 2, 0);
    const took = (out.at(-1)?.t ?? 0) - (out[0]?.t ?? 0);
    expect(took).toBeGreaterThan((bytes * 10_000) / 115_200 - 0.01);
  });

  it('counts and hashes what it executed', async () => {
    const host = await open();
    host.write('$X\nG21\nG90\n');
    await host.until(/^ok/);
    await host.until(/^ok/);
    await host.until(/^ok/);
    expect(await simulator.perform({ verb: 'executed' })).toMatchObject({ ok: true, count: 2 });
  });

  it('hangs up when the cable is cut, runs on, and keeps the half line for the next connection', async () => {
    const host = await open();
    host.write('$X\nG91\nG1X-1F6000\n');
    for (let i = 0; i < 3; i += 1) await host.until(/^ok/);
    host.write('G1 X-');
    const sent = '$X\nG91\nG1X-1F6000\nG1 X-'.length;
    await expect.poll(async () => (await simulator.perform({ verb: 'state' })).received).toMatchObject({ bytes: sent });
    await simulator.perform({ verb: 'cut' });
    await host.closed;
    await expect(lstat(join(folder, 'port'))).rejects.toThrow();
    await simulator.perform({ verb: 'restore' });
    expect(await readlink(join(folder, 'port'))).toMatch(/^\/dev\/pts\//);
    const again = await open();
    again.write('2 F6000\n');
    await again.until(/^ok/);
    await expect.poll(async () => (await simulator.perform({ verb: 'state' })).mpos).toMatchObject({ x: -3 });
  });

  it('damages, delays and silences what is asked, over its control socket', async () => {
    const host = await open();
    const control = connect(join(folder, 'control.sock'));
    const answers = createInterface({ input: control })[Symbol.asyncIterator]();
    const ask = async (text: string) => {
      control.write(`${text}\n`);
      return JSON.parse((await answers.next()).value as string) as { ok: boolean; error?: string };
    };
    expect((await ask('{"verb":"nonsense"}')).ok).toBe(false);
    expect((await ask('not json')).ok).toBe(false);
    expect(await ask('{"verb":"drop","direction":"out","count":1}')).toEqual({ ok: true });
    host.write('\n');
    expect(await host.until(/^k$/)).toBeDefined();
    await ask('{"verb":"duplicate","direction":"in","count":1}');
    host.write('\n');
    await host.until(/^ok/);
    await host.until(/^ok/);
    await ask('{"verb":"wrong_identity","name":"OTHER"}');
    host.write('$I\n');
    expect((await host.until(/^ok/)).join()).toContain(':OTHER]');
    await ask('{"verb":"dont_answer"}');
    host.write('\n');
    await expect.poll(() => wireLog().filter(entry => entry.line === '').length).toBeGreaterThan(1);
    await ask('{"verb":"answer"}');
    host.write('?');
    expect(await host.until(/./)).toHaveLength(1);
    control.destroy();
  });

  it('comes back from a brown-out with a banner nobody asked for', async () => {
    const host = await open();
    await simulator.perform({ verb: 'reset' });
    expect((await host.until(/unlock/)).join('\n')).toContain("Grbl 1.1h ['$' for help]");
  });
});
