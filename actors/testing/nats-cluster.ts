import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bound, foreignEnvironment, type RunningProgram, startProgram } from '../launcher/bound-process.ts';
import { findNatsServer } from '../launcher/nats.ts';
import { natsFiles, writeNatsConfig } from '../launcher/nats-config.ts';
import { ensureRoleCredentials, natsUsers } from '../launcher/nats-users.ts';
import { isAlive } from '../launcher/process-facts.ts';
import { Cable } from './cable.ts';
import { ownPort } from './own-port.ts';
import { suspend } from './suspend.ts';
import { until } from './until.ts';

interface Member {
  readonly name: string;
  readonly directory: string;
  /** For clients, for the routes of the others, and for the server's own page of facts. */
  readonly ports: { readonly client: number; readonly route: number; readonly facts: number };
  program: RunningProgram;
}

/** One way from a server to another. */
interface Route {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly cable: Cable;
}

const names = ['s1', 's2', 's3'];

/** Three real NATS servers with the users of the product, whose routes to one another can be cut. */
export class NatsCluster {
  /** Holds the credentials of the roles. */
  readonly secrets = mkdtempSync(join(tmpdir(), 'wit-cluster-'));
  readonly #members = new Map<string, Member>();
  readonly #routes: Route[] = [];

  /** Resolves when all three are one cluster with a leader. */
  static async start(): Promise<NatsCluster> {
    const cluster = new NatsCluster();
    ensureRoleCredentials(cluster.secrets);
    const ports = new Map<string, Member['ports']>();
    for (const name of names) ports.set(name, { client: await ownPort(), route: await ownPort(), facts: await ownPort() });
    for (const [to, { route }] of ports) {
      for (const from of names) if (from !== to) await cluster.#lay(from, to, route);
    }
    for (const [name, own] of ports) cluster.#add(name, own);
    await cluster.whole();
    return cluster;
  }

  /** Every server, with commas between. */
  get url(): string {
    return names.map(name => this.urlOf(name)).join(',');
  }

  get names(): readonly string[] {
    return names;
  }

  urlOf(name: string): string {
    return `nats://127.0.0.1:${this.#member(name).ports.client}`;
  }

  /** The server that leads the cluster as this one sees it; empty when it knows none. */
  async leader(seenBy: string): Promise<string> {
    const facts = await this.#facts<{ meta_cluster?: { leader?: string } }>(seenBy, 'jsz');
    return facts.meta_cluster?.leader ?? '';
  }

  /** The server that leads a stream as this one sees it; empty when it knows none. */
  async streamLeader(stream: string, seenBy: string): Promise<string> {
    const found = streamsOf(await this.#facts<Streams>(seenBy, streamsPage)).find(one => one.name === stream);
    return found?.cluster?.leader ?? '';
  }

  /** The one server that a client of this name is connected to, once it is exactly one. */
  async serverOf(client: string): Promise<string> {
    let found: readonly string[] = [];
    await until(`${client} has one connection`, async () => {
      found = await this.serversOf(client);
      return found.length === 1;
    });
    return found[0] ?? '';
  }

  /** The servers that clients of this name are connected to; one that is stopped or killed is not asked. */
  async serversOf(client: string): Promise<readonly string[]> {
    const asked = names.map(name => this.#facts<{ connections: { name?: string }[] }>(name, 'connz').catch(() => ({ connections: [] })));
    const answers = await Promise.all(asked);
    return answers.flatMap(({ connections }, i) => connections.flatMap(({ name }) => (name === client ? (names[i] ?? '') : [])));
  }

  /** Nobody is connected who has not said who they are. */
  async isRidOfStrangers(name: string): Promise<boolean> {
    const { connections } = await this.#facts<{ connections: { name?: string }[] }>(name, 'connz');
    return connections.every(connection => connection.name !== undefined);
  }

  /** How many routes a server has to others. */
  async routesOf(name: string): Promise<number> {
    return (await this.#facts<{ num_routes: number }>(name, 'routez')).num_routes;
  }

  /** Ends it as a power cut would, and waits for its end. */
  async kill(name: string): Promise<void> {
    const { program } = this.#member(name);
    process.kill(program.pid, 'SIGKILL');
    await program.exited;
  }

  restart(name: string): void {
    const member = this.#member(name);
    member.program = run(member);
  }

  /** Stops it, every thread, without ending it. */
  pause(name: string): Promise<void> {
    return suspend(this.#member(name).program.pid);
  }

  resume(name: string): void {
    process.kill(this.#member(name).program.pid, 'SIGCONT');
  }

  /** Cuts a server off from the other two; its clients keep it. */
  async isolate(name: string): Promise<void> {
    for (const route of this.#routes) if (route.from === name || route.to === name) await route.cable.cut();
  }

  async heal(name: string): Promise<void> {
    for (const route of this.#routes)
      if (!route.cable.whole && (route.from === name || route.to === name)) await route.cable.join(route.port);
  }

  /** Undoes every fault, and waits until it is one cluster again. */
  async mend(): Promise<void> {
    for (const { name, program } of this.#members.values()) {
      if (isAlive(program.pid)) this.resume(name);
      else this.restart(name);
    }
    for (const name of names) await this.heal(name);
    await this.whole();
  }

  /** Resolves when all three see the same leader, and every stream is up to date on each of them. */
  whole(): Promise<void> {
    return until('one cluster', async () => {
      const seen = await Promise.all(names.map(name => this.leader(name).catch(() => '')));
      const one = seen[0] !== '' && seen.every(leader => leader === seen[0]);
      return one && (await this.#streamsAreCurrent());
    });
  }

  async #streamsAreCurrent(): Promise<boolean> {
    const seen = await Promise.all(names.map(name => this.#facts<Streams>(name, streamsPage)));
    const streams = seen.flatMap((facts, i) => streamsOf(facts).filter(({ cluster }) => cluster?.leader === names[i]));
    const led = new Set(streams.map(({ name }) => name));
    const complete = seen.every(facts => streamsOf(facts).every(({ name }) => led.has(name)));
    return complete && streams.every(({ cluster }) => cluster?.replicas?.every(replica => replica.current) ?? true);
  }

  async close(): Promise<void> {
    for (const { program } of this.#members.values()) await program.stop(3_000);
    for (const { cable } of this.#routes) await cable.cut();
    rmSync(this.secrets, { recursive: true, force: true });
  }

  async #lay(from: string, to: string, far: number): Promise<void> {
    const route = { from, to, port: await ownPort(), cable: new Cable({ host: '127.0.0.1', port: far }) };
    await route.cable.join(route.port);
    this.#routes.push(route);
  }

  #add(name: string, ports: Member['ports']): void {
    const directory = join(this.secrets, name);
    mkdirSync(directory, { mode: 0o700 });
    const site = 'main';
    const settings = { directory, site, natsPort: ports.client, mqttPort: 0, users: natsUsers(this.secrets, site) };
    writeNatsConfig(settings, {
      server_name: name,
      http: `127.0.0.1:${ports.facts}`,
      mqtt: undefined,
      cluster: {
        name: 'wit',
        listen: `127.0.0.1:${ports.route}`,
        // What they tell one another leads nowhere: they have the routes that can be cut, and no others.
        advertise: '127.0.0.1:1',
        no_advertise: true,
        routes: this.#routes.filter(route => route.from === name).map(route => `nats://127.0.0.1:${route.port}`),
      },
    });
    const member = { name, directory, ports };
    this.#members.set(name, { ...member, program: run(member) });
  }

  #member(name: string): Member {
    const member = this.#members.get(name);
    if (!member) throw new Error(`no server ${name}`);
    return member;
  }

  async #facts<T>(name: string, page: string): Promise<T> {
    const answer = await fetch(`http://127.0.0.1:${this.#member(name).ports.facts}/${page}`, { signal: AbortSignal.timeout(2_000) });
    return (await answer.json()) as T;
  }
}

const streamsPage = 'jsz?streams=true&accounts=true';

interface StreamFacts {
  readonly name: string;
  readonly cluster?: { readonly leader?: string; readonly replicas?: readonly { readonly current: boolean }[] };
}

interface Streams {
  readonly account_details?: readonly { readonly stream_detail?: readonly StreamFacts[] }[];
}

function streamsOf(facts: Streams): readonly StreamFacts[] {
  return facts.account_details?.flatMap(account => account.stream_detail ?? []) ?? [];
}

function run({ directory }: Omit<Member, 'program'>): RunningProgram {
  const binary = findNatsServer(foreignEnvironment().PATH ?? '');
  const line = bound([binary, '-c', natsFiles(directory).config], 'SIGTERM');
  return startProgram({ line, logFile: join(directory, 'nats.log'), stopSignal: 'SIGKILL' });
}
