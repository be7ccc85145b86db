import { BlockList, isIP } from 'node:net';
import type { WebRequest } from './exchange.ts';

/** Finds whom a request comes from: the peer, or what a configured proxy says; forwarded headers of anybody else are ignored. */
export function addressReader(trustedProxies: readonly string[]): (request: WebRequest) => string {
  const trusted = new BlockList();
  for (const entry of trustedProxies) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    trusted.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  }
  return request => {
    const family = isIP(request.remote);
    if (family === 0 || !trusted.check(request.remote, family === 6 ? 'ipv6' : 'ipv4')) return request.remote;
    // The last entry is the one our own proxy wrote; those before it are the client's claim.
    const forwarded = request.headers['x-forwarded-for']?.split(',').at(-1)?.trim() ?? '';
    return isIP(forwarded) ? forwarded : request.remote;
  };
}
