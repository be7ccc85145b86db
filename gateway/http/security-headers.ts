/** The headers that every response carries (ASVS 3.4). */
export function securityHeaders(site: { readonly host: string; readonly stopPort: number; readonly tls: boolean }): Record<string, string> {
  return {
    'content-security-policy': contentSecurityPolicy(site),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), serial=(), usb=()',
    ...(site.tls ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}

function contentSecurityPolicy({ host, stopPort, tls }: { host: string; stopPort: number; tls: boolean }): string {
  const scheme = tls ? 'wss' : 'ws';
  const name = host.replace(/:\d+$/, '');
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    `connect-src 'self' ${scheme}://${host} ${scheme}://${name}:${stopPort}`,
    "require-trusted-types-for 'script'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}
