import type { WebRequest } from '../http/exchange.ts';

/** How the refresh token travels: a cookie that no script reads and no other site sends. */
export interface CookieRules {
  readonly tls: boolean;
  /** The port that browsers ask. Cookies ignore ports: two workshops on one loopback address need two names. */
  readonly port: number;
}

const maxAgeSeconds = 30 * 86_400;

function cookieName({ tls, port }: CookieRules): string {
  return tls ? '__Host-wit-refresh' : `wit-refresh-${port}`;
}

/** The Set-Cookie value; null ends the cookie. */
export function refreshCookie(token: string | null, rules: CookieRules): string {
  const value = token ?? '';
  const age = token === null ? 0 : maxAgeSeconds;
  return `${cookieName(rules)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${age}${rules.tls ? '; Secure' : ''}`;
}

/** The refresh token of a request, or null. */
export function readRefreshCookie(request: WebRequest, rules: CookieRules): string | null {
  const name = cookieName(rules);
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=');
    if (key === name && /^[A-Za-z0-9_-]{43}$/.test(value.join('='))) return value.join('=');
  }
  return null;
}
