import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { connect as openConnection } from 'nats';
import { inboxPrefix } from '../transport/inbox.ts';
import { bound, foreignEnvironment, type RunningProgram, startProgram } from './bound-process.ts';
import { CannotStart } from './cannot-start.ts';
import { natsFiles, writeNatsConfig } from './nats-config.ts';
import { credentialFile, ensureRoleCredentials, natsCredentialSchema, natsUsers } from './nats-users.ts';
import { freePort } from './ports.ts';
import { hasEnded, isAlive } from './process-facts.ts';

/** Where an embedded NATS server lives. */
export interface NatsOptions {
  /** Holds configuration, JetStream's files, pid file; made with mode 0700. */
  readonly directory: string;
  /** Holds the credentials, one file per role (`credentialFile`), made when missing. Default: `directory`. */
  readonly secrets?: string;
  readonly site?: string;
  /** Ports taken when free, else others; 0 or none: any. */
  readonly natsPort?: number;
  readonly mqttPort?: number;
  readonly logFile?: string;
}

/** A serving NATS server with JetStream and an MQTT 3.1.1 listener, both on loopback; every connection needs a user. */
export interface RunningNats extends RunningProgram {
  readonly url: string;
  readonly mqttUrl: string;
  readonly natsPort: number;
  readonly mqttPort: number;
}

const readyWithinMs = 20_000;
const answerWithinMs = 1_000;

/** Starts the NATS server, ending first what a killed launcher left behind. Throws CannotStart with one sentence when it cannot serve. */
export async function startNats(options: NatsOptions): Promise<RunningNats> {
  const { directory, secrets = directory, site = 'main' } = options;
  const binary = findNatsServer(foreignEnvironment().PATH ?? '');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  await endLeftover(directory);
  ensureRoleCredentials(secrets);
  const natsPort = await freePort(options.natsPort);
  const mqttPort = await freePort(options.mqttPort);
  writeNatsConfig({ directory, site, natsPort, mqttPort, users: natsUsers(secrets, site) });
  const logFile = options.logFile ?? join(directory, 'nats.log');
  const program = startProgram({ line: bound([binary, '-c', natsFiles(directory).config], 'SIGTERM'), logFile, stopSignal: 'SIGTERM' });
  await untilReady(program, natsPort, logFile);
  const url = `nats://127.0.0.1:${natsPort}`;
  return { ...program, url, mqttUrl: `mqtt://127.0.0.1:${mqttPort}`, natsPort, mqttPort, answers: () => keepsMessages(url, secrets) };
}

/** Debian puts the server where an ordinary user's PATH does not look. */
export function findNatsServer(path: string): string {
  const folders = [...path.split(delimiter), '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin'];
  const found = folders.filter(folder => folder !== '').map(folder => join(folder, 'nats-server'));
  const binary = found.find(file => existsSync(file));
  if (binary) return binary;
  throw new CannotStart('nats-server is missing: install it and put it on PATH, or set WIT_NATS_URL and WIT_NATS_CREDS.');
}

/** Two servers on one store destroy it, and the server itself does not look. */
async function endLeftover(directory: string): Promise<void> {
  const files = natsFiles(directory);
  if (!existsSync(files.pid)) return;
  const pid = Number(readFileSync(files.pid, 'utf8'));
  if (pid > 0 && isAlive(pid) && runsFrom(pid, files.config)) {
    process.kill(pid, 'SIGTERM');
    if (!(await hasEnded(pid, 5_000))) process.kill(pid, 'SIGKILL');
    await hasEnded(pid, 5_000);
  }
  rmSync(files.pid, { force: true });
}

function runsFrom(pid: number, config: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(config);
  } catch {
    return process.platform !== 'linux';
  }
}

/** A ready server greets each connection with its INFO line. */
async function untilReady(program: RunningProgram, port: number, logFile: string): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  let ended = false;
  void program.exited.then(() => {
    ended = true;
  });
  while (!(await greets(port))) {
    if (ended)
      throw new CannotStart(`nats-server ended at once: ${readFileSync(logFile, 'utf8').trim().split('\n').at(-1) ?? ''} (${logFile})`);
    if (performance.now() > deadline) {
      await program.stop(1_000);
      throw new CannotStart(`nats-server was not ready within ${readyWithinMs / 1_000} s; see ${logFile}.`);
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** Whether it takes a client and its store works: on a full disk the server switches the store off until it is started again. */
async function keepsMessages(url: string, secrets: string): Promise<boolean> {
  try {
    const { user, password } = natsCredentialSchema.parse(JSON.parse(readFileSync(credentialFile(secrets, 'launcher'), 'utf8')));
    const how = { timeout: answerWithinMs, reconnect: false, inboxPrefix: inboxPrefix(user) };
    const connection = await openConnection({ servers: url, user, pass: password, name: 'wit-launcher health', ...how });
    const kept = await connection.jetstreamManager({ timeout: answerWithinMs }).then(
      () => true,
      () => false,
    );
    await connection.close();
    return kept;
  } catch {
    return false;
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(1_000, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('data', data => answer(data.toString().startsWith('INFO')));
    socket.once('close', () => answer(false));
  });
}
