import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isAlive } from '../../actors/launcher/process-facts.ts';
import { ownPort } from '../../actors/testing/own-port.ts';
import { suspend } from '../../actors/testing/suspend.ts';
import { Person } from './api.ts';
import type { Form } from './form.ts';
import { until } from './wait.ts';
import { readWireLog, type WireEntry } from './wire-log.ts';

const root = resolve(import.meta.dirname, '../..');

/** A whole product as `npm start` runs it, in a folder and on ports of its own, with the demo mill faster than life and its wire logged. */
export class Product implements Form {
  readonly dataDir: string;
  readonly port: number;
  readonly stopPort: number;
  #launcher: ChildProcess | null = null;
  #output = '';
  #isWithout = false;

  private constructor(dataDir: string, port: number, stopPort: number) {
    this.dataDir = dataDir;
    this.port = port;
    this.stopPort = stopPort;
  }

  /** Starts a fresh workshop and waits until it serves. */
  static async start(options: { args?: string[]; dataDir?: string } = {}): Promise<Product> {
    const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'wit-'));
    const product = new Product(dataDir, await ownPort(), await ownPort());
    await product.launch(options.args);
    return product;
  }

  /** Starts (again) on the same data directory. */
  async launch(args: string[] = ['--demo-speed', '20', '--demo-log']): Promise<void> {
    this.#output = '';
    const child = spawn(process.execPath, ['scripts/start.mjs', ...args], {
      cwd: root,
      env: { ...outsideOfTests(), WIT_DATA_DIR: this.dataDir, WIT_PORT: String(this.port), WIT_STOP_PORT: String(this.stopPort) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', chunk => {
        this.#output += chunk;
      });
    this.#launcher = child;
    await until(
      'the product serves',
      async () => {
        if (child.exitCode !== null) throw new Error(`the launcher ended: ${this.#output}`);
        const ready = await fetch(`${this.url}/api/v1/system/health`);
        return ready.ok;
      },
      60_000,
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get gateways(): readonly string[] {
    return [this.url];
  }

  get stopPorts(): readonly number[] {
    return [this.stopPort];
  }

  get variables(): Record<string, string> {
    return { WIT_DATA_DIR: this.dataDir };
  }

  /** kill -9 of a serving program, which stays away until `bringBack`: the launcher, which would start it again, stands still so long. */
  async takeAway(name: string): Promise<void> {
    const pid = await until(`${name} serves`, () => {
      const found = this.endpoints().processes[name];
      return found !== undefined && isAlive(found) && found;
    });
    await suspend(this.launcherPid);
    process.kill(pid, 'SIGKILL');
    this.#isWithout = true;
  }

  /** Something was taken away. */
  get isWithout(): boolean {
    return this.#isWithout;
  }

  /** What was taken away is started again. */
  bringBack(): void {
    process.kill(this.launcherPid, 'SIGCONT');
    this.#isWithout = false;
  }

  /** The process id of a program that was seen to serve. */
  pidOf(name: string): number {
    const pid = this.endpoints().processes[name];
    if (!pid) throw new Error(`no process ${name} in endpoints.json`);
    return pid;
  }

  async killGateway(): Promise<void> {
    process.kill(this.pidOf('gateway'), 'SIGKILL');
  }

  get output(): string {
    return this.#output;
  }

  get launcherPid(): number {
    const pid = this.#launcher?.pid;
    if (!pid) throw new Error('the product does not run');
    return pid;
  }

  /** The printed set-up link. */
  async setupLink(): Promise<string> {
    return until('the set-up link is printed', () => /http\S+\/setup#token=\S+/.exec(this.#output)?.[0]);
  }

  /** The first administrator, logged in. */
  async administrator(): Promise<Person> {
    const person = new Person(this.url);
    await person.setUp(await this.setupLink());
    return person;
  }

  /** Facts of the running servers and programs: ports, sockets, process ids. */
  endpoints(): Endpoints {
    return JSON.parse(readFileSync(join(this.dataDir, 'run/endpoints.json'), 'utf8')) as Endpoints;
  }

  wire(): WireEntry[] {
    const path = join(this.dataDir, 'logs/mill-1.wire.jsonl');
    return existsSync(path) ? readWireLog(path) : [];
  }

  get simulatorControl(): string {
    return join(this.dataDir, 'run/mill-1.control');
  }

  /** Ends everything in order. */
  async stop(): Promise<void> {
    const child = this.#launcher;
    this.#launcher = null;
    if (child && child.exitCode === null) {
      child.kill('SIGTERM');
      child.kill('SIGCONT');
      await new Promise(done => child.once('exit', done));
    }
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

export interface Endpoints {
  readonly nats: string;
  readonly mqtt: string;
  readonly database: string;
  readonly processes: Readonly<Record<string, number>>;
}

/** The variables of this process without those that are meant for tests: the product refuses what it does not know. */
function outsideOfTests(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WIT_TEST_')));
}
