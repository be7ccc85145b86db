import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wit-ensure-'));
  mkdirSync(join(folder, 'scripts'));
  mkdirSync(join(folder, 'bin'));
  copyFileSync(resolve(import.meta.dirname, 'ensure.mjs'), join(folder, 'scripts/ensure.mjs'));
  writeLock('1.0.0');
  fakeNpm('mkdir -p node_modules/a && echo {} > node_modules/a/package.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writeLock(version: string): void {
  const packages = { '': {}, 'node_modules/a': { version }, 'node_modules/other-platform': { version, optional: true } };
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
}

/** Takes npm's place; writes down how it was called. */
function fakeNpm(work: string): void {
  writeFileSync(join(folder, 'bin/npm'), `#!/bin/sh\necho "$@" >> calls\n${work}\n`, { mode: 0o755 });
}

function calls(): string[] {
  return readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
}

function ensure(): Promise<{ code: number; errors: string }> {
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, WIT_NATS_URL: 'nats://elsewhere' };
  return new Promise(done => {
    const child = execFile(process.execPath, ['scripts/ensure.mjs'], { cwd: folder, env }, (_error, _out, errors) => {
      done({ code: child.exitCode ?? -1, errors });
    });
  });
}

describe('what npm start ensures first', () => {
  it('installs from the lockfile without install scripts, and only once', async () => {
    expect((await ensure()).code).toBe(0);
    expect((await ensure()).code).toBe(0);
    expect(calls()).toEqual([expect.stringMatching(/^ci --ignore-scripts /)]);
  });

  it('installs again after the lockfile changed', async () => {
    await ensure();
    writeLock('1.0.1');
    await ensure();
    expect(calls()).toHaveLength(2);
  });

  it('installs again when a package was removed', async () => {
    await ensure();
    rmSync(join(folder, 'node_modules/a'), { recursive: true });
    await ensure();
    expect(calls()).toHaveLength(2);
  });

  it('installs again after an installation that broke off', async () => {
    fakeNpm('mkdir -p node_modules/a && exit 1');
    const broken = await ensure();
    expect(broken).toEqual({ code: 1, errors: 'The packages could not be installed: is the network reachable and the disk not full?\n' });
    fakeNpm('echo {} > node_modules/a/package.json');
    expect((await ensure()).code).toBe(0);
  });
});
