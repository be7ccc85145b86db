import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { commandPath } from '../../gateway/contract/resources.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import { Person } from './api.ts';
import type { Form } from './form.ts';
import { Lane } from './lane.ts';
import { LiveClient } from './live.ts';
import { until } from './wait.ts';
import { programLines } from './wire-log.ts';

/** The requests of the page about decisions, in its order. */
const decisionExamples = [
  ...readFileSync(resolve(import.meta.dirname, '../../docs/decisions.md'), 'utf8').matchAll(/```http\nGET \/api\/v1(\S+)/g),
].map(([, path = '']) => path);

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Some seconds, so that every scene falls into the run: moves of 10 mm, to and fro. */
const program = ['G21 G90 G54', 'G0 Z5', ...Array.from({ length: 220 }, (_, i) => `G1 X${(i % 2) * 10} Y${(i % 20) * 2} F2500`), 'M30'];

/**
 * A day at the workshop, told once and shown on every form of the product: each scene is a test and goes on where the last one ended.
 * `form` is asked when the tests run.
 */
export function tellStory(form: () => Form): void {
  let mara: Person;
  let pages: LiveClient[];
  let job: string;

  test('[S1] the link makes the first administrator, once; who logged in is known at every gateway', async () => {
    mara = new Person(form().url);
    await mara.setUp(await form().setupLink());
    const again = { token: 'x'.repeat(43), login: 'eve', name: 'Eve', password: 'another long one' };
    expect((await mara.call('POST', '/auth/setup', again)).body.code).toBe('set-up-done');
    expect((await mara.logIn('mara', 'not this one')).body.code).toBe('wrong-credentials');
    expect((await mara.logIn()).status).toBe(200);
    // One more than there are gateways: behind a balancer each of them is asked.
    for (let times = 0; times <= form().gateways.length; times += 1) expect((await mara.refresh()).status).toBe(200);
    for (const url of form().gateways) expect((await mara.at(url).call('GET', '/auth/me')).body.login).toBe('mara');
  });

  test('[G17] what cannot be yet is refused with its reasons; then control is taken, the mill homed, a program uploaded and loaded', async () => {
    await mara.reaches('connection', 'online');
    const early = await mara.command('START');
    expect([early.status, early.body.outcome]).toEqual([409, 'refused']);
    expect(early.body.reasons?.map(({ code }) => code)).toEqual(expect.arrayContaining(['not-in-control', 'not-homed']));
    expect(early.body.reasons?.filter(({ message }) => message.length < 10)).toEqual([]);
    await mara.makeReady();
    const prepared = await mara.prepare('long.nc', program.join('\n'));
    expect(prepared.check).toMatchObject({ ok: true });
    job = prepared.actor.replace('job/', '');
    await mara.must('LOAD_JOB', { job });
  });

  test('[EQ107] why somebody was refused is answered afterwards, as it was then', async () => {
    await mara.call('POST', '/auth/people', { login: 'ann', name: 'Ann', role: 'operator', password: 'correct horse battery' });
    const ann = new Person(form().url);
    await ann.logIn('ann');
    const refused = await ann.command('START');
    expect([refused.status, refused.body.outcome]).toEqual([409, 'refused']);
    await mara.must('SET_MODE', { mode: 'setup' });
    await mara.must('SET_MODE', { mode: 'processing' });
    const answers = await Promise.all(decisionExamples.map(path => mara.call('GET', path.replace('SEQ', String(refused.body.seq)))));
    expect(answers.map(({ status }) => status)).toEqual(decisionExamples.map(() => 200));
    const why = commandPath.parse(answers.at(-1)?.body);
    expect(why).toMatchObject({ allowed: false, seq: refused.body.seq, user: { login: 'ann', presentUntil: null } });
    expect(why.reasons).toEqual(refused.body.reasons);
    expect(why.recorded).toEqual({ outcome: 'refused', reasons: refused.body.reasons });
    expect(why.outcome === 'path' && why.steps.map(({ kind, command }) => command ?? kind)).toEqual(['presence', 'CHECK_OUT', 'CHECK_IN']);
    expect((await ann.call('GET', '/equipment/mill-1/commands/START/path?user=mara')).body.code).toBe('forbidden');
  });

  test('[G14] pages at different gateways show the same: a run that is started, held and let go on', async () => {
    const { gateways } = form();
    pages = await Promise.all([gateways[0], gateways.at(-1)].map(url => LiveClient.open(url ?? '', mara)));
    for (const page of pages) page.subscribe(['equipment/mill-1/status']);
    for (const [command, state] of [
      ['START', 'Execute'],
      ['HOLD', 'Held'],
      ['UNHOLD', 'Execute'],
    ] as const) {
      for (const page of pages) page.frames.length = 0;
      await mara.must(command);
      const [one, other] = await Promise.all(pages.map(page => shows(page, state)));
      expect(one).toMatchObject({ truth: 'live', job: { id: job }, holder: { name: 'Mara' } });
      expect([other?.epoch, other?.value, other?.job?.id]).toEqual([one?.epoch, one?.value, one?.job?.id]);
    }
  });

  test('[F1] a gateway dies in the middle of the run: the run goes on, and so does a page at another gateway', async () => {
    const lines = programLines(form().wire()).length;
    await form().killGateway();
    await until('the first page has lost its gateway', () => pages[0]?.closed !== null);
    await until('lines flow', () => programLines(form().wire()).length > lines);
    if (form().gateways.length > 1) {
      await shows(pages[1], 'Complete');
      expect(pages[1]?.closed).toBeNull();
    }
    const page = await until('a page comes in by the front door', () => LiveClient.open(form().url, mara));
    page.subscribe(['equipment/mill-1/status']);
    await shows(page, 'Complete');
    expect(programLines(form().wire())).toEqual(program);
    await until('the job knows its end', async () => (await mara.job(job)).state === 'complete');
    for (const one of [...pages, page]) one.close();
  });

  test('[F17] the stop key works through every lane and through the gateway; it latches, and nothing moves until a person releases it', async () => {
    const presses = [...form().stopPorts.map(port => () => throughLane(port)), throughGateway];
    for (const press of presses) {
      await runAgain();
      const stopId = await press();
      const stopped = await mara.reaches('stopLatch', 'latched');
      expect(stopped.stop.stopId).toBe(stopId);
      await mara.reaches('execution', 'Aborted');
      const sent = programLines(form().wire()).length;
      expect((await mara.command('CLEAR')).body.reasons?.map(({ code }) => code)).toContain('stop-latched');
      await mara.must('RELEASE_STOP', { statement: 'I am at the machine' });
      expect((await mara.status()).value.stopLatch).toBe('released');
      await mara.must('CLEAR');
      await mara.reaches('execution', 'Stopped');
      expect(programLines(form().wire()).length).toBe(sent);
    }
  });

  test('[G4] the journal has all of it, without a gap, and every chain of hashes is sound', async () => {
    const events = await journal();
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    const types = events.map(({ type }) => type);
    const story = [
      'command.refused',
      'CHECK_IN',
      'HOME',
      'LOAD_JOB',
      'START',
      'HOLD',
      'UNHOLD',
      'program.ended',
      'stop.pressed',
      'RELEASE_STOP',
      'CLEAR',
    ];
    expect(story.filter(type => !types.includes(type))).toEqual([]);
    expect(types.filter(type => type === 'stop.pressed')).toHaveLength(form().stopPorts.length + 1);
    expect(types.filter(type => type === 'START')).toHaveLength(form().stopPorts.length + 2);
    const env = { ...process.env, ...form().variables };
    const { stdout } = await run(process.execPath, ['scripts/run.mjs', 'scripts/verify-journal.ts'], { cwd: root, env });
    expect(stdout).toMatch(/^sound: /);
  });

  /** The status as a page shows it, once execution is so. */
  async function shows(page: LiveClient | undefined, state: string): Promise<EquipmentStatus> {
    const found = await page?.heard('status', ({ data }) => data.value.execution?.split('.')[0] === state);
    if (!found) throw new Error('no page');
    return found.data;
  }

  /** The same program from its beginning, until lines flow. */
  async function runAgain(): Promise<void> {
    const { homed, value } = await mara.status();
    if (value.execution === 'Complete') await mara.must('RESET');
    if (!homed) await mara.home();
    if (value.execution === 'Stopped') await mara.must('RESET');
    await mara.reaches('execution', 'Idle');
    await mara.must('LOAD_JOB', { job: (await mara.prepare('again.nc', program.join('\n'))).actor.replace('job/', '') });
    await mara.call('POST', '/auth/presence', { equipment: 'mill-1' });
    const before = programLines(form().wire()).length;
    await mara.must('START');
    await until('lines flow', () => programLines(form().wire()).length > before + 10);
  }

  async function throughLane(port: number): Promise<string> {
    const lane = new Lane(port, form().url, mara.session.stopPass);
    await lane.ready();
    const stopId = lane.press();
    await lane.stage(stopId, ['written']);
    await lane.stage(stopId, ['confirmed']);
    lane.close();
    return stopId;
  }

  async function throughGateway(): Promise<string> {
    const stopId = randomUUID();
    expect(await mara.call('POST', '/equipment/mill-1/stop', { stopId })).toMatchObject({ status: 200, body: { outcome: 'accepted' } });
    return stopId;
  }

  /** Every event of the mill, oldest first. */
  async function journal(): Promise<{ seq: number; type: string }[]> {
    const all: { seq: number; type: string }[] = [];
    do {
      const before = all.length > 0 ? `&before=${all[0]?.seq}` : '';
      const answer = await mara.call('GET', `/equipment/mill-1/events?limit=200${before}`);
      all.unshift(...(answer.body.items as typeof all).toReversed());
    } while ((all[0]?.seq ?? 1) > 1);
    return all;
  }
}
