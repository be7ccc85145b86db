import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Person } from './product/api.ts';
import { Lane } from './product/lane.ts';
import { Product } from './product/product.ts';
import { until } from './product/wait.ts';
import { hostBytes, programLines, type WireEntry } from './product/wire-log.ts';

/** Long enough that every fault falls into the run: 600 moves of 10 mm. */
const program = [
  'G21 G90 G54',
  'G0 Z5',
  ...Array.from({ length: 600 }, (_, i) => `G1 X${(i % 2) * 10} Y${(i % 20) * 2} F3000`),
  'M30',
].join('\n');

let product: Product;
let mara: Person;

beforeAll(async () => {
  product = await Product.start({ args: ['--demo-speed', '4', '--demo-log'] });
  mara = await product.administrator();
  await mara.makeReady();
}, 120_000);
afterAll(() => product.remove());

/** Loads and starts the long program, and waits until lines flow. */
async function startJob(): Promise<{ job: string; cleaned: string[] }> {
  const job = await mara.prepare('long.nc', program);
  const id = job.actor.replace('job/', '');
  await mara.must('LOAD_JOB', { job: id });
  await mara.call('POST', '/auth/presence', { equipment: 'mill-1' });
  await mara.must('START');
  const before = programLines(product.wire()).length;
  await until('lines flow', () => programLines(product.wire()).length > before + 10);
  return { job: id, cleaned: program.split('\n') };
}

async function backToIdle(): Promise<void> {
  await mara.reaches('connection', 'online');
  const status = await mara.status();
  if (status.value.stopLatch === 'latched') await mara.must('RELEASE_STOP', { statement: 'I am at the machine' });
  if (status.value.execution?.startsWith('Abort')) {
    await mara.reaches('execution', 'Aborted');
    await mara.must('CLEAR');
    await mara.reaches('execution', 'Stopped');
  }
  if (!(await mara.status()).homed) {
    await mara.must('SET_MODE', { mode: 'setup' });
    await mara.must('HOME');
    await until('homed', async () => (await mara.status()).homed, 30_000);
    await mara.must('SET_MODE', { mode: 'processing' });
  }
  await mara.must('RESET');
  await mara.reaches('execution', 'Idle');
}

function kill(name: string): number {
  const pid = product.endpoints().processes[name];
  if (!pid) throw new Error(`no process ${name} in endpoints.json`);
  process.kill(pid, 'SIGKILL');
  return pid;
}

async function restarted(name: string, old: number): Promise<void> {
  await until(`${name} restarted`, () => product.endpoints().processes[name] !== old && product.endpoints().processes[name]);
}

function since(mark: number): WireEntry[] {
  return product.wire().slice(mark);
}

describe('the gateway is killed in the middle of a job', () => {
  test('[F1] the wire does not notice: the program arrives once, in order, and completes', async () => {
    const mark = product.wire().length;
    const { cleaned } = await startJob();
    const old = kill('gateway');
    await restarted('gateway', old);
    await until('the gateway serves again', async () => (await fetch(`${product.url}/api/v1/system/health`)).ok);
    await mara.reaches('execution', 'Complete', 90_000);
    expect(programLines(since(mark))).toEqual(cleaned);
    await mara.must('RESET');
  }, 120_000);
});

describe('the node is killed in the middle of a job', () => {
  test('[F3] no further program byte; the first byte of the restarted node within 3 s is the hold byte; Aborted, with uncertain lines', async () => {
    await startJob();
    const killedAt = product.wire().at(-1)?.t ?? 0;
    const old = kill('node');
    await restarted('node', old);
    const first = await until('a byte of the restarted node', () =>
      product.wire().find(entry => entry.dir === 'in' && entry.bytes.includes(0x21) && entry.t >= killedAt),
    );
    expect(first.t - killedAt).toBeLessThan(3_000);
    expect(first.bytes[0]).toBe(0x21);
    const status = await until('the interrupted run is shown', async () => {
      const now = await mara.status();
      return now.run?.result === 'interrupted' && now.value.connection === 'online' && now.value.execution === 'Aborted' ? now : undefined;
    });
    expect(status.run?.sent).toBeGreaterThan(0);
    expect(status.run?.uncertain).toBeDefined();
    const after = product.wire().filter(entry => entry.dir === 'in' && entry.t >= first.t);
    expect(programLines(after)).toEqual([]);
    await backToIdle();
  }, 90_000);
});

describe('the database is killed in the middle of a job', () => {
  test('[F27] the job goes on, other commands are refused with the cause, stop works, service returns with the database', async () => {
    const { job } = await startJob();
    const old = kill('postgres');
    const lines = programLines(product.wire()).length;
    await until('more lines flow without the database', () => programLines(product.wire()).length > lines + 20);
    await restarted('postgres', old);
    await mara.reaches('execution', 'Complete', 90_000);
    await until('the journal has the end of the run', async () => {
      const events = (await mara.call('GET', '/equipment/mill-1/events?limit=100')).body as unknown as { items: { type: string }[] };
      return events.items.some(event => event.type === 'program.ended');
    });
    expect((await mara.job(job)).state).toBe('complete');
    await mara.must('RESET');
  }, 120_000);
});

describe('the message server is killed in the middle of a job', () => {
  test('[F19] the job goes on and the command path returns', async () => {
    const mark = product.wire().length;
    const { cleaned } = await startJob();
    const old = kill('nats');
    await restarted('nats', old);
    await mara.reaches('execution', 'Complete', 90_000);
    expect(programLines(since(mark))).toEqual(cleaned);
    await mara.must('RESET');
  }, 120_000);
});

describe('the stop lane', () => {
  test('[F17] stops a running job, latches, confirms, and nothing moves until a person released and cleared', async () => {
    const lane = new Lane(product.stopPort, product.url, mara.session.stopPass);
    await lane.ready();
    await startJob();
    const stopId = lane.press();
    const written = await lane.stage(stopId, ['written']);
    expect(written.ms).toBeLessThan(500);
    await lane.stage(stopId, ['confirmed']);
    const status = await mara.reaches('stopLatch', 'latched');
    expect(status.stop.stopId).toBe(stopId);
    const mark = product.wire().length;
    expect((await mara.command('CLEAR')).body.reasons?.map(reason => reason.code)).toContain('stop-latched');
    expect((await mara.command('START')).body.outcome).toBe('refused');
    expect(programLines(since(mark))).toEqual([]);
    lane.close();
    await backToIdle();
  }, 90_000);

  test('[F7] says NOT CONFIRMED within 500 ms when the cable is cut', async () => {
    const lane = new Lane(product.stopPort, product.url, mara.session.stopPass);
    await lane.ready();
    await startJob();
    await simulator('cut');
    await until('the link is lost', async () => (await mara.status()).value.connection !== 'online');
    const stage = await lane.stage(lane.press(), ['not-written', 'node-silent']);
    expect(stage.afterMs).toBeLessThan(500);
    const mark = product.wire().length;
    await simulator('restore');
    await mara.reaches('connection', 'online');
    const bytes = hostBytes(since(mark));
    expect(bytes[0]).toBe(0x21);
    expect(programLines(since(mark))).toEqual([]);
    expect((await mara.status()).value.stopLatch).toBe('latched');
    lane.close();
    await backToIdle();
  }, 90_000);

  test('[F17] keeps the latch while the node is down and sends the stop again when it is back', async () => {
    const lane = new Lane(product.stopPort, product.url, mara.session.stopPass);
    await lane.ready();
    await startJob();
    const old = kill('node');
    const stopId = lane.press();
    const stage = await lane.stage(stopId, ['not-written', 'node-silent']);
    expect(stage.afterMs).toBeLessThan(500);
    await restarted('node', old);
    await lane.stage(stopId, ['written'], 15_000);
    expect((await mara.reaches('stopLatch', 'latched')).stop.stopId).toBe(stopId);
    lane.close();
    await backToIdle();
  }, 90_000);
});

async function simulator(verb: string): Promise<void> {
  const { connect } = await import('node:net');
  await new Promise<void>((done, fail) => {
    const socket = connect(product.simulatorControl, () => socket.write(`${JSON.stringify({ verb })}\n`));
    socket.once('data', () => {
      socket.end();
      done();
    });
    socket.once('error', fail);
  });
}
