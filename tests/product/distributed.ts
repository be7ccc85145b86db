import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { RunningProgram } from '../../actors/launcher/bound-process.ts';
import { startChild } from '../../actors/launcher/child-program.ts';
import { Balancer } from './balancer.ts';
import type { Form } from './form.ts';
import { freePort } from './product.ts';
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
}

/**
 * The product in its distributed form on one computer: nats-server, PostgreSQL and Redis are servers of their own, two gateways stand behind a
 * balancer, each of two nodes has its machine and a stop lane. Every program is a process with its own variables and data directory (a
 * stop lane shares its node's), started as `npm start -- --role ...` starts it.
 */
export class Distributed implements Form {
  readonly servers: Servers;
  readonly #folder: string;
  readonly #ports: Ports;
  readonly #processes = new Map<string, RunningProgram>();
  #balancer: Balancer | null = null;
  #link = '';

  /** Starts a fresh workshop and waits until it serves. */
  static async start(): Promise<Distributed> {
    const folder = mkdtempSync(join(tmpdir(), 'wit-far-'));
    const two = async () => [await freePort(), await freePort()];
    const ports = { front: await freePort(), gateways: await two(), lanes: await two() };
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
    return this.servers.database;
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
    for (const name of [...this.#processes.keys()].reverse()) await this.end(name, 5_000);
    await this.#balancer?.close();
    await this.servers.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #begin(): Promise<void> {
    // First of all, and alone: it builds what changed.
    this.#link = await this.#migrate();
    await this.#addMachines();
    await Promise.all(machines.map(machine => this.#simulator(machine)));
    await Promise.all([0, 1].map(index => this.#node(index)));
    await Promise.all([0, 1].flatMap(index => [this.#lane(index), this.#gateway(index)]));
    this.#balancer = await Balancer.start(this.#ports.front, this.#ports.gateways);
  }

  async #migrate(): Promise<string> {
    const env = { ...process.env, ...this.servers.database, WIT_ORIGINS: this.url };
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

  #node(index: number): Promise<void> {
    const id = `node-${index + 1}`;
    return this.#role(id, 'node', { ...this.servers.variablesOf('node'), WIT_NODE_ID: id, WIT_DATA_DIR: this.#dataDir(id) });
  }

  #lane(index: number): Promise<void> {
    return this.#role(`stop-lane-${index + 1}`, 'stop-lane', {
      ...this.servers.variablesOf('stop-lane'),
      WIT_DATA_DIR: this.#dataDir(`node-${index + 1}`),
      WIT_STOP_PORT: String(this.#ports.lanes[index]),
      WIT_ORIGINS: this.url,
    });
  }

  #gateway(index: number): Promise<void> {
    const id = `gateway-${index + 1}`;
    return this.#role(id, 'gateway', {
      ...this.servers.variablesOf('gateway'),
      WIT_REDIS_URL: this.servers.redis.url,
      WIT_DATA_DIR: this.#dataDir(id),
      WIT_PORT: String(this.#ports.gateways[index]),
      WIT_STOP_PORT: String(this.#ports.lanes[index]),
      WIT_ORIGINS: this.url,
    });
  }

  #role(name: string, role: string, variables: Readonly<Record<string, string>>): Promise<void> {
    return this.#start(name, { file: join(root, 'scripts/start.mjs'), words: ['--role', role], variables });
  }

  async #start(name: string, program: { file: string; words: string[]; variables: Readonly<Record<string, string>> }): Promise<void> {
    const { file, words, variables } = program;
    const more = { logFile: join(this.#folder, `${name}.log`), readyWithinMs: 60_000, niceness: 0, answersPings: false };
    this.#processes.set(name, await startChild({ name, file, args: words, variables, ...more }));
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
