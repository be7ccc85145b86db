import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LanePress, NodeFrame } from '../actors/stop/protocol.ts';
import { type StopServer, startStopServer } from '../actors/stop/server.ts';

const program = resolve(import.meta.dirname, 'stop.mjs');

let folder: string;
let server: StopServer | null;
let presses: LanePress[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wit-stop-'));
  mkdirSync(join(folder, 'secrets'));
  writeFileSync(join(folder, 'secrets/stop-lane'), 'the secret');
  server = null;
  presses = [];
});
afterEach(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A node with one mill that answers a press with these stages. */
async function node(stages: readonly ('written' | 'confirmed')[]): Promise<void> {
  const press = (asked: LanePress, answer: (frame: NodeFrame) => void) => {
    presses.push(asked);
    for (const stage of stages) answer({ stopId: asked.stopId, equipment: 'mill-1', stage, ms: 3 });
  };
  server = await startStopServer(join(folder, 'run/stop-here.sock'), 'the secret', { ids: ['mill-1'], press });
}

function run(): Promise<{ code: number; output: string }> {
  return new Promise(done => {
    const child = execFile(process.execPath, [program], { env: { ...process.env, WIT_DATA_DIR: folder } }, (_error, out, err) => {
      done({ code: child.exitCode ?? -1, output: out + err });
    });
  });
}

describe('npm run stop', () => {
  it('stops every machine without a log-in and says when it confirmed', async () => {
    await node(['written', 'confirmed']);
    expect(await run()).toEqual({ code: 0, output: 'mill-1: stopped, confirmed after 3 ms\n' });
    expect(presses).toEqual([expect.objectContaining({ equipment: 'all', pass: 'host', by: 'host' })]);
  });

  it('fails and points to the hardware stop when a machine does not confirm', async () => {
    await node(['written']);
    expect(await run()).toEqual({ code: 1, output: 'mill-1: stop written: NOT CONFIRMED - use the hardware stop.\n' });
  });

  it('fails when no node runs', async () => {
    expect(await run()).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^No node runs on .*: NOT CONFIRMED - use the hardware stop\.\n$/),
    });
  });

  it('fails when a socket was left by a killed node', async () => {
    mkdirSync(join(folder, 'run'));
    writeFileSync(join(folder, 'run/stop-gone.sock'), '');
    expect(await run()).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^gone: cannot be reached \(ECONNREFUSED\): NOT CONFIRMED/),
    });
  });
});
