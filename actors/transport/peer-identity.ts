import { readFile } from 'node:fs/promises';
import type { PeerFiles } from '../config.ts';

/** Certificate, key and authority as TLS takes them (PEM); no older TLS is spoken between our own programs. */
export interface PeerIdentity {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly minVersion: 'TLSv1.3';
}

/** Reads the files anew: a renewed certificate is used from the next connection on. Rejects when one cannot be read. */
export async function readPeerIdentity({ certFile, keyFile, caFile }: PeerFiles): Promise<PeerIdentity> {
  const [cert, key, ca] = await Promise.all([certFile, keyFile, caFile].map(file => readFile(file, 'utf8')));
  return { cert: cert ?? '', key: key ?? '', ca: ca ?? '', minVersion: 'TLSv1.3' };
}

/** The parts of `host:port`; an IPv6 address stands in brackets. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) };
}
