import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkProgram, defaultCheckLimits } from '../../machines/gcode/check.ts';
import { grblDialect } from '../../machines/grbl/dialect.ts';
import { Controller } from '../../machines/grbl/simulator/controller.ts';
import { demoWorkZero } from '../../machines/grbl/simulator/modal.ts';
import { bracketProgram } from './bracket.ts';

const example = fileURLToPath(new URL('../../docs/examples/bracket.nc', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bracket-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function check() {
  const envelope = { min: { x: -800, y: -500, z: -120 }, max: { x: 0, y: 0, z: 0 } };
  const context = { dialect: grblDialect, envelope, offsets: { G54: demoWorkZero } };
  return await checkProgram({ source: example, cleanTo: folder, context, limits: defaultCheckLimits });
}

it('the committed example is what the script writes', async () => {
  expect(await readFile(example, 'utf8')).toBe(bracketProgram());
});

it('the example is a program of several thousand lines that fits the demo mill', async () => {
  const result = await check();
  expect(result.problems).toEqual([]);
  expect(result.lines).toBeGreaterThan(3000);
  expect(result.lines).toBeLessThan(6000);
});

it('the simulated mill runs every line of the example right after homing', async () => {
  const { hash, lines } = await check();
  const replies: string[] = [];
  const controller = new Controller({ name: 'mill', timeFactor: 1e6, now: 0, emit: text => void replies.push(text.trim()) });
  let now = 0;
  for (const line of ['$H', ...(await readFile(join(folder, `${hash}.nc`), 'latin1')).trimEnd().split('\n')]) {
    for (const byte of Buffer.from(`${line}\n`, 'latin1')) controller.receive(byte, now);
    now += 10_000;
    controller.advance(now);
  }
  expect(new Set(replies.slice(2))).toEqual(new Set(['ok', '[MSG:Pgm End]']));
  expect(controller.executed).toEqual({ count: lines, sha256: hash });
});
