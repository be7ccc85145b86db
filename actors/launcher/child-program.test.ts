import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startChild } from './child-program.ts';
import { childPrograms } from './programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'wit-child-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const standIn = "process.send({ ready: true }); setInterval(() => {}, 1000); process.once('disconnect', () => process.exit(0));";

/** May this user go before others? root usually, nobody else; a container may be denied it. */
function mayHurry(): boolean {
  const before = getPriority();
  try {
    setPriority(before - 1);
    setPriority(before);
    return true;
  } catch {
    return false;
  }
}

async function priorityOf(niceness: number): Promise<number> {
  const file = join(folder, 'program.mjs');
  writeFileSync(file, standIn);
  const logFile = join(folder, 'program.log');
  const child = await startChild({
    name: 'program',
    file,
    args: [],
    variables: {},
    logFile,
    readyWithinMs: 20_000,
    niceness,
    answersPings: false,
  });
  try {
    return getPriority(child.pid);
  } finally {
    await child.stop(1_000);
  }
}

describe('a child program', () => {
  it('goes before others when it is urgent and we may say so, and starts all the same when we may not', async () => {
    expect(await priorityOf(-10)).toBe(mayHurry() ? -10 : getPriority());
    expect(await priorityOf(0)).toBe(getPriority());
  });

  it('is urgent on the way of the stop: the stop lane and the node, nothing else', () => {
    const urgent = childPrograms.filter(program => program.niceness < 0).map(program => program.name);
    expect(urgent).toEqual(['node', 'stop-lane']);
  });
});
