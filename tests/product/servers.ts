import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type RunningNats, startNats } from '../../actors/launcher/nats.ts';
import type { Role } from '../../actors/launcher/nats-permissions.ts';
import { credentialFile } from '../../actors/launcher/nats-users.ts';
import { type RunningPostgres, startPostgres } from '../../actors/launcher/postgres.ts';
import { type Database, openDatabase } from '../../actors/storage/database.ts';
import { TestRedis } from '../../gateway/testing/redis.ts';
import { freePort } from './product.ts';

/** The three servers of a distributed workshop, on TCP ports of this computer; each asks for a password. */
export class Servers {
  readonly nats: RunningNats;
  readonly redis: TestRedis;
  readonly #folder: string;
  readonly #postgres: RunningPostgres;
  readonly #databaseUrl: string;

  static async start(folder: string): Promise<Servers> {
    const port = await freePort();
    const place = join(folder, 'postgres');
    const settings = { listen_addresses: '127.0.0.1', port: String(port), fsync: 'off' };
    const [postgres, nats, redis] = await Promise.all([
      startPostgres({ directory: place, socketDirectory: place, settings }),
      startNats({ directory: join(folder, 'nats'), secrets: usersOf(folder) }),
      TestRedis.start(),
    ]);
    const password = readFileSync(join(place, 'password'), 'utf8').trim();
    writeFileSync(passwordFile(folder), `127.0.0.1:${port}:wit:wit:${password}\n`, { mode: 0o600 });
    return new Servers(folder, { postgres, nats, redis, databaseUrl: `postgres://wit@127.0.0.1:${port}/wit` });
  }

  private constructor(folder: string, parts: { postgres: RunningPostgres; nats: RunningNats; redis: TestRedis; databaseUrl: string }) {
    this.#folder = folder;
    this.#postgres = parts.postgres;
    this.#databaseUrl = parts.databaseUrl;
    this.nats = parts.nats;
    this.redis = parts.redis;
  }

  /** The variables of whoever needs the database. */
  get database(): Record<string, string> {
    return { WIT_DATABASE_URL: this.#databaseUrl, PGPASSFILE: passwordFile(this.#folder) };
  }

  /** The variables of a program that logs in to NATS with its role's own user. */
  variablesOf(role: Role): Record<string, string> {
    return { ...this.database, WIT_NATS_URL: this.nats.url, WIT_NATS_CREDS: credentialFile(usersOf(this.#folder), role) };
  }

  openDatabase(): Database {
    return openDatabase({ url: this.#postgres.url, name: 'test' });
  }

  /** Rejects as the database does for somebody who knows no password. */
  async withoutPassword(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#databaseUrl.replace('wit@', 'wit:guess@') });
    await client.connect();
    await client.end();
  }

  async close(): Promise<void> {
    await Promise.all([this.nats.stop(2_000), this.redis.close(), this.#postgres.stop(5_000)]);
  }
}

function usersOf(folder: string): string {
  return join(folder, 'nats-users');
}

function passwordFile(folder: string): string {
  return join(folder, 'pgpass');
}
