import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { PeerFiles } from '../../actors/config.ts';
import type { RunningProgram } from '../../actors/launcher/bound-process.ts';
import { startChild } from '../../actors/launcher/child-program.ts';
import type { Role } from '../../actors/launcher/nats-permissions.ts';
import { ownPort } from '../../actors/testing/own-port.ts';
import { Balancer } from './balancer.ts';
import type { Form } from './form.ts';
import { Servers } from './servers.ts';
import { readWireLog, type WireEntry } from './wire-log.ts';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Each machine of the demo and the node that has its port. */
const machines = [
  { id: 'mill-1', name: 'Mill 1', node: 'node-1', kind: [] },
  { id: 'laser-1', name: 'Laser 1', node: 'node-2', kind: ['--laser'] },
] as const;

interface Ports {
  readonly front: number;
  readonly gateways: readonly number[];
  readonly lanes: readonly number[];
  /** Where nodes listen for stop lanes of other computers. */
  readonly lines: readonly number[];
}

/** The programs that have a certificate of their own; only nodes are spoken to, the others only speak. */
const peers = ['operator', 'node-1', 'node-2', 'stop-lane-1', 'stop-lane-2', 'gateway-1', 'gateway-2'] as const;
type Peer = (typeof peers)[number];

/**
 * The product in its distributed form on one computer: nats-server, PostgreSQL and Redis are servers of their own, two gateways stand behind a
 * balancer, each of two nodes has its machine and a stop lane. Every program is a process with its own variables, certificate and data
 * directory (a stop lane shares its node's), started as `npm start -- --role ...` starts it.
 */
export class Distributed implements Form {
  readonly servers: Servers;
  readonly #folder: string;
  readonly #ports: Ports;
  readonly #processes = new Map<string, RunningProgram>();
  readonly #peers = new Map<Peer, PeerFiles>();
  #balancer: Balancer | null = null;
  #link = '';

  /** Starts a fresh workshop and waits until it serves. */
  static async start(): Promise<Distributed> {
    const folder = mkdtempSync(join(tmpdir(), 'wit-far-'));
    const two = async () => [await ownPort(), await ownPort()];
    const ports = { front: await ownPort(), gateways: await two(), lanes: await two(), lines: await two() };
    const form = new Distributed(folder, ports, await Servers.start(folder));
    try {
      await form.#begin();
    } catch (error) {
      await form.remove();
      throw error;
    }
    return form;
  }

  private constructor(folder: string, ports: Ports, servers: Servers) {
    this.#folder = folder;
    this.#ports = ports;
    this.servers = servers;
  }

  get url(): string {
    return urlOf(this.#ports.front);
  }

  get gateways(): readonly string[] {
    return this.#ports.gateways.map(urlOf);
  }

  get stopPorts(): readonly number[] {
    return this.#ports.lanes;
  }

  get variables(): Record<string, string> {
    return this.servers.database(this.peer('operator'));
  }

  /** Certificate, key and authority of a program; `operator`: of a person at a terminal. */
  peer(name: Peer): PeerFiles {
    const files = this.#peers.get(name);
    if (!files) throw new Error(`${name} has no certificate yet`);
    return files;
  }

  async setupLink(): Promise<string> {
    return this.#link;
  }

  wire(): WireEntry[] {
    return readWireLog(this.#wireLog('mill-1'));
  }

  killGateway(): Promise<void> {
    return this.end('gateway-1', 0);
  }

  /** Starts the first gateway again. */
  restoreGateway(): Promise<void> {
    return this.#gateway(0);
  }

  /** Asks a program to end, and kills it after `graceMs`. */
  async end(name: string, graceMs: number): Promise<void> {
    await this.#processes.get(name)?.stop(graceMs);
    this.#processes.delete(name);
  }

  async remove(): Promise<void> {
    await Promise.all([...this.#processes.keys()].map(name => this.end(name, 0)));
    await this.#balancer?.close();
    await this.servers.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #begin(): Promise<void> {
    await Promise.all(peers.map(peer => this.#certify(peer)));
    // Before all others, and alone: it builds what changed.
    this.#link = await this.#migrate();
    await this.#addMachines();
    // In no order: each waits for what it needs.
    const both = [0, 1] as const;
    await Promise.all([
      ...machines.map(machine => this.#simulator(machine)),
      ...both.flatMap(index => [this.#node(index), this.#lane(index), this.#gateway(index)]),
    ]);
    this.#balancer = await Balancer.start(this.#ports.front, this.#ports.gateways);
  }

  async #certify(name: Peer): Promise<void> {
    const node = name.startsWith('node-');
    const subject = node ? { hosts: ['127.0.0.1'] } : { usage: 'clientAuth' as const };
    this.#peers.set(name, await this.servers.authority.issue(name, subject));
  }

  async #migrate(): Promise<string> {
    const env = { ...process.env, ...this.variables, WIT_ORIGINS: this.url };
    const { stdout } = await run(process.execPath, ['scripts/start.mjs', '--role', 'migrate'], { cwd: root, env });
    return /http\S+\/setup#token=\S+/.exec(stdout)?.[0] ?? '';
  }

  async #addMachines(): Promise<void> {
    const db = this.servers.openDatabase();
    for (const { id, name, node } of machines) {
      const settings = JSON.stringify({ path: this.#port(id), simulated: true });
      await db.insertInto('equipment').values({ id, name, type: 'grbl', settings, simulated: true, node, removed_at: null }).execute();
    }
    await db.destroy();
  }

  #simulator({ id, name, kind }: (typeof machines)[number]): Promise<void> {
    const words = ['--port', this.#port(id), '--log', this.#wireLog(id), '--time-factor', '20', '--name', name, ...kind];
    return this.#start(id, { file: join(root, 'build/machines/grbl/simulator.mjs'), words, variables: {} });
  }

  #node(index: 0 | 1): Promise<void> {
    const id = index === 0 ? 'node-1' : 'node-2';
    return this.#role(id, 'node', {
      WIT_NODE_ID: id,
      WIT_DATA_DIR: this.#dataDir(id),
      WIT_STOP_LINE: `127.0.0.1:${this.#ports.lines[index]}`,
    });
  }

  #lane(index: 0 | 1): Promise<void> {
    return this.#role(index === 0 ? 'stop-lane-1' : 'stop-lane-2', 'stop-lane', {
      WIT_DATA_DIR: this.#dataDir(`node-${index + 1}`),
      WIT_STOP_PORT: String(this.#ports.lanes[index]),
      WIT_ORIGINS: this.url,
    });
  }

  #gateway(index: 0 | 1): Promise<void> {
    const id = index === 0 ? 'gateway-1' : 'gateway-2';
    return this.#role(id, 'gateway', {
      WIT_REDIS_URL: this.servers.redis.url,
      WIT_DATA_DIR: this.#dataDir(id),
      WIT_PORT: String(this.#ports.gateways[index]),
      WIT_STOP_PORT: String(this.#ports.lanes[index]),
      WIT_ORIGINS: this.url,
    });
  }

  #role(name: Peer, role: Role, own: Readonly<Record<string, string>>): Promise<void> {
    const variables = { ...this.servers.variablesOf(role, this.peer(name)), ...own };
    return this.#start(name, { file: join(root, 'scripts/start.mjs'), words: ['--role', role], variables });
  }

  async #start(name: string, program: { file: string; words: string[]; variables: Readonly<Record<string, string>> }): Promise<void> {
    const { file, words, variables } = program;
    const more = { logFile: join(this.#folder, `${name}.log`), readyWithinMs: 60_000, niceness: 0, answersPings: false };
    try {
      this.#processes.set(name, await startChild({ name, file, args: words, variables, ...more }));
    } catch (cause) {
      // The folder is gone when somebody reads this.
      throw new Error(`${name}: ${readFileSync(more.logFile, 'utf8').slice(-2_000)}`, { cause });
    }
  }

  #dataDir(program: string): string {
    const folder = join(this.#folder, program);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  #port(machine: string): string {
    return join(this.#folder, `${machine}.port`);
  }

  #wireLog(machine: string): string {
    return join(this.#folder, `${machine}.wire.jsonl`);
  }
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}
