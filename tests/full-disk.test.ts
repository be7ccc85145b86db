import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Person } from './product/api.ts';
import { Lane } from './product/lane.ts';
import { Product } from './product/product.ts';
import { SmallDisk } from './product/small-disk.ts';
import { until } from './product/wait.ts';

/** Outlives every test: moves of 10 mm, to and fro. */
const program = [
  'G21 G90 G54',
  'G0 Z5',
  ...Array.from({ length: 30_000 }, (_, i) => `G1 X${(i % 2) * 10} Y${(i % 20) * 2} F3000`),
  'M30',
].join('\n');

const folder = mkdtempSync(join(tmpdir(), 'wit-disk-'));
const whole = new SmallDisk(folder, 200);
const dataDir = join(folder, 'data');

describe.skipIf(!whole.mounted)(`a disk is full${whole.mounted ? '' : ' (skipped: mounting a disk needs root)'}`, () => {
  let product: Product;
  let mara: Person;
  let messages: SmallDisk;
  let database: SmallDisk;

  beforeAll(async () => {
    [messages, database] = [new SmallDisk(join(dataDir, 'nats'), 40), new SmallDisk(join(dataDir, 'postgres'), 200)];
    product = await Product.start({ dataDir, args: ['--demo-speed', '20'] });
    mara = await product.administrator();
    await mara.makeReady();
    const job = await mara.prepare('long.nc', program);
    await mara.must('LOAD_JOB', { job: job.actor.replace('job/', '') });
    await mara.call('POST', '/auth/presence', { equipment: 'mill-1' });
    await mara.must('START');
    await jobGoesOn();
  }, 120_000);
  afterAll(async () => {
    await product?.stop();
    for (const disk of [messages, database, whole]) disk?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('[F24] of the message server: it is said which, the job goes on and the stop works, and all returns with the room', async () => {
    messages.fill();
    await until('it is said', () => said('Storage full on the disk of the message store, 0 MB left.'));
    // What is written down now cannot be kept there.
    const away = async () => !(await info()).messages.ok;
    await until('messages are away', async () => {
      await mara.command('OVERRIDE', { kind: 'feed', percent: 100 }).catch(() => undefined);
      return away();
    });
    await jobGoesOn();
    await stopsAndIsConfirmed();
    messages.makeRoom();
    await until('messages are back', async () => !(await away()), 90_000);
    await until('it is over', async () => (await info()).impairments.length === 0);
    await runsAgain();
  }, 240_000);

  test('[F25] of the database: the job goes on, a hazardous command is refused with the cause, uploads with the room they need; stop works; all returns', async () => {
    database.fill();
    await until('it is said', () => said('Storage full on the disk of the database, 0 MB left.'));
    await writeUntilItFails();
    await jobGoesOn();
    const refused = await until('the cause is known', async () => {
      const answer = await mara.command('COMPLETE');
      return answer.body.reasons?.find(reason => reason.message.includes('Storage full')) ? answer : undefined;
    });
    const [reason] = refused.body.reasons ?? [];
    expect(reason?.code).toBe('journal-unavailable');
    expect(reason?.message).toMatch(
      /^The database is away \(.*Storage full on the disk of the database, 0 MB left\), so the command cannot be written down; it was not executed\.$/,
    );
    // The one that met the outage first may have found the append broken; from here on each is written down beside the database.
    await until('the database is known to be away', async () => (await mara.status()).degraded.some(part => part.code === 'database'));
    expect((await mara.command('COMPLETE')).body.code).toBe('journal-unavailable');
    const upload = await mara.upload('more.nc', program);
    expect([upload.status, upload.body.code]).toEqual([507, 'storage-full']);
    expect(upload.body.detail).toMatch(/^The disk of this server is full: 0 MB are free, this upload needs 65 MB,/);
    await jobGoesOn();
    await stopsAndIsConfirmed();
    database.makeRoom();
    await until(
      'the database is back',
      async () => (await mara.status()).degraded.length === 0 && (await info()).impairments.length === 0,
      90_000,
    );
    // What was written down locally is copied after the database has said that it is back; one stop is of the test before.
    await until('stop and refusal are in the journal', async () => {
      const answer = await mara.call('GET', '/equipment/mill-1/events?limit=200');
      const found = (answer.body as unknown as { items: { type: string }[] }).items.map(event => event.type);
      // The first command to meet the outage stands there as what became of its append.
      const isTold = found.some(type => ['command.refused', 'turn.abandoned', 'turn.voided'].includes(type));
      return isTold && found.filter(type => type === 'stop.pressed').length > 1;
    });
    await runsAgain();
  }, 240_000);

  test('[F25] of everything else: the job goes on, uploads are refused with the room they need, the stop is confirmed, and all ends in order', async () => {
    whole.fill();
    await jobGoesOn();
    const upload = await mara.upload('more.nc', program);
    expect([upload.status, upload.body.code]).toEqual([507, 'storage-full']);
    await stopsAndIsConfirmed();
    const processes = Object.values(product.endpoints().processes);
    await product.stop();
    expect(processes.filter(isAlive), 'everything ends in order on a full disk too').toEqual([]);
  }, 180_000);

  const info = async () =>
    (await mara.call('GET', '/system/info')).body as unknown as { messages: { ok: boolean }; impairments: { sentence: string }[] };
  const said = async (words: string) => (await info()).impairments.some(({ sentence }) => sentence.startsWith(words));

  async function jobGoesOn(): Promise<void> {
    const at = await executed();
    await until('the job goes on', async () => (await executed()) > at + 10, 60_000);
  }

  async function stopsAndIsConfirmed(): Promise<void> {
    const lane = new Lane(product.stopPort, product.url, mara.session.stopPass);
    await lane.ready();
    const stopId = lane.press();
    await lane.stage(stopId, ['written'], 20_000);
    await lane.stage(stopId, ['confirmed'], 20_000);
    lane.close();
  }

  /** What a person does after the stop. */
  async function runsAgain(): Promise<void> {
    await mara.reaches('stopLatch', 'latched', 60_000);
    await mara.must('RELEASE_STOP', { statement: 'I am at the machine' });
    await mara.call('POST', '/auth/presence', { equipment: 'mill-1' });
    await mara.leaveAborted();
    const job = await mara.prepare('again.nc', program);
    await mara.must('LOAD_JOB', { job: job.actor.replace('job/', '') });
    await mara.must('START');
    await jobGoesOn();
  }

  /** The log of the database is at its end as soon as its last file is full. */
  async function writeUntilItFails(): Promise<void> {
    const password = encodeURIComponent(readFileSync(join(dataDir, 'secrets/database'), 'utf8').trim());
    const host = encodeURIComponent(product.endpoints().database);
    const client = new Client({ connectionString: `postgres://wit_administrator:${password}@localhost/wit?host=${host}` });
    client.on('error', () => undefined);
    await client.connect();
    await until('the database has no room for its log', async () => {
      try {
        await client.query("select pg_logical_emit_message(true, 'test', 'x')");
        await client.query('select pg_switch_wal()');
        return false;
      } catch {
        return true;
      }
    });
    await client.end().catch(() => undefined);
  }

  /** Lines that the simulated mill took, from itself: everything between it and us needs the disk. */
  function executed(): Promise<number> {
    return new Promise((done, fail) => {
      const socket = connect(product.simulatorControl, () => socket.write('{"verb":"executed"}\n'));
      socket.once('data', data => {
        socket.end();
        done((JSON.parse(String(data)) as { count: number }).count);
      });
      socket.once('error', fail);
    });
  }
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
