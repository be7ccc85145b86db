import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkProgram, defaultCheckLimits } from '../gcode/check.ts';
import type { CheckContext } from '../gcode/dialect.ts';
import { grblDialect } from './dialect.ts';
import { Controller } from './simulator/controller.ts';

/** Real programs that are not part of the repository; where they are missing these tests say that they were skipped. */
const programs = join(dirname(fileURLToPath(import.meta.url)), '../../../shared/data/gcode');
/** The demo mill as its simulator reports it. */
const context: CheckContext = {
  dialect: grblDialect,
  envelope: { min: { x: -800, y: -500, z: -120 }, max: { x: 0, y: 0, z: 0 } },
  offsets: { G54: { x: -600, y: -300, z: -80 } },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'programs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function check(name: string) {
  return await checkProgram({ source: join(programs, name), cleanTo: folder, context, limits: defaultCheckLimits });
}

/** Sends the program line by line to a homed mill that moves much faster than life; the replies in order. */
function mill(program: string) {
  const replies: string[] = [];
  const controller = new Controller({ name: 'mill', timeFactor: 1e6, now: 0, emit: text => void replies.push(text.trim()) });
  let now = 0;
  const send = (line: string) => {
    for (const byte of Buffer.from(`${line}\n`, 'latin1')) controller.receive(byte, now);
    now += 10_000;
    controller.advance(now);
  };
  send('$H');
  replies.length = 0;
  for (const line of program.split('\n').slice(0, -1)) send(line);
  return { replies, controller };
}

describe.skipIf(!existsSync(programs))('real programs (../shared/data/gcode)', () => {
  it.each(['jsdc.gcode', 'tball.gcode'])('%s passes, and the simulated mill runs every line of it', async name => {
    const result = await check(name);
    expect(result.problems).toEqual([]);
    expect(result.lines).toBeGreaterThan(2000);
    const program = await readFile(join(folder, `${result.hash}.nc`), 'latin1');
    const { replies, controller } = mill(program);
    expect(replies.filter(reply => reply !== 'ok' && !reply.startsWith('[MSG:Pgm End]'))).toEqual([]);
    expect(controller.executed).toEqual({ count: result.lines, sha256: result.hash });
  });

  it.each([
    ['part.gcode', 'axis-unknown', /3D printer/],
    ['bp-case-printer.gcode', 'word-not-allowed', /3D printer/],
    ['rotary-skull.gcode', 'axis-unknown', /axis A/],
    ['3d-chips.ngc', 'expression', /not understood/],
    ['g2-lens-laser.nc', 'position-unknown', /relative/],
  ])('%s is refused with %s, in words, with its line', async (name, code, words) => {
    const result = await check(name);
    expect(result).toMatchObject({ ok: false, hash: '' });
    const problem = result.problems.find(entry => entry.code === code);
    expect(problem?.message).toMatch(words);
    const source = (await readFile(join(programs, name), 'latin1')).split(/\r?\n/);
    expect(source[(problem?.line ?? 0) - 1]?.startsWith(problem?.text.slice(0, 20) ?? '?')).toBe(true);
  });
});
