import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { importJWK, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemDetailsSchema } from '../contract/problem.ts';
import { administrator, ask, type Got, openWorkshop, type Workshop } from '../testing/workshop.ts';

let workshop: Workshop;
let admin: Awaited<ReturnType<typeof administrator>>;

beforeAll(async () => {
  workshop = await openWorkshop();
  admin = await administrator(workshop);
}, 60_000);
afterAll(() => workshop?.close());

/** Reachable without a token: everything else answers 401. */
const publicRoutes = [
  'GET /api/v1/auth/setup',
  'POST /api/v1/auth/setup',
  'POST /api/v1/auth/login',
  'POST /api/v1/auth/refresh',
  'POST /api/v1/auth/logout',
  'GET /api/v1/system/health',
  'GET /api/v1/system/ready',
];

function expectProblem(got: Got, status: number, code: string): void {
  expect([got.status, got.body.code]).toEqual([status, code]);
  problemDetailsSchema.parse(got.body);
  expect(JSON.stringify(got.body)).not.toMatch(/\n\s+at |node_modules|\.ts:|select |insert /i);
}

describe('the surface', () => {
  test('[S40] every route without a token is 401, except the public ones', async () => {
    const { body } = await ask(workshop.url, '/openapi.json', { token: admin.accessToken });
    const open: string[] = [];
    for (const [path, methods] of Object.entries(body.paths as Record<string, object>)) {
      for (const method of Object.keys(methods)) {
        const route = `${method.toUpperCase()} ${path}`;
        const real = path.replace('/api/v1', '').replaceAll(/\{\w+\}/g, 'mill-1');
        const got = await ask(workshop.url, real, { method: method.toUpperCase(), ...(method === 'post' ? { json: {} } : {}) });
        if (publicRoutes.includes(route)) open.push(route);
        else expectProblem(got, 401, 'not-authenticated');
      }
    }
    expect(open.sort()).toEqual([...publicRoutes].sort());
  });

  test('[S20] every response carries the security headers, refusals and pages too', async () => {
    for (const path of ['/', '/login', '/api/v1/system/health', '/api/v1/no-such', '/assets/index-BX12cd34.js', '/nothing']) {
      const { headers } = await fetch(workshop.url + path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain(`ws://127.0.0.1:${workshop.gateway.port} ws://127.0.0.1:8001`);
      expect(policy).toContain("require-trusted-types-for 'script'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
      expect([headers.get('x-content-type-options'), headers.get('referrer-policy')]).toEqual(['nosniff', 'no-referrer']);
    }
  });

  test('pages: app routes get the index, hashed assets are cached for ever, paths reach no file', async () => {
    for (const path of ['/', '/login', '/setup', '/people', '/rules', '/machines/mill-1'])
      expect(await (await fetch(workshop.url + path)).text()).toContain('W.I.T.');
    const asset = await fetch(`${workshop.url}/assets/index-BX12cd34.js`);
    expect(asset.headers.get('cache-control')).toContain('immutable');
    for (const path of [
      '/../secrets/gateway-keys.json',
      '/%2e%2e/secrets/gateway-keys.json',
      '/assets/..%2f..%2fsecrets',
      '/index.html%00.js',
    ]) {
      expect((await rawGet(path)).split(' ')[1]).toBe('404');
    }
  });

  test('methods that a resource does not have, and TRACE, are 405', async () => {
    expectProblem(await ask(workshop.url, '/system/health', { method: 'DELETE' }), 405, 'method-not-allowed');
    expect((await rawGet('/api/v1/system/health', 'TRACE')).split(' ')[1]).toBe('405');
  });

  test('a read carries an ETag, and answers 304 when nothing changed', async () => {
    const first = await ask(workshop.url, '/auth/people', { token: admin.accessToken });
    const etag = first.headers.get('etag') ?? '';
    const second = await ask(workshop.url, '/auth/people', { token: admin.accessToken, headers: { 'if-none-match': etag } });
    expect([etag.length > 10, second.status]).toEqual([true, 304]);
  });
});

describe('what pages of others send', () => {
  const login = { login: 'mara', password: 'wrong one' };

  test.each([
    ['a foreign origin', { origin: 'http://evil.example' }],
    ['the origin null', { origin: 'null' }],
    ['a cross-site request', { 'sec-fetch-site': 'cross-site' }],
    ['a same-site request', { 'sec-fetch-site': 'same-site' }],
  ])('[S19] %s has no effect', async (_title, headers) => {
    expectProblem(await ask(workshop.url, '/auth/login', { json: login, headers }), 403, 'wrong-origin');
    expectProblem(
      await ask(workshop.url, '/auth/refresh', { method: 'POST', headers: { ...headers, cookie: admin.cookie } }),
      403,
      'wrong-origin',
    );
  });

  test('[S19] a form or text/plain is no JSON', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonx']) {
      const got = await ask(workshop.url, '/auth/login', { body: JSON.stringify(login), headers: { 'content-type': type } });
      expectProblem(got, 415, 'unsupported-media-type');
    }
  });

  test('[A4] a foreign Host is refused, and forwarded headers change nothing', async () => {
    expect((await rawGet('/api/v1/system/health', 'GET', 'evil.example')).split(' ')[1]).toBe('403');
    const headers = { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1', referer: workshop.url };
    expectProblem(await ask(workshop.url, '/auth/me', { headers }), 401, 'not-authenticated');
  });
});

describe('bodies', () => {
  const send = (body: string, headers = {}) =>
    ask(workshop.url, '/auth/presence', { body, token: admin.accessToken, headers: { 'content-type': 'application/json', ...headers } });

  test.each([
    ['malformed JSON', '{"equipment":', 400, 'malformed-json'],
    ['nothing', ' ', 400, 'malformed-json'],
    ['a wrong type', '{"equipment":7}', 400, 'invalid'],
    ['an id that is a path', '{"equipment":"../etc"}', 400, 'invalid'],
    ['a field too many', '{"equipment":"mill-1","role":"administrator"}', 400, 'unknown-field'],
    ['a prototype', '{"equipment":"mill-1","__proto__":{"role":"administrator"}}', 400, 'unknown-field'],
    ['70 KiB', JSON.stringify({ equipment: 'x'.repeat(70_000) }), 413, 'too-large'],
  ])('[S14] %s', async (_title, body, status, code) => {
    expectProblem(await send(body), status, code);
  });
});

describe('tokens', () => {
  test('[S7] forged, foreign, expired and confused tokens are refused, all of them', async () => {
    for (const [title, token] of await badTokens()) {
      const got = await ask(workshop.url, '/auth/me', { token });
      expect([title, got.status]).toEqual([title, 401]);
    }
    expect((await ask(workshop.url, '/auth/me', { token: admin.accessToken })).status).toBe(200);
  });

  test('[S7] ten minutes later the token has expired, and says so', async () => {
    workshop.clock.ahead = 601_000;
    expectProblem(await ask(workshop.url, '/auth/me', { token: admin.accessToken }), 401, 'token-expired');
    workshop.clock.ahead = 0;
  });
});

/** The negative corpus: what could be made of our tokens and keys by somebody who has everything but the private halves. */
async function badTokens(): Promise<[string, string][]> {
  const jwks = JSON.parse(readFileSync(join(workshop.folder, 'secrets', 'gateway-keys.json'), 'utf8')) as Record<string, JWK>;
  const [head = '', payload = '', signature = ''] = admin.accessToken.split('.');
  const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const own = await importJWK(jwks.access ?? {}, 'EdDSA');
  const foreign = generateKeyPairSync('ed25519').privateKey;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const sign = (change: object, more: { header?: object; key?: unknown } = {}) =>
    new SignJWT({ ...claims, ...change })
      .setProtectedHeader({ ...header, ...more.header } as { alg: string })
      .sign((more.key ?? own) as Parameters<SignJWT['sign']>[0]);
  const publicBytes = Buffer.from(jwks.access?.x ?? '', 'base64url');
  const swapped = encode({ ...claims, role: 'administrator', sub: randomUUID() });
  return [
    ['empty signature', `${head}.${payload}.`],
    ['changed payload', `${head}.${swapped}.${signature}`],
    ['cut signature', `${head}.${payload}.${signature.slice(0, -4)}`],
    ['alg none', new UnsecuredJWT(claims as never).encode()],
    ['alg none with our header', `${encode({ ...header, alg: 'none' })}.${payload}.`],
    ['HS256 with the public key as secret', await sign({}, { header: { alg: 'HS256' }, key: publicBytes })],
    ['RS256 of our kid', await sign({}, { header: { alg: 'RS256' }, key: rsa })],
    ['signed by a foreign key', await sign({}, { key: foreign })],
    ['unknown kid', await sign({}, { header: { kid: 'somebody' } })],
    ['kid as a path', await sign({}, { header: { kid: '../../secrets/gateway-keys.json' } })],
    ['no kid', await sign({}, { header: { kid: undefined } })],
    ['a key in the header', await sign({}, { header: { kid: 'mine', jwk: jwks.access }, key: foreign })],
    ['jku', await sign({}, { header: { kid: 'mine', jku: 'http://evil.example/keys' }, key: foreign })],
    ['a critical extension', `${encode({ ...header, crit: ['b64'], b64: false })}.${payload}.${signature}`],
    ['another issuer', await sign({ iss: 'wit/other' })],
    ['another audience', await sign({ aud: 'wit-stop-lane' })],
    ['no audience', await sign({ aud: undefined })],
    ['another typ', await sign({}, { header: { typ: 'JWT' } })],
    ['an assertion typ', await sign({}, { header: { typ: 'wit-assertion+jwt' } })],
    ['no exp', await sign({ exp: undefined })],
    ['expired', await sign({ exp: Math.floor(Date.now() / 1000) - 1 })],
    ['exp as text', await sign({ exp: 'tomorrow' }).catch(() => 'x.y.z')],
    ['a role that is none', await sign({ role: 'root' })],
    ['no session', await sign({ sid: undefined })],
    ['a session that never was', await sign({ sid: randomUUID() })],
    ['a stop pass', admin.stopPass],
    ['signed with the stop key', await sign({}, { key: await importJWK(jwks.stop ?? {}, 'EdDSA') })],
    ['the stop key under its own kid', await stopKeyToken(jwks, claims, header)],
    ['a refresh token', admin.cookie.split('=')[1] ?? ''],
    ['rubbish', 'a.b.c'],
    ['four parts', `${admin.accessToken}.x`],
    ['much', 'x'.repeat(5_000)],
  ];
}

async function stopKeyToken(jwks: Record<string, JWK>, claims: object, header: object): Promise<string> {
  const [stopHead = ''] = admin.stopPass.split('.');
  const { kid } = JSON.parse(Buffer.from(stopHead, 'base64url').toString()) as { kid: string };
  return new SignJWT({ ...claims }).setProtectedHeader({ ...header, kid, alg: 'EdDSA' }).sign(await importJWK(jwks.stop ?? {}, 'EdDSA'));
}

/** The status line of a request that fetch would tidy up first. */
function rawGet(path: string, method = 'GET', host = `127.0.0.1:${workshop.gateway.port}`): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(workshop.gateway.port, '127.0.0.1', () => {
      socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    });
    socket.once('data', data => {
      resolve(String(data).split('\r\n')[0] ?? '');
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

describe('a client that goes away', () => {
  test('in the middle of its body harms nobody', async () => {
    await new Promise<void>(resolve => {
      const going = request(`${workshop.url}/api/v1/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': '1000' },
      });
      going.on('error', () => undefined);
      going.on('close', () => resolve());
      going.write('{"login":');
      setTimeout(() => going.destroy(), 50);
    });
    expect((await ask(workshop.url, '/system/health')).status).toBe(200);
  });
});
