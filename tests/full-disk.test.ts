import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Person } from './product/api.ts';
import { Lane } from './product/lane.ts';
import { Product } from './product/product.ts';
import { until } from './product/wait.ts';

const program = [
  'G21 G90 G54',
  'G0 Z5',
  ...Array.from({ length: 300 }, (_, i) => `G1 X${(i % 2) * 10} Y${(i % 20) * 2} F3000`),
  'M30',
].join('\n');

/** A disk of its own for the data directory; only root may mount one. */
const disk = mkdtempSync(join(tmpdir(), 'wit-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=300m,mode=0700', 'wit-test', disk]).status === 0;
const ballast = join(disk, 'ballast');

describe.skipIf(!mounted)(`[F25] the data disk is full${mounted ? '' : ' (skipped: mounting a disk needs root)'}`, () => {
  let product: Product;
  let mara: Person;

  beforeAll(async () => {
    product = await Product.start({ dataDir: join(disk, 'data'), args: ['--demo-speed', '4'] });
    mara = await product.administrator();
    await mara.makeReady();
  }, 120_000);
  afterAll(async () => {
    await product?.stop();
    spawnSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  });

  test('the job goes on, uploads are refused with the cause, and the stop is written and confirmed', async () => {
    const job = await mara.prepare('long.nc', program);
    await mara.must('LOAD_JOB', { job: job.actor.replace('job/', '') });
    await mara.call('POST', '/auth/presence', { equipment: 'mill-1' });
    await mara.must('START');
    const before = await executed();
    await until('lines are executed', async () => (await executed()) > before + 10);
    fill();
    const at = await executed();
    await until('the job goes on', async () => (await executed()) > at + 20, 30_000);
    const upload = await mara.upload('more.nc', program);
    expect([503, 507]).toContain(upload.status);
    expect(['storage-full', 'database-away']).toContain(upload.body.code);
    const lane = new Lane(product.stopPort, product.url, mara.session.stopPass);
    await lane.ready();
    const stopId = lane.press();
    await lane.stage(stopId, ['written']);
    await lane.stage(stopId, ['confirmed']);
    lane.close();
    const stopped = await executed();
    const processes = Object.values(product.endpoints().processes);
    await product.stop();
    expect(stopped).toBeGreaterThan(at);
    expect(processes.filter(isAlive), 'everything ends in order on a full disk too').toEqual([]);
  }, 180_000);

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

/** Takes every byte that is left. */
function fill(): void {
  const file = openSync(ballast, 'w');
  for (let size = 1_048_576; size >= 1; size = Math.floor(size / 4)) {
    const chunk = Buffer.alloc(size);
    try {
      while (writeSync(file, chunk) === size);
    } catch {
      // Full for this size; the rest is filled with smaller pieces.
    }
  }
  closeSync(file);
}
