import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { until } from '../../actors/testing/until.ts';
import { openWorkshop, password, type Workshop } from '../testing/workshop.ts';

const folder = mkdtempSync(join(tmpdir(), 'wit-tls-'));
const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
const openssl = spawnSync('openssl', [
  ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost'.split(' '),
  ...['-keyout', key, '-out', cert],
]);

/** A request that trusts the certificate of this test only because it made it. */
function ask(port: number, path: string, json?: unknown): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  const body = json === undefined ? undefined : JSON.stringify(json);
  return new Promise((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      path,
      rejectUnauthorized: false,
      method: body ? 'POST' : 'GET',
      headers: body ? { 'content-type': 'application/json' } : {},
    };
    const sending = request(options, response => {
      let text = '';
      response.on('data', chunk => {
        text += String(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

describe.skipIf(openssl.status !== 0)('with TLS', () => {
  let workshop: Workshop;
  let port: number;

  beforeAll(async () => {
    workshop = await openWorkshop({ WIT_TLS_CERT_FILE: cert, WIT_TLS_KEY_FILE: key });
    port = workshop.gateway.port;
  }, 60_000);
  afterAll(async () => {
    await workshop?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('[S8] the refresh cookie is bound to the host and to TLS, HSTS and wss are said', async () => {
    const token = await workshop.setupToken();
    const done = await ask(port, '/api/v1/auth/setup', { token, login: 'mara', name: 'Mara', password });
    expect(done.status).toBe(200);
    expect(String(done.headers['set-cookie'])).toMatch(
      /^__Host-wit-refresh=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/,
    );
    expect(done.headers['strict-transport-security']).toContain('max-age=31536000');
    expect(done.headers['content-security-policy']).toContain(`wss://127.0.0.1:${port} wss://127.0.0.1:8001`);
  });

  test('live sockets are served over TLS, and plain text is not', async () => {
    const socket = new WebSocket(`wss://127.0.0.1:${port}/api/v1/live`, ['wit.v1', 'x'], {
      origin: `https://127.0.0.1:${port}`,
      rejectUnauthorized: false,
    });
    let code = 0;
    socket.on('close', closed => {
      code = closed;
    });
    await until('closed for want of a ticket', () => code === 4401);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });
});
