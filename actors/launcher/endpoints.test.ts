import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Exit, RunningProgram } from './bound-process.ts';
import { EndpointsFile, readEndpoints } from './endpoints.ts';
import { Supervised } from './supervised.ts';

let root: string;
let said: string[];
let endpoints: EndpointsFile;
/** How each run of the program may be ended from outside. */
let ends: ((exit: Exit) => void)[];
let program: Supervised;

const run = () => join(root, 'run');
const path = () => join(run(), 'endpoints.json');

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'wit-endpoints-'));
  mkdirSync(run());
  [said, ends] = [[], []];
  endpoints = new EndpointsFile(path(), sentence => said.push(sentence));
  const start = async (): Promise<RunningProgram> => {
    let end: (exit: Exit) => void = () => undefined;
    const exited = new Promise<Exit>(resolve => {
      end = resolve;
    });
    ends.push(end);
    return { pid: ends.length, exited, stop: async () => end({ code: 0, signal: null }) };
  };
  program = new Supervised(
    { name: 'gateway', graceMs: 1, start },
    {
      now: () => 0,
      random: () => 0.5,
      wait: async () => undefined,
      started: (name, pid) => endpoints.started(name, pid),
      ended: name => endpoints.ended(name),
      say: () => undefined,
    },
  );
  await program.start();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** As a disk that turned read-only; this stops root too. */
function breakDisk(): void {
  rmSync(run(), { recursive: true });
  writeFileSync(run(), '');
}

function mendDisk(): void {
  rmSync(run());
  mkdirSync(run());
}

test('[F25] [F26] what ends while the disk takes nothing is started again and ended in order; the trouble is said once', async () => {
  breakDisk();
  ends[0]?.({ code: 1, signal: null });
  await expect.poll(() => ends.length).toBe(2);
  await program.stop();
  expect(said).toEqual([expect.stringMatching(/endpoints\.json cannot be written \(.*ENOTDIR.*\): look at the disk/)]);
});

test('[F25] the file is whole again with the next change after the disk was mended', async () => {
  breakDisk();
  ends[0]?.({ code: 1, signal: null });
  await expect.poll(() => ends.length).toBe(2);
  mendDisk();
  endpoints.set({ url: 'http://127.0.0.1:8000' });
  expect(readEndpoints(path())).toMatchObject({ url: 'http://127.0.0.1:8000', processes: { gateway: 2 } });
  expect(said.at(-1)).toMatch(/endpoints\.json is written again/);
});
