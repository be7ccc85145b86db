import { join } from 'node:path';
import type { Config } from '../config.ts';
import { type Database, openDatabase } from '../storage/database.ts';
import { migrate } from '../storage/migrate.ts';
import type { LaunchArguments } from './arguments.ts';
import { CannotStart } from './cannot-start.ts';
import { type ChildProgram, startChild } from './child-program.ts';
import type { DataDirectory } from './data-directory.ts';
import { furnishDemo, simulators } from './demo.ts';
import { embeddedNats, embeddedPostgres } from './embedded.ts';
import { type Endpoints, EndpointsFile } from './endpoints.ts';
import type { WhenDeaf } from './hearing.ts';
import { credentialFile } from './nats-users.ts';
import { childPrograms, describeProgram, graceOf, type ProgramContext, type Servers } from './programs.ts';
import { Releases } from './releases.ts';
import { type RestartPace, restartPaces } from './restart-policy.ts';
import { ensureSecret } from './secrets.ts';
import { newSetupLink } from './setup-link.ts';
import { Supervised, type SupervisedProgram, type Supervision } from './supervised.ts';

/** How one of our programs is looked after. */
interface ChildRun {
  readonly role: string;
  readonly graceMs: number;
  readonly pace: RestartPace;
  readonly whenDeaf?: WhenDeaf;
}

/** What a launch needs to know. */
export interface Launch {
  readonly config: Config;
  readonly asked: LaunchArguments;
  readonly directory: DataDirectory;
  /** The data directory by a path short enough for sockets. */
  readonly shortRoot: string;
  /** Folder of the bundles. */
  readonly bundles: string;
  readonly given: Readonly<Record<string, string>>;
  /** The last run's endpoints: ports are taken again where they are free. */
  readonly last: Endpoints | null;
  readonly world: Pick<Supervision, 'now' | 'random' | 'wait' | 'say'>;
}

/** A workshop that serves. */
export interface Serving {
  readonly url: string;
  /** Null once anybody exists. */
  readonly setupLink: string | null;
}

const simulatorGraceMs = 300;

/** Everything the launcher runs, from the first server to the last program. */
export class Workshop {
  readonly #launch: Launch;
  readonly #endpoints: EndpointsFile;
  readonly #running: Supervised[] = [];
  #releases: Releases | null = null;
  #stopping = false;

  constructor(launch: Launch) {
    this.#launch = launch;
    this.#endpoints = new EndpointsFile(join(launch.directory.run, 'endpoints.json'), launch.world.say);
  }

  /** Starts all of it, servers first. Throws CannotStart with one sentence; what runs by then is ended by `stop`. */
  async start(): Promise<Serving> {
    const { config, directory, asked } = this.#launch;
    ensureSecret(join(directory.secrets, 'stop-lane'));
    const servers = await this.#startServers();
    const context: ProgramContext = { ...this.#launch, servers };
    this.#releases = this.#openReleases(servers);
    const db = openDatabase({ url: servers.databaseUrl, name: 'launcher', poolSize: 1, timeoutMs: 60_000 });
    try {
      await bringUpToDate(db);
      await furnishDemo(db, directory, asked.demo);
      const simulated = await simulators(db, directory, this.#launch);
      const pace = restartPaces.patient;
      await allStarted(simulated.map(program => this.#runChild(program, { role: 'simulator', graceMs: simulatorGraceMs, pace })));
      await allStarted(
        childPrograms.map(entry => this.#runChild(describeProgram(entry, context), { ...entry, graceMs: graceOf(entry, config) })),
      );
      const url = publicUrl(config);
      this.#endpoints.set({ url });
      return { url, setupLink: await newSetupLink(db, url) };
    } finally {
      await db.destroy();
    }
  }

  /** Ends everything in reverse order; each is killed after its grace. */
  async stop(): Promise<void> {
    this.#stopping = true;
    // A node that ends in order gives back itself what it owned.
    await this.#releases?.close();
    for (const supervised of this.#running.reverse()) await supervised.stop();
  }

  async #startServers(): Promise<Servers> {
    const [databaseUrl, nats] = await allStarted([this.#database(), this.#messages()]);
    const database = new URL(databaseUrl);
    this.#endpoints.set({ database: database.searchParams.get('host') ?? database.host });
    return { databaseUrl, ...nats };
  }

  async #database(): Promise<string> {
    return this.#launch.config.databaseUrl ?? this.#startPostgres();
  }

  async #messages(): Promise<Omit<Servers, 'databaseUrl'>> {
    const { config, directory } = this.#launch;
    if (config.natsUrl !== null) return { natsUrl: config.natsUrl, natsCredentials: () => config.natsCredsFile };
    const natsUrl = await this.#startNats();
    return { natsUrl, natsCredentials: role => credentialFile(directory.secrets, role) };
  }

  async #startPostgres(): Promise<string> {
    const postgres = embeddedPostgres(this.#launch.directory, join(this.#launch.shortRoot, 'run'));
    await this.#run(postgres);
    return postgres.current().url;
  }

  async #startNats(): Promise<string> {
    const { config, directory, last } = this.#launch;
    const nats = embeddedNats(directory, config, { natsPort: portOf(last?.nats), mqttPort: portOf(last?.mqtt) });
    await this.#run(nats);
    this.#endpoints.set({ nats: nats.current().url, mqtt: nats.current().mqttUrl });
    return nats.current().url;
  }

  #openReleases({ natsUrl, natsCredentials }: Servers): Releases {
    const { site, nodeId, peer } = this.#launch.config;
    return new Releases({ site, nodeId, peer, natsUrl, credsFile: natsCredentials('launcher'), now: () => Date.now() });
  }

  #runChild(program: ChildProgram, { role, graceMs, pace, whenDeaf = 'tell' }: ChildRun): Promise<void> {
    const start = async () => {
      const child = await startChild(program);
      if (role === 'node') this.#releases?.watch(child);
      return child;
    };
    return this.#run({ name: program.name, graceMs, pace, whenDeaf, start });
  }

  async #run(program: SupervisedProgram): Promise<void> {
    if (this.#stopping) throw new CannotStart('The start was broken off.');
    const supervised = new Supervised(program, {
      ...this.#launch.world,
      started: (name, pid) => this.#endpoints.started(name, pid),
      ended: name => this.#endpoints.ended(name),
    });
    this.#running.push(supervised);
    await supervised.start();
  }
}

/** Waits for all, also after a failure: `stop` must find every program that came up. Then throws the first failure. */
async function allStarted<const T extends readonly Promise<unknown>[]>(
  starting: T,
): Promise<{ -readonly [Key in keyof T]: Awaited<T[Key]> }> {
  await Promise.allSettled(starting);
  return Promise.all(starting);
}

/** Brings a database up to date, or throws CannotStart. */
export async function bringUpToDate(db: Database): Promise<void> {
  const result = await migrate(db);
  if (!result.ok) throw new CannotStart(result.sentence);
}

function portOf(url: string | undefined): number {
  return url ? Number(new URL(url).port) : 0;
}

/** Where people find the pages. */
export function publicUrl(config: Config): string {
  const [origin] = config.origins;
  return origin ?? `${config.tls ? 'https' : 'http'}://${config.bind}:${config.port}`;
}
