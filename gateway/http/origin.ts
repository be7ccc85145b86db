import type { WebRequest } from './exchange.ts';
import { type Refused, refuse } from './problems.ts';

/** Whose pages and names this server answers to. */
export interface OriginPolicy {
  /** `http://127.0.0.1:8000`, normalised. */
  readonly origins: readonly string[];
  /** Host headers of the same. */
  readonly hosts: readonly string[];
}

/** The policy: the configured public origins, or the loopback names with the port that is listened on. */
export function originPolicy(configured: readonly string[], local: { bind: string; port: number; tls: boolean }): OriginPolicy {
  const scheme = local.tls ? 'https' : 'http';
  const names = ['127.0.0.1', 'localhost', '[::1]', ...(isWildcard(local.bind) ? [] : [bracketed(local.bind)])];
  const own = names.map(name => `${scheme}://${name}:${local.port}`);
  const urls = [...configured, ...own].map(text => new URL(text));
  return { origins: [...new Set(urls.map(url => url.origin))], hosts: [...new Set(urls.map(url => url.host))] };
}

function isWildcard(bind: string): boolean {
  return bind === '0.0.0.0' || bind === '::';
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** A foreign Host header means DNS rebinding or a misrouted request. */
export function checkHost(request: WebRequest, policy: OriginPolicy): Refused | null {
  const host = (request.headers.host ?? '').toLowerCase();
  if (policy.hosts.includes(host)) return null;
  return refuse('wrong-origin', 'This address is not one of this server. Use the printed address, or name the public one in WIT_ORIGINS.');
}

/** True when a browser page of somebody else sent this (CSRF); a client without these headers is no browser. */
export function isForeignPage(request: WebRequest, policy: OriginPolicy): boolean {
  const origin = request.headers.origin;
  const site = request.headers['sec-fetch-site'];
  if (origin !== undefined && !policy.origins.includes(origin.toLowerCase())) return true;
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
