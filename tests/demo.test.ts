import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Summary } from '../statecharts/equipment/status.ts';
import { Person } from './product/api.ts';
import { Product } from './product/product.ts';
import { until } from './product/wait.ts';

let product: Product;
let mara: Person;
let lena: Person;

beforeAll(async () => {
  product = await Product.start({ args: ['--demo-speed', '20'] });
  mara = await product.administrator();
  lena = new Person(product.url, 'laser-1');
  await lena.logIn();
}, 120_000);
afterAll(() => product.remove());

/** A square of 60 mm at full power, in the travel of the demo laser. */
const square = ['G21 G90 G94', 'G0 Z5', 'G0 X0 Y0', 'M3 S700', 'G1 X60 F30', 'G1 Y60', 'G1 X0', 'G1 Y0', 'M5', 'M2'].join('\n');

async function summaries(): Promise<Summary[]> {
  return (await mara.call('GET', '/equipment')).body.items as Summary[];
}

/** S of the laser, as the device said it last. */
async function beam(): Promise<unknown> {
  return (await lena.call('GET', '/equipment/laser-1/telemetry')).body.spindle;
}

test('a first start shows a mill and a laser, both simulated, connected and live', async () => {
  await mara.reaches('connection', 'online');
  await lena.reaches('connection', 'online');
  const shown = await until('both are live', async () => {
    const found = await summaries();
    return found.length === 2 && found.every(({ truth }) => truth === 'live') ? found : undefined;
  });
  expect(shown.map(({ name, simulated }) => [name, simulated]).sort()).toEqual([
    ['Laser 1', true],
    ['Mill 1', true],
  ]);
  expect((await lena.status()).capabilities).toContainEqual({ name: 'laser' });
  expect((await mara.status()).capabilities.find(({ name }) => name === 'laser')?.absent).toBeDefined();
});

test('[EQ120] a beam that a typed line switched on keeps a program from starting, and the way out puts it out', async () => {
  await lena.makeReady();
  const job = await lena.prepare('square.nc', square);
  await lena.must('LOAD_JOB', { job: job.actor.replace('job/', '') });
  await lena.must('SET_MODE', { mode: 'setup' });
  await lena.must('MDI', { line: 'M4 S100' });
  const reason = await until('the beam is known', async () => {
    const { decisions } = await lena.status();
    return decisions.START?.reasons.find(({ code }) => code === 'modes-changed');
  });
  expect(reason.message).toContain('beam switched on (M4)');
  expect(reason.remedy).toMatchObject({ command: 'MDI', args: { line: 'G0 G17 G21 G90 G94 G54 M5' } });
  await lena.must('MDI', { line: String(reason.remedy?.args?.line) });
  await until('the beam is known to be off', async () =>
    (await lena.status()).decisions.START?.reasons.every(({ code }) => !code.startsWith('modes')),
  );
  await lena.must('SET_MODE', { mode: 'processing' });
  await lena.must('UNLOAD_JOB');
  await lena.must('CHECK_OUT');
  await lena.must('ABORT');
  await lena.reaches('execution', 'Aborted');
}, 120_000);

test('[EQ120] a laser runs a program, is dark while it is held, and the mill beside it stays where it is', async () => {
  const mill = (await mara.status()).value;
  await lena.makeReady();
  const job = await lena.prepare('square.nc', square);
  expect(job.check?.problems).toEqual([]);
  await lena.must('LOAD_JOB', { job: job.actor.replace('job/', '') });
  await lena.must('START');
  await lena.reaches('execution', 'Execute');
  await until('the beam burns', async () => (await beam()) === 700, 30_000);
  await lena.must('HOLD');
  await lena.reaches('execution', 'Held');
  await until('the beam is off', async () => (await beam()) === 0, 30_000);
  await lena.must('UNHOLD');
  await until('the beam burns again', async () => (await beam()) === 700, 30_000);
  await lena.must('ABORT');
  await lena.reaches('execution', 'Aborted');
  await until('the beam is off', async () => (await beam()) === 0, 30_000);
  expect((await mara.status()).value).toEqual(mill);
}, 120_000);
