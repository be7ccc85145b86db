import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type CommandLine, foreignEnvironment, type RunningProgram, startProgram } from './bound-process.ts';
import { CannotStart } from './cannot-start.ts';
import { findPostgres } from './postgres-binaries.ts';
import { hasEnded, isAlive } from './process-facts.ts';
import { findIsolation, handOver, type Isolation, isolated } from './unprivileged.ts';

/** Where an embedded PostgreSQL lives. */
export interface PostgresOptions {
  /** Holds `cluster/` and, unless named otherwise, `password`; made with mode 0700. */
  readonly directory: string;
  /** Holds the Unix socket, mode 0700; a short temporary folder is taken when the path is too long for a socket. */
  readonly socketDirectory: string;
  /** File with the password, made when missing. */
  readonly passwordFile?: string;
  readonly logFile?: string;
  /** Server settings beyond ours, e.g. `{fsync: 'off'}` in tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Default: what this system allows. */
  readonly isolation?: Isolation;
}

/** A serving PostgreSQL with the database `wit`. The URL carries the password; every connection needs it. */
export interface RunningPostgres extends RunningProgram {
  readonly url: string;
  readonly socketDirectory: string;
}

/** `sun_path` holds 107 bytes and the server adds its file name. */
const socketPathLimit = 107;
const usualPort = '5432';
const socketName = `.s.PGSQL.${usualPort}`;
const readyWithinMs = 60_000;
const administrator = 'wit_administrator';

/**
 * Starts the real PostgreSQL on a Unix socket only, making the cluster on first use and taking over what a killed launcher left behind.
 * Throws CannotStart with one sentence when it cannot serve.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const place = prepare(options);
  await endLeftover(place.cluster);
  if (!existsSync(join(place.cluster, 'PG_VERSION'))) initialise(place);
  handOver(place.cluster, place.isolation);
  const program = startProgram({ line: commandLine(place), logFile: place.logFile, stopSignal: 'SIGINT' });
  await untilReady(place, program);
  await ensureDatabase(place);
  const began = statSync(place.logFile).size;
  return {
    ...program,
    stop: graceMs => stop(place, program, graceMs),
    lastWords: () => panicIn(place.logFile, began),
    url: urlOf(place, 'wit', 'wit'),
    socketDirectory: place.sockets,
  };
}

interface Place {
  readonly binaries: string;
  readonly cluster: string;
  readonly sockets: string;
  /** The sockets' folder is ours alone, made for one run. */
  readonly socketsAreTemporary: boolean;
  readonly passwordFile: string;
  readonly logFile: string;
  readonly isolation: Isolation;
  readonly settings: Readonly<Record<string, string>>;
}

function prepare(options: PostgresOptions): Place {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const tooLong = Buffer.byteLength(join(options.socketDirectory, socketName)) > socketPathLimit;
  const sockets = tooLong ? mkdtempSync(join(tmpdir(), 'wit-')) : options.socketDirectory;
  mkdirSync(sockets, { recursive: true, mode: 0o700 });
  const passwordFile = options.passwordFile ?? join(options.directory, 'password');
  if (!existsSync(passwordFile)) writeFileSync(passwordFile, randomBytes(32).toString('base64url'), { mode: 0o600 });
  return {
    binaries: findPostgres(foreignEnvironment().PATH ?? ''),
    cluster: join(options.directory, 'cluster'),
    sockets,
    socketsAreTemporary: tooLong,
    passwordFile,
    logFile: options.logFile ?? join(options.directory, 'postgres.log'),
    isolation: options.isolation ?? findIsolation(),
    settings: options.settings ?? {},
  };
}

/** A cluster appears whole or not at all: a first start that was interrupted begins anew. */
function initialise(place: Place): void {
  const making = `${place.cluster}.new`;
  rmSync(making, { recursive: true, force: true });
  rmSync(place.cluster, { recursive: true, force: true });
  mkdirSync(making, { mode: 0o700 });
  handOver(making, place.isolation);
  const line = isolated(
    [
      join(place.binaries, 'initdb'),
      '-D',
      making,
      '-U',
      administrator,
      '--auth=scram-sha-256',
      `--pwfile=${place.passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
    ],
    { isolation: place.isolation, deathSignal: 'SIGKILL' },
  );
  const done = spawnSync(line[0], line.slice(1), { encoding: 'utf8', env: foreignEnvironment() });
  if (done.status !== 0) throw new CannotStart(`PostgreSQL could not make its cluster in ${place.cluster}: ${lastLine(done.stderr)}`);
  renameSync(making, place.cluster);
}

function lastLine(text: string | null): string {
  return (text ?? '').trim().split('\n').at(-1) ?? '';
}

/** What the server called a panic since then: it ended itself rather than go on with a disk that it cannot trust. */
function panicIn(logFile: string, from: number): string | null {
  try {
    const text = readFileSync(logFile).subarray(from).toString();
    return /^.*PANIC: *(.*)$/m.exec(text)?.[1] ?? null;
  } catch {
    return null;
  }
}

function commandLine(place: Place): CommandLine {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: place.sockets,
    unix_socket_permissions: '0700',
    // One keeper, who says it: after a panic the server ends, and the launcher starts it again from its log.
    restart_after_crash: 'off',
    ...place.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return isolated([join(place.binaries, 'postgres'), '-D', place.cluster, ...flags], { isolation: place.isolation, deathSignal: 'SIGINT' });
}

/** The server writes its state as the eighth line of postmaster.pid. */
async function untilReady(place: Place, program: RunningProgram): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  let ended = false;
  void program.exited.then(() => {
    ended = true;
  });
  while (readPidFile(place.cluster)[7]?.trim() !== 'ready') {
    if (ended)
      throw new CannotStart(
        `PostgreSQL ended at once; its last words stand in ${place.logFile}: ${lastLine(readFileSync(place.logFile, 'utf8'))}`,
      );
    if (performance.now() > deadline) {
      await program.stop(1_000);
      throw new CannotStart(`PostgreSQL was not ready within ${readyWithinMs / 1_000} s; see ${place.logFile}.`);
    }
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

function readPidFile(cluster: string): readonly string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

/**
 * A server that outlived its launcher is ended in order. A pid file whose process is no longer a server on this cluster is removed: the id
 * may be another program's by now, and the server would refuse to start beside it.
 */
async function endLeftover(cluster: string): Promise<void> {
  const [pidLine] = readPidFile(cluster);
  if (pidLine === undefined) return;
  const pid = Number(pidLine);
  if (isAlive(pid) && servesFrom(pid, cluster)) {
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
      process.kill(pid, signal);
      if (await hasEnded(pid, 5_000)) break;
    }
  }
  rmSync(join(cluster, 'postmaster.pid'), { force: true });
}

/** A server's working directory is its cluster; where that cannot be read (not Linux), a live id is believed. */
function servesFrom(pid: number, cluster: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster);
  } catch {
    return process.platform !== 'linux';
  }
}

function urlOf(place: Place, user: string, database: string): string {
  const password = encodeURIComponent(readFileSync(place.passwordFile, 'utf8').trim());
  // The port is part of the socket's name.
  const port = place.settings.port ?? usualPort;
  return `postgres://${user}:${password}@localhost:${port}/${database}?host=${encodeURIComponent(place.sockets)}`;
}

/** W.I.T. works as a user that owns its database and nothing else. */
async function ensureDatabase(place: Place): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(place, administrator, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query("select from pg_database where datname = 'wit'");
    if (rowCount) return;
    const password = client.escapeLiteral(readFileSync(place.passwordFile, 'utf8').trim());
    await client.query(`do $$ begin if not exists (select from pg_roles where rolname = 'wit') then create role wit login; end if; end $$`);
    await client.query(`alter role wit password ${password}`);
    await client.query('create database wit owner wit');
  } finally {
    await client.end();
  }
}

async function stop(place: Place, program: RunningProgram, graceMs: number): Promise<void> {
  await program.stop(graceMs);
  if (place.socketsAreTemporary) rmSync(place.sockets, { recursive: true, force: true });
}
