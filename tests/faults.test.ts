import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { suspend } from '../actors/testing/suspend.ts';
import type { Person } from './product/api.ts';
import { Lane } from './product/lane.ts';
import { MillAtWork } from './product/mill-at-work.ts';
import type { Product } from './product/product.ts';
import { until } from './product/wait.ts';
import { hostBytes, programLines } from './product/wire-log.ts';

let mill: MillAtWork;
let product: Product;
let mara: Person;

beforeAll(async () => {
  mill = await MillAtWork.start({ speed: 8, moves: 400 });
  ({ product, mara } = mill);
}, 120_000);
beforeEach(() => mill.backToIdle(), 90_000);
afterAll(() => product.remove());

const journal = async () => (await mill.journal()).map(event => event.type);
const since = (mark: number) => mill.since(mark);

describe('the gateway is killed in the middle of a job', () => {
  test('[F1] the wire does not notice: the program arrives once, in order, and completes', async () => {
    const mark = product.wire().length;
    const { cleaned } = await mill.startJob();
    const old = mill.kill('gateway');
    await mill.restarted('gateway', old);
    await until('the gateway serves again', async () => (await fetch(`${product.url}/api/v1/system/health`)).ok);
    await mara.reaches('execution', 'Complete', 90_000);
    expect(programLines(since(mark))).toEqual(cleaned);
  }, 120_000);
});

describe('the gateway stands still in the middle of a job', () => {
  test('[F2] the stop lane needs none of it: the stop byte is written and the machine confirms', async () => {
    const lane = new Lane(product.stopPort, product.url, mara.session.stopPass);
    await lane.ready();
    await mill.startJob();
    const gateway = product.pidOf('gateway');
    await suspend(gateway);
    const stopId = lane.press();
    await lane.stage(stopId, ['written']);
    await lane.stage(stopId, ['confirmed']);
    lane.close();
    process.kill(gateway, 'SIGCONT');
    expect((await mara.reaches('stopLatch', 'latched')).stop.stopId).toBe(stopId);
  }, 90_000);
});

describe('the node is killed in the middle of a job', () => {
  test('[F3] no further program byte; the first byte of the restarted node is the hold byte; Aborted, with uncertain lines', async () => {
    await mill.startJob();
    const killedAt = product.wire().at(-1)?.t ?? 0;
    const old = mill.kill('node');
    await mill.restarted('node', old);
    const first = await until('a byte of the restarted node', () =>
      product.wire().find(entry => entry.dir === 'in' && entry.bytes.includes(0x21) && entry.t >= killedAt),
    );
    expect(first.bytes[0]).toBe(0x21);
    const status = await until('the interrupted run is shown', async () => {
      const now = await mara.status();
      return now.run?.result === 'interrupted' && now.value.connection === 'online' && now.value.execution === 'Aborted' ? now : undefined;
    });
    expect(status.run?.sent).toBeGreaterThan(0);
    expect(status.run?.uncertain).toBeDefined();
    const after = product.wire().filter(entry => entry.dir === 'in' && entry.t >= first.t);
    expect(programLines(after)).toEqual([]);
  }, 90_000);
});

describe('the database is killed in the middle of a job', () => {
  test('[F27] the job goes on, other commands are refused with the cause, and the journal has everything once it is back', async () => {
    const mark = product.wire().length;
    const { job, cleaned } = await mill.startJob();
    await product.takeAway('postgres');
    await until('the database is away', async () => (await mara.status()).degraded.some(part => part.code === 'database'));
    const refused = await until('a refusal with the cause', async () => {
      const answer = await mara.command('COMPLETE');
      return answer.body.reasons?.some(reason => reason.code === 'journal-unavailable') ? answer : undefined;
    });
    expect(refused.status).toBeGreaterThanOrEqual(409);
    expect((await mara.tryLogIn('mara', 'correct horse battery')).body.code).toBe('database-away');
    const lines = programLines(product.wire()).length;
    await until('lines flow without the database', () => programLines(product.wire()).length > lines + 5);
    product.bringBack();
    await mara.reaches('execution', 'Complete', 90_000);
    expect(programLines(since(mark))).toEqual(cleaned);
    const types = await until('the journal has the end of the run', async () => {
      const found = await journal();
      return found.includes('program.ended') ? found : undefined;
    });
    expect(types.filter(type => type === 'program.ended').length).toBe(types.filter(type => type === 'START').length);
    await until('the job knows its end', async () => (await mara.job(job)).state === 'complete');
    await until('the degradation is over', async () => (await mara.status()).degraded.length === 0);
  }, 120_000);

  test('[F27] the stop works without the database and stands in the journal afterwards', async () => {
    const lane = new Lane(product.stopPort, product.url, mara.session.stopPass);
    await lane.ready();
    await mill.startJob();
    await product.takeAway('postgres');
    await until('the database is away', async () => (await mara.status()).degraded.some(part => part.code === 'database'));
    const stopId = lane.press();
    await lane.stage(stopId, ['written']);
    await lane.stage(stopId, ['confirmed']);
    lane.close();
    product.bringBack();
    await mara.reaches('stopLatch', 'latched');
    await until('the stop is in the journal', async () => (await journal()).includes('stop.pressed'), 30_000);
    await until('the degradation is over', async () => (await mara.status()).degraded.length === 0);
  }, 120_000);
});

describe('the message server is killed in the middle of a job', () => {
  test('[F19] the job goes on and the command path returns', async () => {
    const mark = product.wire().length;
    const { cleaned } = await mill.startJob();
    const old = mill.kill('nats');
    await mill.restarted('nats', old);
    await mara.reaches('execution', 'Complete', 90_000);
    expect(programLines(since(mark))).toEqual(cleaned);
  }, 120_000);
});

describe('a program hangs in the middle of a job', () => {
  test('[F19] [F34] the message server is killed and comes back, and the run does not notice; the node is left alone', async () => {
    const mark = product.wire().length;
    const { cleaned } = await mill.startJob();
    const { nats = 0, node = 0 } = product.endpoints().processes;
    await suspend(nats);
    await mill.restarted('nats', nats);
    const lines = programLines(since(mark)).length;
    await until('lines flow', () => programLines(since(mark)).length > lines + 10);
    await until('the command path returns', async () => (await mara.command('ABORT')).body.outcome === 'accepted', 30_000);
    const run = programLines(since(mark));
    expect(run).toEqual(cleaned.slice(0, run.length));
    await suspend(node);
    await until('it is said', () => product.output.includes('node (process'), 30_000);
    process.kill(node, 'SIGCONT');
    await until('it answers again', () => product.output.includes('node answers again.'), 30_000);
    expect(product.endpoints().processes.node).toBe(node);
  }, 180_000);
});

describe('the stop lane', () => {
  test('[F17] stops a running job, latches, confirms, and nothing moves until a person released and cleared', async () => {
    const lane = new Lane(product.stopPort, product.url, mara.session.stopPass);
    await lane.ready();
    await mill.startJob();
    const stopId = lane.press();
    await lane.stage(stopId, ['written']);
    await lane.stage(stopId, ['confirmed']);
    const status = await mara.reaches('stopLatch', 'latched');
    expect(status.stop.stopId).toBe(stopId);
    await mara.reaches('execution', 'Aborted');
    const mark = product.wire().length;
    expect((await mara.command('CLEAR')).body.reasons?.map(reason => reason.code)).toContain('stop-latched');
    expect((await mara.command('START')).body.outcome).toBe('refused');
    expect(programLines(since(mark))).toEqual([]);
    lane.close();
  }, 90_000);

  test('[F7] says NOT CONFIRMED when the cable is cut', async () => {
    const lane = new Lane(product.stopPort, product.url, mara.session.stopPass);
    await lane.ready();
    await mill.startJob();
    await simulator('cut');
    await until('the link is lost', async () => (await mara.status()).value.connection !== 'online');
    await lane.stage(lane.press(), ['not-written', 'node-silent']);
    const mark = product.wire().length;
    await simulator('restore');
    await mara.reaches('connection', 'online');
    const bytes = hostBytes(since(mark));
    expect(bytes[0]).toBe(0x21);
    expect(programLines(since(mark))).toEqual([]);
    await until('the stop is carried through', () => hostBytes(since(mark)).includes(0x18));
    expect((await mara.status()).value.stopLatch).toBe('latched');
    // The press came to the node on two ways: neither may claim that a byte was written.
    expect(lane.stages.map(one => one.stage)).not.toContain('written');
    lane.close();
  }, 90_000);

  test('[F17] keeps the latch while the node is down and sends the stop again when it is back', async () => {
    const lane = new Lane(product.stopPort, product.url, mara.session.stopPass);
    await lane.ready();
    await mill.startJob();
    const old = mill.kill('node');
    const stopId = lane.press();
    await lane.stage(stopId, ['not-written', 'node-silent']);
    await mill.restarted('node', old);
    await lane.stage(stopId, ['written'], 15_000);
    expect((await mara.reaches('stopLatch', 'latched')).stop.stopId).toBe(stopId);
    lane.close();
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
