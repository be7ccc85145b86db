import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningPostgres, startPostgres } from './postgres.ts';
import { hasEnded, isAlive } from './process-facts.ts';
import type { Isolation } from './unprivileged.ts';

let folder: string;
let servers: RunningPostgres[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wit-pg-test-'));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await server.stop(5_000);
  rmSync(folder, { recursive: true, force: true });
});

async function start(extra: { sockets?: string; isolation?: Isolation } = {}): Promise<RunningPostgres> {
  const server = await startPostgres({
    directory: join(folder, 'postgres'),
    socketDirectory: extra.sockets ?? join(folder, 'run'),
    settings: { fsync: 'off' },
    ...(extra.isolation ? { isolation: extra.isolation } : {}),
  });
  servers.push(server);
  return server;
}

async function ask(url: string, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows[0];
  } finally {
    await client.end();
  }
}

describe('the embedded PostgreSQL', () => {
  it('serves a database on a socket in a folder that only its owner may enter', async () => {
    const server = await start();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(await ask(server.url, 'select current_user, inet_server_addr() as address')).toEqual({ current_user: 'wit', address: null });
  });

  it('refuses a connection without the password', async () => {
    const server = await start();
    await expect(ask(server.url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password authentication failed/);
  });

  it('keeps its data over a restart and recovers after being killed', async () => {
    const first = await start();
    await ask(first.url, 'create table kept as select 42 as answer');
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    const second = await start();
    expect(await ask(second.url, 'select answer from kept')).toEqual({ answer: 42 });
  });

  it('ends a server that a killed launcher left on the same cluster', async () => {
    const left = await start();
    const next = await start();
    expect(await hasEnded(left.pid, 0)).toBe(true);
    expect(isAlive(next.pid)).toBe(true);
  });

  it('takes a short temporary folder when the path is too long for a socket, and removes it', async () => {
    const sockets = join(folder, 'a'.repeat(100));
    mkdirSync(sockets);
    const server = await start({ sockets });
    expect(server.socketDirectory).not.toBe(sockets);
    expect(await ask(server.url, 'select 1 as one')).toEqual({ one: 1 });
    await server.stop(5_000);
    expect(() => statSync(server.socketDirectory)).toThrow(/ENOENT/);
  });

  it.runIf(process.getuid?.() === 0)('moves a cluster between the two ways of running it for root', async () => {
    for (const isolation of ['namespace', 'capability', 'namespace'] as const) {
      const server = await start({ isolation });
      expect(await ask(server.url, 'select 1 as one')).toEqual({ one: 1 });
      await server.stop(5_000);
    }
  });
});
