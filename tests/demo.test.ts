import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Summary } from '../statecharts/equipment/status.ts';
import { Person } from './product/api.ts';
import { Lane } from './product/lane.ts';
import { Product } from './product/product.ts';
import { until } from './product/wait.ts';

let product: Product;
let mara: Person;
let lena: Person;
/** At the extractor. */
let ines: Person;

beforeAll(async () => {
  product = await Product.start({ args: ['--demo-speed', '20'] });
  mara = await product.administrator();
  lena = new Person(product.url, 'laser-1');
  await lena.logIn();
  ines = new Person(product.url, 'extractor-1');
  await ines.logIn();
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

/** The contact of the extractor's relay, as the simulated relay itself has it. */
function contact(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(join(product.dataDir, 'run/extractor-1.control'), () => socket.write('{"verb":"state"}\n'));
    socket.once('error', reject);
    socket.once('data', text => {
      socket.destroy();
      resolve((JSON.parse(String(text)) as { on: unknown }).on);
    });
  });
}

test('a first start shows a mill, a laser and an extractor, all simulated, connected and live', async () => {
  for (const person of [mara, lena, ines]) await person.reaches('connection', 'online');
  const shown = await until('all are live', async () => {
    const found = await summaries();
    return found.length === 3 && found.every(({ truth }) => truth === 'live') ? found : undefined;
  });
  expect(shown.map(({ name, simulated }) => [name, simulated]).sort()).toEqual([
    ['Extractor', true],
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
    const { reasons } = await lena.status();
    return reasons.find(({ code }) => code === 'modes-changed');
  });
  expect(reason.message).toContain('beam switched on (M4)');
  expect(reason.remedy).toMatchObject({ command: 'MDI', args: { line: 'G0 G17 G21 G90 G94 G54 M5' } });
  await lena.must('MDI', { line: String(reason.remedy?.args?.line) });
  await until('the beam is known to be off', async () => (await lena.status()).reasons.every(({ code }) => !code.startsWith('modes')));
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
  const unarmed = await lena.command('START');
  expect(unarmed.body.reasons?.map(({ code }) => code)).toEqual(['not-armed']);
  await lena.must('ARM_LASER');
  await lena.reaches('beam', 'armed');
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
  await lena.reaches('beam', 'disarmed');
  await until('the beam is off', async () => (await beam()) === 0, 30_000);
  expect((await mara.status()).value).toEqual(mill);
}, 120_000);

test('[EQ140] the extractor is switched by whoever has it, shown as its contact reads back, and switched off by the stop', async () => {
  expect((await ines.status()).value).toMatchObject({ execution: 'Aborted', output: 'off' });
  await ines.must('CHECK_IN');
  await ines.must('CLEAR');
  await ines.reaches('execution', 'Stopped');
  await ines.must('SWITCH_ON');
  await ines.reaches('output', 'on');
  expect(await contact()).toBe(true);
  expect((await summaries()).find(({ name }) => name === 'Extractor')?.detail).toBe('Switched on');
  await ines.must('SWITCH_OFF');
  await ines.reaches('output', 'off');
  await ines.must('SWITCH_ON');
  await ines.reaches('output', 'on');
  const lane = new Lane(product.stopPort, product.url, ines.session.stopPass);
  await lane.ready();
  await lane.stage(lane.press('extractor-1'), ['confirmed']);
  lane.close();
  // Confirmed is what was read back, so the contact is open by now.
  expect(await contact()).toBe(false);
  const { value } = await ines.reaches('execution', 'Aborted');
  expect(value).toMatchObject({ output: 'off', stopLatch: 'latched' });
  const refused = await ines.command('SWITCH_ON');
  expect(refused.body.reasons?.map(({ code }) => code)).toContain('stop-latched');
}, 120_000);
