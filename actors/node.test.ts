import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningSimulator } from '../machines/grbl/simulator/run.ts';
import type { Node } from './node.ts';
import { readEvents, verifyChain } from './storage/journal.ts';
import { closeShop, openMillShop } from './testing/mill-shop.ts';
import { stopPress } from './testing/stop-press.ts';
import { longProgram, type TestMill } from './testing/test-mill.ts';
import { until } from './testing/until.ts';
import type { Workshop } from './testing/workshop.ts';

let shop: Workshop;
let simulator: RunningSimulator;
let node: Node;

let mill: TestMill;

beforeAll(async () => {
  ({ shop, mill, simulator, node } = await openMillShop());
});
afterAll(() => closeShop({ node, simulator, shop }));

test('a mill on a pseudo terminal comes online and its status is published', async () => {
  await mill.becomes('connection', 'online');
  expect(mill.region('execution')).toBe('Aborted');
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
    expect(await mill.ask('CLEAR', {}, { assertion })).toMatchObject({ outcome: 'refused', reasons: [{ code: 'forged-assertion' }] });
    const events = await readEvents(shop.ground.db, 'equipment/mill-1', { after: 0, limit: 1_000 });
    expect(events.at(-1)).toMatchObject({ type: 'command.refused', principal: { id: 'unverified' } });
  });

  test('that is no command, or of another name than its subject, is refused without a trace', async () => {
    expect(await shop.gateway.ask('wit.main.equipment.mill-1.command.START', { hello: 1 })).toMatchObject({ outcome: 'refused', seq: 0 });
  });

  test('with arguments that do not fit is refused', async () => {
    expect(await mill.ask('SET_MODE', { mode: 'party' })).toMatchObject({ outcome: 'refused', reasons: [{ code: 'invalid-args' }] });
  });

  test('for the clock of an earlier process is expired', async () => {
    const deadline = { boot: 'an earlier one', monotonicMs: 1e12 };
    expect(await mill.ask('CLEAR', {}, { deadline })).toMatchObject({ outcome: 'expired' });
  });

  test('given twice is done once', async () => {
    const id = crypto.randomUUID();
    const first = await mill.ask('CLEAR', {}, { id });
    expect(first).toMatchObject({ outcome: 'accepted' });
    expect(await mill.ask('CLEAR', {}, { id })).toMatchObject({ outcome: 'duplicate', first: 'accepted', seq: first.seq });
    await mill.becomes('execution', 'Stopped');
    await mill.accepted('ABORT');
    await mill.becomes('execution', 'Aborted');
  });
});

describe('a job', () => {
  test('runs over the wire to its last line and tells what became of it', async () => {
    await mill.makeReady();
    const job = await mill.startJob('G21\nG90 (absolute)\nG0 X-10 Y-10\nG1 X-20 F2000\nG0 X-10\n');
    await mill.becomes('execution', 'Complete');
    await until('the job knows', () => shop.jobStatus(job)?.state === 'complete');
    expect(mill.orders().slice(-5)).toEqual(['G21', 'G90', 'G0 X-10 Y-10', 'G1 X-20 F2000', 'G0 X-10']);
    expect(shop.status('mill-1')?.run).toMatchObject({ job, result: 'complete', sent: 5, acknowledged: 5, total: 5 });
    await mill.accepted('RESET');
    await mill.becomes('execution', 'Idle');
    await mill.accepted('UNLOAD_JOB');
  });

  test('with lines outside the allow-list is refused with their numbers and never loaded', async () => {
    const { job } = await shop.createJob('mill-1', 'G0 X-1\n$RST=*\nM112\n');
    await until('refused', () => shop.jobStatus(job)?.state === 'refused');
    expect(shop.jobStatus(job)?.check?.problems.map(problem => problem.line)).toEqual([2, 3]);
    expect(await mill.ask('LOAD_JOB', { job })).toMatchObject({ outcome: 'refused' });
    expect(mill.lines().some(line => line.includes('RST'))).toBe(false);
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
    await mill.accepted('SET_MODE', { mode: 'setup' });
    expect(await mill.ask('MDI', { line: '$H' })).toMatchObject({ outcome: 'refused' });
    await mill.accepted('MDI', { line: 'g0 x-5 (back)' });
    await until('on the wire', () => mill.orders().at(-1)?.replace(' ', '') === 'G0X-5');
    await mill.becomes('mode', 'setup.ready');
    await mill.accepted('SET_MODE', { mode: 'processing' });
  });
});

test('START is refused while the controller is in other modes than programs are checked for, and the remedy brings it back', async () => {
  const typed = async (line: string) => {
    await until('the mill rests', () => mill.reasonsAgainst('MDI').length === 0);
    await mill.accepted('MDI', { line });
    await until('on the wire', () => mill.orders().at(-1)?.replaceAll(' ', '') === line.replaceAll(' ', ''));
    await mill.becomes('mode', 'setup.ready');
  };
  const objection = () => shop.status('mill-1')?.reasons.find(reason => reason.code.startsWith('modes'));
  await mill.accepted('SET_MODE', { mode: 'setup' });
  await typed('G20 G91');
  await until('the modes are told', () => objection()?.code === 'modes-changed');
  expect(objection()?.message).toContain('in inches (G20) and moves by distances (G91)');
  await typed(String(objection()?.remedy?.args?.line));
  await until('the modes are back', () => objection() === undefined);
  await mill.accepted('SET_MODE', { mode: 'processing' });
});

test('a program that leaves other modes behind keeps the next one from starting', async () => {
  const job = await mill.startJob('G0 X-10\nG91\nG0 X-1\n');
  await until('the job is done', () => shop.jobStatus(job)?.state === 'complete');
  await until('the modes are told', () => mill.reasonsAgainst('START').includes('modes-changed'));
  await mill.becomes('execution', 'Complete');
  await mill.accepted('ABORT');
  await mill.becomes('execution', 'Aborted');
  await mill.makeReady();
  await until('a reset set them back', () => !mill.reasonsAgainst('START').includes('modes-changed'));
});

test('a held jog moves while grants arrive and ends by itself after the last', async () => {
  await mill.accepted('SET_MODE', { mode: 'setup' });
  await until('the mill rests', () => mill.reasonsAgainst('JOG').length === 0);
  const jogId = crypto.randomUUID();
  await mill.accepted('JOG', { jogId, direction: { x: -1 }, feed: 600 });
  for (let n = 0; n < 5; n += 1) {
    shop.gateway.connection.publish('wit.main.equipment.mill-1.grant', Buffer.from(JSON.stringify({ jogId, n })));
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  await shop.gateway.connection.flush();
  await until('jogging ended', () => mill.lastEvent('jog.ended') !== undefined);
  expect(mill.lastEvent('jog.ended')?.data).toMatchObject({ jogId, reason: 'grant-lost' });
  expect(mill.lines().filter(line => line.startsWith('$J=')).length).toBeGreaterThan(3);
  await mill.becomes('mode', 'setup.ready');
  await mill.accepted('SET_MODE', { mode: 'processing' });
});

test('equipment that is added later is taken up when the node is told', async () => {
  await shop.addMill('mill-2', { path: `${mill.port}-of-nobody`, simulated: true });
  expect(await shop.gateway.ask('wit.main.node.n1.command.RELOAD_EQUIPMENT', {})).toMatchObject({ outcome: 'accepted' });
  await until('its status', () => shop.status('mill-2')?.value.connection === 'offline');
});

test('wire lines are published only while somebody listens', async () => {
  const inspected = () => shop.heard.filter(one => one.subject === 'wit.main.equipment.mill-1.inspect').length;
  expect(inspected()).toBe(0);
  shop.gateway.connection.publish('wit.main.equipment.mill-1.listen');
  await until('wire lines', () => inspected() > 0);
});

describe('the stop key', () => {
  const press = (stopId: string, equipment?: string) => stopPress(equipment, stopId);

  test('over the lane writes the stop byte, latches and is confirmed by the device', async () => {
    const lane = createConnection(node.stopSocket);
    let answers = '';
    lane.on('data', chunk => (answers += chunk));
    const secret = readFileSync(join(shop.dataDir, 'secrets', 'stop-lane'), 'utf8');
    lane.write(`${JSON.stringify({ hello: 'stop-lane', secret })}\n${JSON.stringify(press('11111111-1111-4111-8111-111111111111'))}\n`);
    await until('written and confirmed', () => answers.includes('"written"') && answers.includes('"confirmed"'));
    await mill.becomes('stopLatch', 'latched');
    await mill.becomes('execution', 'Aborted');
    expect(mill.count('0x21')).toBeGreaterThan(0);
    lane.write(`${JSON.stringify({ ping: 7 })}\n`);
    await until('pong', () => answers.includes('{"pong":7,"equipment":["mill-1","mill-2"]}'));
    lane.destroy();
  });

  test('again over NATS with the same id is recognised: no second byte, no second event', async () => {
    const before = mill.count('0x21');
    const seq = shop.status('mill-1')?.seq;
    const frames: string[] = [];
    const inbox = '_INBOX_gateway.stop-test';
    shop.gateway.connection.subscribe(inbox, { callback: (_, message) => frames.push(message.string()) });
    const body = new TextEncoder().encode(JSON.stringify(press('11111111-1111-4111-8111-111111111111', 'all')));
    shop.gateway.connection.publish('wit.main.equipment.all.stop', body, { reply: inbox });
    await until('both stages', () => frames.some(frame => frame.includes('confirmed')));
    expect(frames.map(frame => JSON.parse(frame)).slice(0, 2)).toMatchObject([
      { equipment: 'mill-1', stage: 'written' },
      { equipment: 'mill-2', stage: 'not-written' },
    ]);
    expect(mill.count('0x21')).toBe(before);
    expect(shop.status('mill-1')?.seq).toBe(seq);
  });

  test('that could not be written is not called written when the same press comes again another way', async () => {
    const frames: string[] = [];
    const inbox = '_INBOX_gateway.stop-again';
    shop.gateway.connection.subscribe(inbox, { callback: (_, message) => frames.push(message.string()) });
    const body = new TextEncoder().encode(JSON.stringify(press('33333333-3333-4333-8333-333333333333', 'mill-2')));
    for (let way = 0; way < 2; way += 1) shop.gateway.connection.publish('wit.main.equipment.mill-2.stop', body, { reply: inbox });
    await until('both answers', () => frames.length >= 2);
    expect(frames.map(frame => JSON.parse(frame).stage)).toEqual(['not-written', 'not-written']);
  });

  test('is closed to whoever does not know the secret', async () => {
    const lane = createConnection(node.stopSocket);
    const closed = new Promise(resolve => lane.on('close', resolve));
    lane.write(`${JSON.stringify({ hello: 'stop-lane', secret: 'guess' })}\n${JSON.stringify(press('x'))}\n`);
    await closed;
    expect(shop.status('mill-1')?.stop.stopId).toBe('11111111-1111-4111-8111-111111111111');
  });
});

describe('a node that ends in order during a run', () => {
  test('leaves an interrupted run and job, and a mill that the next one finds aborted', async () => {
    await mill.accepted('RELEASE_STOP', { statement: 'I am at the machine' });
    await mill.makeReady();
    const job = await mill.startJob(longProgram);
    await mill.becomes('execution', 'Execute');
    await until('lines on the wire', () => mill.lines().length > 20);
    const epoch = shop.status('mill-1')?.epoch ?? 0;
    const holds = mill.count('0x21');
    await node.close();
    await until('the mill is told to hold', () => mill.count('0x21') === holds + 1);
    expect(mill.wire().at(-1)).toMatchObject({ rt: '0x21' });
    await until('the mill stands', async () => (await simulator.perform({ verb: 'state' })).moving === false);
    node = await shop.startNode();
    await until(
      'the next owner',
      () => (shop.status('mill-1')?.epoch ?? 0) === epoch + 1 && mill.region('connection') === 'online',
      15_000,
    );
    expect(mill.region('execution')).toBe('Aborted');
    expect(shop.status('mill-1')?.run).toMatchObject({ job, result: 'interrupted', total: 10_002 });
    expect(shop.status('mill-1')?.run?.sent).toBeGreaterThan(3);
    await until('the job is interrupted', () => shop.jobStatus(job)?.state === 'interrupted');
    expect(shop.jobStatus(job)?.run?.sent).toBeGreaterThan(3);
    expect(await verifyChain(shop.ground.db, 'equipment/mill-1')).toMatchObject({ ok: true });
  });
});

test('a stop that the mill could not confirm leaves it unhomed, is repeated when it is heard again, and CLEAR leads on', async () => {
  await mill.makeReady();
  const press = { stopId: '44444444-4444-4444-8444-444444444444', equipment: 'mill-1', by: 'mara', byName: 'Mara', pass: 'valid', at: 1 };
  await simulator.perform({ verb: 'dont_answer' });
  shop.gateway.connection.publish('wit.main.equipment.mill-1.stop', new TextEncoder().encode(JSON.stringify(press)));
  await until('not confirmed', () => shop.status('mill-1')?.alarms.some(alarm => alarm.code === 'no-answer'), 30_000);
  const resets = mill.count('0x18');
  await simulator.perform({ verb: 'answer' });
  await until('confirmed', () => shop.status('mill-1')?.truth === 'live');
  expect(mill.count('0x18')).toBe(resets + 1);
  expect(mill.region('execution')).toBe('Aborted');
  expect(shop.status('mill-1')?.homed).toBe(false);
  await mill.accepted('RELEASE_STOP', { statement: 'I am at the machine' });
  await mill.accepted('CLEAR');
  await mill.becomes('execution', 'Stopped');
});

test('a latched stop outlives a new form of the chart, and only that is taken over', async () => {
  const stopped = { stopId: '22222222-2222-4222-8222-222222222222', equipment: 'mill-1', by: 'mara', byName: 'Mara', pass: 'valid', at: 1 };
  shop.gateway.connection.publish('wit.main.equipment.mill-1.stop', new TextEncoder().encode(JSON.stringify(stopped)));
  await mill.becomes('stopLatch', 'latched');
  const epoch = shop.status('mill-1')?.epoch ?? 0;
  await node.close();
  await shop.ground.db
    .updateTable('snapshot')
    .set({ chart_hash: 'of-an-older-version' })
    .where('actor_id', '=', 'equipment/mill-1')
    .execute();
  node = await shop.startNode();
  await until('the next life', () => shop.status('mill-1')?.epoch === epoch + 1 && mill.region('connection') === 'online', 30_000);
  expect(shop.status('mill-1')).toMatchObject({ stop: { latched: true, by: 'Mara', stopId: stopped.stopId }, holder: null });
  expect(mill.reasonsAgainst('CLEAR')).toContain('stop-latched');
});

test('every event of the journal is published once, in order', async () => {
  const journal = await readEvents(shop.ground.db, 'equipment/mill-1', { after: 0, limit: 10_000 });
  const published = () =>
    shop.heard.flatMap(one => (one.subject.startsWith('wit.main.equipment.mill-1.event.') ? [(one.body as { seq: number }).seq] : []));
  await until('all published', () => published().length >= journal.length);
  expect(published().slice(0, journal.length)).toEqual(journal.map(entry => entry.seq));
});
