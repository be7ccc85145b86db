import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { PeerFiles } from '../../actors/config.ts';
import { bound, foreignEnvironment, type RunningProgram, startProgram } from '../../actors/launcher/bound-process.ts';
import { findNatsServer } from '../../actors/launcher/nats.ts';
import { natsFiles, writeNatsConfig } from '../../actors/launcher/nats-config.ts';
import type { Role } from '../../actors/launcher/nats-permissions.ts';
import { credentialFile, ensureRoleCredentials, natsUsers } from '../../actors/launcher/nats-users.ts';
import { type RunningPostgres, startPostgres } from '../../actors/launcher/postgres.ts';
import { type Database, openDatabase } from '../../actors/storage/database.ts';
import { TestAuthority } from '../../actors/testing/certificates.ts';
import { ownPort } from '../../actors/testing/own-port.ts';
import { TestRedis } from '../../gateway/testing/redis.ts';

interface Ports {
  readonly nats: number;
  readonly mqtt: number;
  readonly postgres: number;
}

/**
 * The three servers of a distributed workshop on TCP ports of this computer. Each shows a certificate, wants to see one of the same
 * authority, and asks for a password: its own for each role at NATS.
 */
export class Servers {
  readonly authority: TestAuthority;
  readonly redis: TestRedis;
  readonly #folder: string;
  readonly #ports: Ports;
  readonly #postgres: RunningPostgres;
  #nats: RunningProgram;

  static async start(folder: string): Promise<Servers> {
    const authority = await TestAuthority.make();
    const files = await authority.issue('servers', { hosts: ['127.0.0.1', 'localhost'] });
    const ports = { nats: await ownPort(), mqtt: await ownPort(), postgres: await ownPort() };
    const [postgres, redis] = await Promise.all([startDatabase(folder, ports.postgres, files), TestRedis.start(files)]);
    const password = readFileSync(join(folder, 'postgres', 'password'), 'utf8').trim();
    writeFileSync(passwordFile(folder), `localhost:${ports.postgres}:wit:wit:${password}\n`, { mode: 0o600 });
    writeNats(folder, ports, files);
    return new Servers(folder, { authority, ports, postgres, redis, nats: startNats(folder) });
  }

  private constructor(
    folder: string,
    parts: { authority: TestAuthority; ports: Ports; postgres: RunningPostgres; redis: TestRedis; nats: RunningProgram },
  ) {
    this.#folder = folder;
    this.#ports = parts.ports;
    this.#postgres = parts.postgres;
    this.#nats = parts.nats;
    this.authority = parts.authority;
    this.redis = parts.redis;
  }

  get natsUrl(): string {
    return `tls://127.0.0.1:${this.#ports.nats}`;
  }

  /** The variables of a program that needs the database only. */
  database(peer: PeerFiles): Record<string, string> {
    const tls = new URLSearchParams({ sslmode: 'verify-full', sslrootcert: peer.caFile, sslcert: peer.certFile, sslkey: peer.keyFile });
    return { WIT_DATABASE_URL: `postgres://wit@localhost:${this.#ports.postgres}/wit?${tls}`, PGPASSFILE: passwordFile(this.#folder) };
  }

  /** The variables of a program that logs in everywhere, to NATS as the user of its role. */
  variablesOf(role: Role, peer: PeerFiles): Record<string, string> {
    return {
      ...this.database(peer),
      WIT_NATS_URL: this.natsUrl,
      WIT_NATS_CREDS: this.natsCredentials(role),
      WIT_PEER_CERT_FILE: peer.certFile,
      WIT_PEER_KEY_FILE: peer.keyFile,
      WIT_PEER_CA_FILE: peer.caFile,
    };
  }

  natsCredentials(role: Role): string {
    return credentialFile(usersOf(this.#folder), role);
  }

  openDatabase(): Database {
    return openDatabase({ url: this.#postgres.url, name: 'test' });
  }

  /** Rejects as the database does for somebody who lacks what the change takes away. */
  async tryDatabase(peer: PeerFiles, change: (url: string) => string): Promise<void> {
    const password = readFileSync(join(this.#folder, 'postgres', 'password'), 'utf8').trim();
    const url = this.database(peer).WIT_DATABASE_URL?.replace('wit@', `wit:${encodeURIComponent(password)}@`) ?? '';
    const client = new pg.Client({ connectionString: change(url) });
    await client.connect();
    await client.end();
  }

  /** kill -9 of the message server. */
  async killNats(): Promise<void> {
    await this.#nats.stop(0);
  }

  restartNats(): void {
    this.#nats = startNats(this.#folder);
  }

  async close(): Promise<void> {
    await Promise.all([this.#nats.stop(2_000), this.redis.close(), this.#postgres.stop(5_000)]);
    this.authority.remove();
  }
}

/** PostgreSQL that takes nobody over the network without a certificate and a password. */
function startDatabase(folder: string, port: number, { certFile, keyFile, caFile }: PeerFiles): Promise<RunningPostgres> {
  const place = join(folder, 'postgres');
  mkdirSync(place, { mode: 0o700 });
  const access = join(place, 'access.conf');
  writeFileSync(access, 'local all all scram-sha-256\nhostssl all all samehost scram-sha-256 clientcert=verify-ca\n');
  const tls = { ssl: 'on', ssl_cert_file: certFile, ssl_key_file: keyFile, ssl_ca_file: caFile };
  const settings = { listen_addresses: 'localhost', port: String(port), hba_file: access, fsync: 'off', ...tls };
  return startPostgres({ directory: place, socketDirectory: place, settings });
}

function writeNats(folder: string, { nats: natsPort, mqtt: mqttPort }: Ports, { certFile, keyFile, caFile }: PeerFiles): void {
  const directory = join(folder, 'nats');
  mkdirSync(directory, { mode: 0o700 });
  ensureRoleCredentials(usersOf(folder));
  const tls = { cert_file: certFile, key_file: keyFile, ca_file: caFile, verify: true, timeout: 5 };
  writeNatsConfig({ directory, site: 'main', natsPort, mqttPort, users: natsUsers(usersOf(folder), 'main') }, { tls });
}

/** The programs wait for it by themselves. */
function startNats(folder: string): RunningProgram {
  const line = bound([findNatsServer(foreignEnvironment().PATH ?? ''), '-c', natsFiles(join(folder, 'nats')).config], 'SIGTERM');
  return startProgram({ line, logFile: join(folder, 'nats.log'), stopSignal: 'SIGTERM' });
}

function usersOf(folder: string): string {
  return join(folder, 'nats-users');
}

function passwordFile(folder: string): string {
  return join(folder, 'pgpass');
}
