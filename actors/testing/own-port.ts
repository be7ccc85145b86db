import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { isPortFree } from '../launcher/ports.ts';

/** Those below are for servers everywhere; those above are left to whoever does not know of this file. */
const [lowest, highest] = [12_000, 32_000];

/**
 * A TCP port of 127.0.0.1 that a program of this test may listen on, and listen on again after it was ended: until this process ends no
 * other test on this computer is given it, and the system gives it to nobody by itself, neither to listeners on port 0 nor to outgoing
 * connections.
 */
export async function ownPort(): Promise<number> {
  const end = Math.min(highest, firstGivenAway());
  for (;;) {
    const port = randomInt(lowest, end);
    if ((await reserve(port)) && (await isPortFree(port, '127.0.0.1'))) return port;
  }
}

/** The UDP port of the same number is the token: it ends with this process, however that ends. */
async function reserve(port: number): Promise<boolean> {
  const token = createSocket('udp4').unref();
  token.bind({ port, address: '127.0.0.1', exclusive: true });
  return once(token, 'listening').then(
    () => true,
    () => false,
  );
}

/** ip(7), `ip_local_port_range`. */
function firstGivenAway(): number {
  const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  const first = Number.parseInt(range, 10);
  if (first > lowest) return first;
  throw new Error(
    `This system gives away every port from ${first} on by itself (ip_local_port_range); the tests need some between ${lowest} and ${highest}.`,
  );
}
