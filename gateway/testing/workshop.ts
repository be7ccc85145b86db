import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { type Config, readConfig } from '../../actors/config.ts';
import { type RunningNats, startNats } from '../../actors/launcher/nats.ts';
import { credentialFile } from '../../actors/launcher/nats-users.ts';
import { createTestDatabase, type TestDatabase } from '../../actors/testing/test-database.ts';
import { until } from '../../actors/testing/until.ts';
import type { SessionResponse } from '../contract/auth.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../server.ts';
import { DatabaseCable } from './cable.ts';
import { FakeOwner } from './fake-owner.ts';

/** A gateway over a real nats-server and a real PostgreSQL, with a fake owner behind it. */
export interface Workshop {
  readonly url: string;
  readonly folder: string;
  readonly database: TestDatabase;
  /** The gateway's way to the database. */
  readonly cable: DatabaseCable;
  readonly nats: RunningNats;
  readonly owner: FakeOwner;
  readonly gateway: Gateway;
  /** Milliseconds that the gateway's clock is ahead of the real one. */
  readonly clock: { ahead: number };
  /** A fresh set-up token, as the launcher prints it. */
  setupToken(): Promise<string>;
  close(): Promise<void>;
}

export async function openWorkshop(
  variables: Record<string, string> = {},
  more: Pick<GatewayOptions, 'databaseTimeoutMs'> = {},
): Promise<Workshop> {
  const folder = mkdtempSync(join(tmpdir(), 'wit-gateway-'));
  const secrets = join(folder, 'secrets');
  const ui = join(folder, 'ui');
  mkdirSync(join(ui, 'assets'), { recursive: true });
  writeFileSync(join(ui, 'index.html'), '<!doctype html><title>W.I.T.</title>');
  writeFileSync(join(ui, 'assets', 'index-BX12cd34.js'), 'export {};');
  const [database, nats] = await Promise.all([createTestDatabase(), startNats({ directory: join(folder, 'nats'), secrets })]);
  const cable = new DatabaseCable(database.url);
  await cable.join();
  const owner = await FakeOwner.start(nats.url, credentialFile(secrets, 'node'));
  const clock = { ahead: 0 };
  const gateway = await startGateway({
    config: configOf({ WIT_DATA_DIR: folder, WIT_PORT: '0', WIT_NATS_CREDS: credentialFile(secrets, 'gateway'), ...variables }),
    databaseUrl: cable.url,
    ...more,
    natsUrl: nats.url,
    uiFolder: ui,
    version: '0.0.0',
    now: () => Date.now() + clock.ahead,
    mono: () => performance.now(),
    log: () => undefined,
  });
  if (!variables.WIT_TLS_CERT_FILE) await hearOwner(gateway.port, owner);
  return {
    url: `http://127.0.0.1:${gateway.port}`,
    folder,
    database,
    cable,
    nats,
    owner,
    gateway,
    clock,
    setupToken: () => setupToken(database),
    close: async () => {
      await gateway.close();
      await owner.close();
      await nats.stop(2_000);
      await cable.remove();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Until it has heard the owner once the gateway says, rightly, that nothing is known: one pulse after it listens. */
async function hearOwner(port: number, owner: FakeOwner): Promise<void> {
  await until('the gateway listens to NATS', async () => (await fetch(`http://127.0.0.1:${port}/api/v1/system/ready`)).ok);
  owner.beat();
  await owner.flush();
}

export function configOf(variables: Record<string, string>): Config {
  const read = readConfig(variables);
  if (!read.ok) throw new Error(read.sentence);
  return read.config;
}

/** A fresh set-up token, as the launcher prints it. */
export async function setupToken({ db }: Pick<TestDatabase, 'db'>): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const hash = createHash('sha256').update(token).digest('hex');
  await db.insertInto('setup_token').values({ hash, expires_at: sql<Date>`now() + interval '15 minutes'`, used_at: null }).execute();
  return token;
}

/** An answer with its parsed body. */
export interface Got {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
  readonly body: any;
}

export interface Ask {
  readonly method?: string;
  readonly token?: string;
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** One request to `/api/v1<path>`, as a program without a browser sends it. */
export async function ask(url: string, path: string, { method, token, json, headers, body }: Ask = {}): Promise<Got> {
  const payload = json === undefined ? body : JSON.stringify(json);
  const response = await fetch(`${url}/api/v1${path}`, {
    method: method ?? (payload === undefined ? 'GET' : 'POST'),
    headers: {
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(payload === undefined ? {} : { body: payload as NonNullable<RequestInit['body']> }),
  });
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text };
}

export const password = 'correct horse battery';

/** The first administrator, through the set-up link. */
export async function administrator(workshop: Pick<Workshop, 'url' | 'setupToken'>): Promise<SessionResponse & { cookie: string }> {
  const token = await workshop.setupToken();
  const got = await ask(workshop.url, '/auth/setup', { json: { token, login: 'mara', name: 'Mara', password } });
  if (got.status !== 200) throw new Error(JSON.stringify(got.body));
  return { ...got.body, cookie: cookieOf(got) };
}

/** Adds somebody of a role and logs them in. */
export async function person(workshop: Workshop, admin: SessionResponse, role: string): Promise<SessionResponse & { cookie: string }> {
  await ask(workshop.url, '/auth/people', { token: admin.accessToken, json: { login: role, name: role, password, role } });
  const got = await ask(workshop.url, '/auth/login', { json: { login: role, password } });
  return { ...got.body, cookie: cookieOf(got) };
}

/** `name=value` of the refresh cookie. */
export function cookieOf(got: Got): string {
  return (got.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}
