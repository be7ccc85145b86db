import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ownPort } from '../actors/testing/own-port.ts';
import type { Endpoints } from './product/product.ts';
import { until } from './product/wait.ts';

const root = resolve(import.meta.dirname, '..');

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A service manager signals only the process that it started, which is npm: nothing may go on driving machines behind its back. */
test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s to npm alone ends the whole workshop in order',
  async signal => {
    const dataDir = await mkdtemp(join(tmpdir(), 'wit-ending-'));
    const port = await ownPort();
    const env = { ...process.env, WIT_DATA_DIR: dataDir, WIT_PORT: String(port), WIT_STOP_PORT: String(await ownPort()) };
    const npm = spawn('npm', ['start'], { cwd: root, env, detached: true, stdio: 'ignore' });
    const ended = once(npm, 'exit');
    try {
      await until('it serves', async () => (await fetch(`http://127.0.0.1:${port}/api/v1/system/health`)).ok, 60_000);
      const endpoints = JSON.parse(readFileSync(join(dataDir, 'run/endpoints.json'), 'utf8')) as Endpoints;
      const programs = Object.values(endpoints.processes);
      expect(programs.filter(isAlive).length).toBeGreaterThan(5);
      npm.kill(signal);
      await until('every program has ended', () => !programs.some(isAlive));
      await ended;
    } finally {
      try {
        process.kill(-(npm.pid ?? 0), 'SIGKILL');
      } catch {
        // Ended, as it should.
      }
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
  120_000,
);
