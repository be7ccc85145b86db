import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../machines/grbl/simulator/run.ts';
import type { Node } from './node.ts';
import { readEvents, verifyChain } from './storage/journal.ts';
import { until } from './testing/until.ts';
import { Workshop } from './testing/workshop.ts';

let shop: Workshop;
let simulator: RunningSimulator;
let node: Node;

interface WireEntry {
  readonly dir: string;
  readonly line?: string;
  readonly rt?: string;
}
const wire = () =>
  readFileSync(join(shop.dataDir, 'wire.jsonl'), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as WireEntry)
    .filter(entry => entry.dir === 'in');
const linesOnWire = () => wire().flatMap(entry => (entry.line === undefined ? [] : [entry.line]));
const region = (name: string) => shop.status('mill-1')?.value[name];
const seen = () => {
  const { epoch = 0, decisionSeq = 0, at = 0 } = shop.status('mill-1') ?? {};
  return { epoch, decisionSeq, at };
};
const ask = (command: string, args: object = {}, more: Record<string, unknown> = {}) => shop.gateway.command('mill-1', command, args, more);
const accepted = async (command: string, args: object = {}) =>
  expect(await ask(command, args)).toMatchObject({ outcome: 'accepted', reasons: [] });
const becomes = (name: string, state: string) => until(`${name} ${state}, not ${region(name)}`, () => region(name) === state, 20_000);

/** From Aborted to a homed, idle mill in processing mode. */
async function makeReady(): Promise<void> {
  await accepted('CLEAR');
  await becomes('execution', 'Stopped');
  await accepted('RESET');
  await becomes('execution', 'Idle');
  if (region('occupancy') === 'free') await accepted('CHECK_IN');
  if (region('mode') !== 'setup.ready') await accepted('SET_MODE', { mode: 'setup' });
  await accepted('HOME');
  await until('homed', () => shop.status('mill-1')?.homed && region('mode') === 'setup.ready', 30_000);
  await accepted('SET_MODE', { mode: 'processing' });
  await until('the mill rests', () => !reasonsAgainst('START').includes('device-not-idle'));
}

/** What the published status says against a command. */
function reasonsAgainst(command: 'START' | 'MDI'): string[] {
  return shop.status('mill-1')?.decisions[command].reasons.map(reason => reason.code) ?? [];
}

async function startJob(program: string): Promise<string> {
  const { job, outcome } = await shop.createJob('mill-1', program);
  expect(outcome).toMatchObject({ outcome: 'accepted' });
  await until('checked', () => ['ready', 'refused'].includes(shop.jobStatus(job)?.state ?? ''));
  expect(shop.jobStatus(job)).toMatchObject({ state: 'ready', check: { ok: true } });
  await accepted('LOAD_JOB', { job });
  await until('the new state is published', () => shop.status('mill-1')?.job?.id === job);
  expect(await ask('START', {}, { seen: seen() })).toMatchObject({ outcome: 'accepted', reasons: [] });
  return job;
}

beforeAll(async () => {
  shop = await Workshop.open();
  const port = join(shop.dataDir, 'port');
  simulator = await startSimulator({
    port,
    log: join(shop.dataDir, 'wire.jsonl'),
    control: null,
    timeFactor: 50,
    baud: 0,
    name: 'TEST MILL',
  });
  await shop.addMill('mill-1', { path: port, simulated: true });
  node = await shop.startNode();
});
afterAll(async () => {
  await node?.close();
  await simulator?.close();
  await shop?.close();
});

test('a mill on a pseudo terminal comes online and its status is published', async () => {
  await becomes('connection', 'online');
  expect(region('execution')).toBe('Aborted');
  expect(shop.status('mill-1')).toMatchObject({ simulated: true, node: 'n1', truth: 'live' });
  await until('telemetry', () => shop.heard.some(one => one.subject === 'wit.main.equipment.mill-1.telemetry'));
  await until('a heartbeat that owns it', () =>
    shop.heard.some(one => one.subject === 'wit.main.node.n1.heartbeat' && JSON.stringify(one.body).includes('equipment/mill-1')),
  );
});

describe('a command', () => {
  test('with a forged assertion is refused and journaled', async () => {
    const assertion = await shop.gateway.assertion('equipment/mill-2', crypto.randomUUID(), {
      kind: 'user',
      id: 'eve',
      name: 'Eve',
      role: 'administrator',
    });
    expect(await ask('CLEAR', {}, { assertion })).toMatchObject({ outcome: 'refused', reasons: [{ code: 'forged-assertion' }] });
    const events = await readEvents(shop.database.db, 'equipment/mill-1', { after: 0, limit: 1_000 });
    expect(events.at(-1)).toMatchObject({ type: 'command.refused', principal: { id: 'unverified' } });
  });

  test('that is no command, or of another name than its subject, is refused without a trace', async () => {
    expect(await shop.gateway.ask('wit.main.equipment.mill-1.command.START', { hello: 1 })).toMatchObject({ outcome: 'refused', seq: 0 });
  });

  test('with arguments that do not fit is refused', async () => {
    expect(await ask('SET_MODE', { mode: 'party' })).toMatchObject({ outcome: 'refused', reasons: [{ code: 'invalid-args' }] });
  });

  test('for the clock of an earlier process is expired', async () => {
    const deadline = { boot: 'an earlier one', monotonicMs: 1e12 };
    expect(await ask('CLEAR', {}, { deadline })).toMatchObject({ outcome: 'expired' });
  });

  test('given twice is done once', async () => {
    const id = crypto.randomUUID();
    const first = await ask('CLEAR', {}, { id });
    expect(first).toMatchObject({ outcome: 'accepted' });
    expect(await ask('CLEAR', {}, { id })).toMatchObject({ outcome: 'duplicate', first: 'accepted', seq: first.seq });
    await becomes('execution', 'Stopped');
    await accepted('ABORT');
    await becomes('execution', 'Aborted');
  });
});

describe('a job', () => {
  test('runs over the wire to its last line and tells what became of it', async () => {
    await makeReady();
    const job = await startJob('G21\nG90 (absolute)\nG0 X-10 Y-10\nG1 X-20 F2000\nG0 X-10\n');
    await becomes('execution', 'Complete');
    await until('the job knows', () => shop.jobStatus(job)?.state === 'complete');
    expect(linesOnWire().slice(-5)).toEqual(['G21', 'G90', 'G0 X-10 Y-10', 'G1 X-20 F2000', 'G0 X-10']);
    expect(shop.status('mill-1')?.run).toMatchObject({ job, result: 'complete', sent: 5, acknowledged: 5, total: 5 });
    await accepted('RESET');
    await becomes('execution', 'Idle');
    await accepted('UNLOAD_JOB');
  });

  test('with lines outside the allow-list is refused with their numbers and never loaded', async () => {
    const { job } = await shop.createJob('mill-1', 'G0 X-1\n$RST=*\nM112\n');
    await until('refused', () => shop.jobStatus(job)?.state === 'refused');
    expect(shop.jobStatus(job)?.check?.problems.map(problem => problem.line)).toEqual([2, 3]);
    expect(await ask('LOAD_JOB', { job })).toMatchObject({ outcome: 'refused' });
    expect(linesOnWire().some(line => line.includes('RST'))).toBe(false);
  });

  test('asked for with a forged assertion is refused', async () => {
    const body = {
      job: 'j-1',
      equipment: 'mill-1',
      file: { id: 'f', name: 'f', hash: 'h', size: 1 },
      assertion: 'x.y.z',
      correlationId: 'c',
    };
    expect(await shop.gateway.ask('wit.main.node.n1.command.CREATE_JOB', body)).toMatchObject({ reasons: [{ code: 'forged-assertion' }] });
  });
});

describe('a typed line', () => {
  test('passes the allow-list before the wire', async () => {
    await accepted('SET_MODE', { mode: 'setup' });
    expect(await ask('MDI', { line: '$H' })).toMatchObject({ outcome: 'refused' });
    await accepted('MDI', { line: 'g0 x-5 (back)' });
    await until('on the wire', () => linesOnWire().at(-1)?.replace(' ', '') === 'G0X-5');
    await becomes('mode', 'setup.ready');
    await accepted('SET_MODE', { mode: 'processing' });
  });
});

test('wire lines are published only while somebody listens', async () => {
  const inspected = () => shop.heard.filter(one => one.subject === 'wit.main.equipment.mill-1.inspect').length;
  expect(inspected()).toBe(0);
  shop.gateway.connection.publish('wit.main.equipment.mill-1.listen');
  await until('wire lines', () => inspected() > 0);
});

describe('the stop key', () => {
  const press = (stopId: string, equipment = 'mill-1') => ({
    stopId,
    equipment,
    by: 'anna',
    byName: 'Anna',
    pass: 'valid',
    at: Date.now(),
  });

  test('over the lane writes the stop byte, latches and is confirmed by the device', async () => {
    const lane = createConnection(node.stopSocket);
    let answers = '';
    lane.on('data', chunk => (answers += chunk));
    const secret = readFileSync(join(shop.dataDir, 'secrets', 'stop-lane'), 'utf8');
    lane.write(`${JSON.stringify({ hello: 'stop-lane', secret })}\n${JSON.stringify(press('11111111-1111-4111-8111-111111111111'))}\n`);
    await until('written and confirmed', () => answers.includes('"written"') && answers.includes('"confirmed"'));
    await becomes('stopLatch', 'latched');
    await becomes('execution', 'Aborted');
    expect(wire().some(entry => entry.rt === '0x21')).toBe(true);
    lane.write(`${JSON.stringify({ ping: 7 })}\n`);
    await until('pong', () => answers.includes('{"pong":7,"equipment":["mill-1"]}'));
    lane.destroy();
  });

  test('again over NATS with the same id is recognised: no second byte, no second event', async () => {
    const before = wire().filter(entry => entry.rt === '0x21').length;
    const seq = shop.status('mill-1')?.seq;
    const frames: string[] = [];
    const inbox = '_INBOX_gateway.stop-test';
    shop.gateway.connection.subscribe(inbox, { callback: (_, message) => frames.push(message.string()) });
    const body = new TextEncoder().encode(JSON.stringify(press('11111111-1111-4111-8111-111111111111', 'all')));
    shop.gateway.connection.publish('wit.main.equipment.all.stop', body, { reply: inbox });
    await until('both stages', () => frames.some(frame => frame.includes('confirmed')));
    expect(frames[0]).toContain('written');
    expect(wire().filter(entry => entry.rt === '0x21').length).toBe(before);
    expect(shop.status('mill-1')?.seq).toBe(seq);
  });

  test('is closed to whoever does not know the secret', async () => {
    const lane = createConnection(node.stopSocket);
    const closed = new Promise(resolve => lane.on('close', resolve));
    lane.write(`${JSON.stringify({ hello: 'stop-lane', secret: 'guess' })}\n${JSON.stringify(press('x'))}\n`);
    await closed;
    expect(shop.status('mill-1')?.stop.stopId).toBe('11111111-1111-4111-8111-111111111111');
  });
});

describe('a node that goes away in a run', () => {
  test('leaves a run whose lines are told by the next one, a job interrupted, and a mill aborted', async () => {
    await accepted('RELEASE_STOP', { statement: 'I am at the machine' });
    await makeReady();
    const job = await startJob(`G21\nG90\n${'G1 X-100 F500\nG1 X-10 F500\n'.repeat(200)}`);
    await becomes('execution', 'Execute');
    await until('lines are acknowledged', () => (shop.status('mill-1')?.run?.acknowledged ?? 0) > 3 || linesOnWire().length > 20);
    const epoch = shop.status('mill-1')?.epoch ?? 0;
    await node.close();
    node = await shop.startNode();
    await until('the next owner', () => (shop.status('mill-1')?.epoch ?? 0) === epoch + 1 && region('connection') === 'online', 15_000);
    expect(region('execution')).toBe('Aborted');
    expect(shop.status('mill-1')?.run).toMatchObject({ job, result: 'interrupted', total: 402 });
    expect(shop.status('mill-1')?.run?.sent).toBeGreaterThan(3);
    await until('the job is interrupted', () => shop.jobStatus(job)?.state === 'interrupted' && (shop.jobStatus(job)?.run?.sent ?? 0) > 3);
    expect(await verifyChain(shop.database.db, 'equipment/mill-1')).toMatchObject({ ok: true });
  });
});

test('every event of the journal is published once, in order', async () => {
  const journal = await readEvents(shop.database.db, 'equipment/mill-1', { after: 0, limit: 10_000 });
  const published = () =>
    shop.heard.flatMap(one => (one.subject.startsWith('wit.main.equipment.mill-1.event.') ? [(one.body as { seq: number }).seq] : []));
  await until('all published', () => published().length >= journal.length);
  expect(published().slice(0, journal.length)).toEqual(journal.map(entry => entry.seq));
});
