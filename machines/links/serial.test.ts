import { mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import type { DriverClock, Link } from '../driver.ts';
import { manualClock } from './manual-clock.ts';
import { takePortLock } from './port-lock.ts';
import { type PtyPeer, ptyPeer } from './pty-peer.ts';
import { openSerialLink } from './serial.ts';

const clock: DriverClock = {
  monotonic: () => performance.now(),
  setTimeout(run, ms) {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

const lockDirectory = join(tmpdir(), 'wit-locks-test');

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Opened {
  readonly link: Link;
  readonly events: string[];
  readonly fence: { epoch: number; allowed: boolean; valid(): boolean };
}

function open(path: string, ticking: DriverClock = clock): Opened {
  const events: string[] = [];
  const fence = { epoch: 1, allowed: true, valid: () => fence.allowed };
  const link = openSerialLink(
    { path, baudRate: 115_200, fence, clock: ticking, random: () => 0, lockDirectory },
    {
      opened: () => events.push('opened'),
      data: bytes => events.push(Buffer.from(bytes).toString('latin1')),
      lost: reason => events.push(`lost: ${reason}`),
    },
  );
  ends.push(() => link.close());
  return { link, events, fence };
}

async function peer(): Promise<PtyPeer> {
  const made = await ptyPeer();
  ends.push(() => made.cut());
  return made;
}

it('carries every byte value to the device and back', async () => {
  const far = await peer();
  const { link, events } = open(far.path);
  await expect.poll(() => events).toEqual(['opened']);
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  expect(link.write(all)).toBe(true);
  await expect.poll(() => far.received()).toBe(Buffer.from(all).toString('latin1'));
  far.say('\x80\xffok\r\n');
  await expect.poll(() => events.slice(1).join('')).toBe('\x80\xffok\r\n');
});

it('lets an urgent byte overtake what the operating system has not taken', async () => {
  const far = await peer();
  const { link, events } = open(far.path);
  await expect.poll(() => events).toEqual(['opened']);
  const much = Buffer.alloc(400_000, 'a');
  expect(link.write(much)).toBe(true);
  link.write(Buffer.from('z'));
  link.urgent(Buffer.from('!'));
  await expect.poll(() => far.received()).toHaveLength(400_002);
  expect(far.received().indexOf('!')).toBeLessThan(400_000);
  expect(far.received().at(-1)).toBe('z');
});

it('asks the fence before each write and drops everything without the right', async () => {
  const far = await peer();
  const { link, events, fence } = open(far.path);
  await expect.poll(() => events).toEqual(['opened']);
  fence.allowed = false;
  expect([link.write(Buffer.from('no')), link.urgent(Buffer.from('!'))]).toEqual([false, false]);
  fence.allowed = true;
  expect(link.write(Buffer.from('yes'))).toBe(true);
  await expect.poll(() => far.received()).toBe('yes');
});

it('[G1] refuses a port that another link of this computer holds', async () => {
  const far = await peer();
  const first = open(far.path);
  await expect.poll(() => first.events).toEqual(['opened']);
  const second = open(far.path);
  await expect.poll(() => second.events).toEqual([expect.stringMatching(`^lost: ${far.path} is in use by process ${process.pid} since `)]);
  expect(second.link.write(Buffer.from('x'))).toBe(false);
});

it('[F7] says once that the cable is gone and finds the port again under its stable name', async () => {
  const name = join(mkdtempSync(join(tmpdir(), 'wit-port-')), 'mill');
  const before = await peer();
  symlinkSync(before.path, name);
  const { link, events } = open(name);
  await expect.poll(() => events).toEqual(['opened']);
  await before.cut();
  await vi.waitFor(() => {
    link.write(Buffer.from('?'));
    expect(events.filter(event => event.startsWith('lost: The connection broke') || event.startsWith('lost: The port'))).toHaveLength(1);
  });
  const after = await peer();
  rmSync(name);
  symlinkSync(after.path, name);
  await expect.poll(() => events.at(-1)).toBe('opened');
  expect(link.write(Buffer.from('!'))).toBe(true);
  await expect.poll(() => after.received()).toBe('!');
});

it('reports a port that does not exist once, and keeps looking', async () => {
  const name = join(mkdtempSync(join(tmpdir(), 'wit-port-')), 'mill');
  const { events } = open(name);
  await expect.poll(() => events).toEqual([`lost: There is no port ${name}.`]);
  const far = await peer();
  symlinkSync(far.path, name);
  await expect.poll(() => events).toEqual([`lost: There is no port ${name}.`, 'opened']);
});

it.each([{ becomes: 'opens' }, { becomes: 'cannot be opened' }])(
  '[EQ25] gives a port free before its close ends, though the port was being opened just then and $becomes',
  async ({ becomes }) => {
    const path = becomes === 'opens' ? (await peer()).path : noPort();
    const stepped = manualClock();
    const { link, events } = open(path, stepped);
    stepped.advance(0);
    expect(isFree(path)).toBe(false);
    await link.close();
    expect(isFree(path)).toBe(true);
    expect(events).toEqual([]);
  },
);

/** There is something at its path, but no port. */
function noPort(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'wit-port-')), 'mill');
  writeFileSync(path, '');
  return path;
}

/** Nobody holds the port's lock, and this process has it not open. */
function isFree(path: string): boolean {
  const taken = takePortLock(path, lockDirectory);
  if (taken.ok) taken.lock.release();
  return taken.ok && !filesOpen().includes(path);
}

function filesOpen(): string[] {
  return readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      return [readlinkSync(join('/proc/self/fd', fd))];
    } catch {
      // The one that listed them.
      return [];
    }
  });
}
