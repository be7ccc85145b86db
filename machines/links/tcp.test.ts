import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { DriverClock, Link } from '../driver.ts';
import { openTcpLink } from './tcp.ts';

const clock: DriverClock = {
  monotonic: () => performance.now(),
  setTimeout(run, ms) {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Device {
  readonly port: number;
  readonly sockets: Socket[];
  /** Everything received so far over all connections, Latin-1. */
  received(): string;
  end(): Promise<void>;
}

async function device(port = 0, greet: (socket: Socket) => unknown = () => undefined): Promise<Device> {
  const sockets: Socket[] = [];
  let text = '';
  const server: Server = createServer(socket => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', bytes => {
      text += bytes.toString('latin1');
    });
    greet(socket);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const end = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>(done => server.close(() => done()));
  };
  ends.push(end);
  return { port: (server.address() as AddressInfo).port, sockets, received: () => text, end };
}

interface Opened {
  readonly link: Link;
  readonly events: string[];
  readonly fence: { epoch: number; allowed: boolean; valid(): boolean };
}

function open(port: number, host = '127.0.0.1'): Opened {
  const events: string[] = [];
  const fence = { epoch: 1, allowed: true, valid: () => fence.allowed };
  const link = openTcpLink(
    { host, port, fence, clock, random: () => 0, connectTimeoutMs: 500 },
    {
      opened: () => events.push('opened'),
      data: bytes => events.push(Buffer.from(bytes).toString('latin1')),
      lost: reason => events.push(`lost: ${reason}`),
    },
  );
  ends.push(() => link.close());
  return { link, events, fence };
}

it('carries every byte value to the device and back', async () => {
  const far = await device();
  const { link, events } = open(far.port);
  await expect.poll(() => events).toEqual(['opened']);
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  expect(link.write(all)).toBe(true);
  await expect.poll(() => far.received()).toBe(Buffer.from(all).toString('latin1'));
  far.sockets[0]?.write(Buffer.from('\x80\xffok\r\n', 'latin1'));
  await expect.poll(() => events.slice(1).join('')).toBe('\x80\xffok\r\n');
});

it('lets an urgent byte overtake what the operating system has not taken', async () => {
  const far = await device(0, socket => socket.pause());
  const { link, events } = open(far.port);
  await expect.poll(() => events).toEqual(['opened']);
  const bytes = 32 * 1024 * 1024;
  expect(link.write(Buffer.alloc(bytes, 'a'))).toBe(true);
  link.write(Buffer.from('z'));
  link.urgent(Buffer.from('!'));
  far.sockets[0]?.resume();
  await expect.poll(() => far.received()).toHaveLength(bytes + 2);
  expect(far.received().indexOf('!')).toBeLessThan(bytes);
  expect(far.received().at(-1)).toBe('z');
});

it('has an urgent byte with the operating system when it returns', async () => {
  const far = await device();
  const { link, events } = open(far.port);
  await expect.poll(() => events).toEqual(['opened']);
  expect(link.urgent(Buffer.from('!'))).toBe(true);
  // Not one turn of the event loop later: what the kernel has survives the end of the connection.
  await link.close();
  await expect.poll(() => far.received()).toBe('!');
});

it('loses no urgent byte to answers that nobody read when it closes', async () => {
  const far = await device(0, socket => socket.pause());
  const { link, events } = open(far.port);
  await expect.poll(() => events).toEqual(['opened']);
  const socket = far.sockets[0];
  // More than the device takes while it does not read, and less than the operating system takes: the stop byte waits in there.
  const bytes = 1024 * 1024;
  link.write(Buffer.alloc(bytes, 'a'));
  // Arrives in this turn of the event loop, in which the link cannot read it: closed now, the connection would be reset.
  socket?.write('ok\r\n');
  expect(link.urgent(Buffer.from('!'))).toBe(true);
  const closed = link.close();
  socket?.resume();
  await closed;
  await expect.poll(() => far.received().at(-1)).toBe('!');
  expect(far.received()).toHaveLength(bytes + 1);
});

it('[G1] without the right to write it writes nothing, frees the device for the next owner and stays away', async () => {
  const far = await device();
  const { link, events, fence } = open(far.port);
  await expect.poll(() => events).toEqual(['opened']);
  fence.allowed = false;
  expect([link.write(Buffer.from('no')), link.urgent(Buffer.from('!'))]).toEqual([false, false]);
  await expect.poll(() => far.sockets[0]?.destroyed).toBe(true);
  await expect.poll(() => events.at(-1)).toContain('no right to write');
  await new Promise(done => setTimeout(done, 500));
  expect(far.sockets).toHaveLength(1);
  fence.allowed = true;
  await expect.poll(() => events.at(-1)).toBe('opened');
  expect(link.write(Buffer.from('yes'))).toBe(true);
  await expect.poll(() => far.received()).toBe('yes');
});

it('[F7] says once that the connection broke and connects again', async () => {
  const far = await device();
  const { events, link } = open(far.port);
  await expect.poll(() => events).toEqual(['opened']);
  await far.end();
  await expect.poll(() => events.filter(event => event.startsWith('lost: The connection broke'))).toHaveLength(1);
  expect(link.write(Buffer.from('?'))).toBe(false);
  const again = await device(far.port);
  await expect.poll(() => events.at(-1)).toBe('opened');
  expect(link.write(Buffer.from('!'))).toBe(true);
  await expect.poll(() => again.received()).toBe('!');
});

it('reports a device that is not there once, and keeps trying', async () => {
  const gone = await device();
  await gone.end();
  const { events } = open(gone.port);
  const sentence = `lost: 127.0.0.1 port ${gone.port} cannot be reached: connect ECONNREFUSED 127.0.0.1:${gone.port}.`;
  await expect.poll(() => events).toEqual([sentence]);
  await device(gone.port);
  await expect.poll(() => events).toEqual([sentence, 'opened']);
});

it('gives a device up that no route leads to', async () => {
  // The broadcast address of the loopback network: nobody is ever there, and no packet leaves this computer.
  const { events } = open(23, '127.255.255.255');
  await expect.poll(() => events[0]).toMatch(/^lost: 127\.255\.255\.255 port 23 cannot be reached: /);
});

it('throws a silent connection away with what it holds, and connects anew', async () => {
  const far = await device(0, socket => socket.pause());
  const { link, events } = open(far.port);
  await expect.poll(() => events).toEqual(['opened']);
  link.write(Buffer.alloc(32 * 1024 * 1024, 'a'));
  link.giveUp('silence');
  await expect.poll(() => events).toEqual(['opened', 'lost: silence', 'opened']);
  expect(link.write(Buffer.from('!'))).toBe(true);
});

it('waits longer each time a device takes the connection and closes it again', async () => {
  const far = await device(0, socket => socket.resetAndDestroy());
  open(far.port);
  await expect.poll(() => far.sockets.length).toBeGreaterThan(1);
  await new Promise(done => setTimeout(done, 1000));
  expect(far.sockets.length).toBeLessThan(6);
});
