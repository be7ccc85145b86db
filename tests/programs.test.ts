import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Person } from './product/api.ts';
import { Product } from './product/product.ts';
import { until } from './product/wait.ts';
import { programLines } from './product/wire-log.ts';

/** Real programs of CAM systems and slicers, kept beside the repository; not part of it. */
const folder = resolve(import.meta.dirname, '../../shared/data/gcode');
const present = existsSync(folder);

/** Whether each program runs or why it is refused; every refusal names lines. */
const expected: Record<string, 'complete' | readonly string[]> = {
  'jsdc.gcode': 'complete',
  'tball.gcode': 'complete',
  // Relative from wherever the beam stands: where it would go cannot be checked before it moves.
  'g2-lens-laser.nc': ['position-unknown'],
  'part.gcode': ['axis-unknown'],
  'bp-case-printer.gcode': ['axis-unknown'],
  'rotary-skull.gcode': ['axis-unknown'],
  '3d-chips.ngc': ['expression'],
};

describe.skipIf(!present)(`real programs${present ? '' : ' (skipped: the folder of real programs is missing)'}`, () => {
  let product: Product;
  let mara: Person;

  beforeAll(async () => {
    product = await Product.start({ args: ['--demo-speed', '400', '--demo-log'] });
    mara = await product.administrator();
    await mara.makeReady();
  }, 120_000);
  afterAll(() => product.remove());

  test.each(Object.entries(expected))(
    '%s: %s',
    async (name, wanted) => {
      const before = programLines(product.wire()).length;
      const job = await mara.prepare(name, readFileSync(join(folder, name)));
      if (job.check?.ok) return runs(job.actor.replace('job/', ''), before);
      const problems = job.check?.problems ?? [];
      expect(job.state).toBe('refused');
      expect(problems.every(problem => problem.line > 0 && problem.message.length > 10)).toBe(true);
      if (wanted !== 'complete') expect(problems.map(problem => problem.code)).toEqual(expect.arrayContaining([...wanted]));
      else expect(problems.map(problem => problem.code)).toContain('outside-envelope');
      expect(programLines(product.wire()).length).toBe(before);
    },
    400_000,
  );

  async function runs(job: string, before: number): Promise<void> {
    await mara.must('LOAD_JOB', { job });
    await mara.call('POST', '/auth/presence', { equipment: 'mill-1' });
    await mara.must('START');
    await mara.reaches('execution', 'Complete', 380_000);
    const cleaned = await cleanedProgram(job);
    expect(programLines(product.wire()).slice(before)).toEqual(cleaned);
    await mara.must('RESET');
    await mara.reaches('execution', 'Idle');
  }

  async function cleanedProgram(job: string): Promise<string[]> {
    const status = await mara.job(job);
    const node = await until('the node is known', async () => (await mara.status()).node);
    const path = join(product.dataDir, 'nodes', node, 'blobs', `${status.check?.hash}.nc`);
    return readFileSync(path, 'latin1')
      .split('\n')
      .filter(line => line !== '');
  }
});
