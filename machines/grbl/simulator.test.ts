import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { lstat, mkdtemp, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const run = fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url));
const program = fileURLToPath(new URL('simulator.ts', import.meta.url));

let folder: string;
let child: ChildProcess | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-'));
});
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function start(...args: string[]) {
  const forked = fork(run, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  child = forked;
  return forked;
}

async function startReady() {
  const forked = start('--port', join(folder, 'port'));
  const [message] = await once(forked, 'message');
  expect(message).toEqual({ ready: true, port: join(folder, 'port') });
  return forked;
}

async function children(pid: number): Promise<number[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(Boolean).map(Number);
}

async function alive(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !/\) [ZX]/.test(state);
}

describe('the simulator as a program', () => {
  it('replaces a stale link, says ready on both channels, and cleans up on SIGTERM', async () => {
    await symlink('/dev/pts/nothing', join(folder, 'port'));
    const forked = start('--port', join(folder, 'port'));
    const printed = once(forked.stdout ?? process.stdout, 'data');
    await once(forked, 'message');
    expect(JSON.parse(String((await printed)[0]))).toEqual({ ready: true, port: join(folder, 'port') });
    expect(existsSync(await readlink(join(folder, 'port')))).toBe(true);
    forked.kill('SIGTERM');
    expect((await once(forked, 'exit'))[0]).toBe(0);
    await expect(lstat(join(folder, 'port'))).rejects.toThrow();
  });

  it('says on which free port of this computer it serves the network', async () => {
    const forked = start('--tcp', '0');
    const [message] = await once(forked, 'message');
    expect(message).toEqual({ ready: true, host: '127.0.0.1', port: expect.any(Number) });
    const socket = connect((message as { port: number }).port, '127.0.0.1');
    expect(String((await once(socket, 'data'))[0])).toContain('Grbl 1.1h');
    socket.destroy();
  });

  it('ends when its parent goes away', async () => {
    const forked = await startReady();
    forked.disconnect();
    expect((await once(forked, 'exit'))[0]).toBe(0);
  });

  it('leaves no terminal behind when it is killed', async () => {
    const forked = await startReady();
    const helpers = await children(forked.pid ?? 0);
    expect(helpers.length).toBeGreaterThan(0);
    const below = (await Promise.all(helpers.map(children))).flat();
    forked.kill('SIGKILL');
    await once(forked, 'exit');
    for (const pid of [...helpers, ...below]) await expect.poll(() => alive(pid)).toBe(false);
  });

  it('says in one sentence what is wrong with its command line', async () => {
    const forked = start('--port', join(folder, 'port'), '--time-factor', 'fast');
    const [text] = await once(forked.stderr ?? process.stderr, 'data');
    expect(String(text)).toBe('--time-factor fast is not a number above 0\n');
    expect((await once(forked, 'exit'))[0]).toBe(1);
  });
});
