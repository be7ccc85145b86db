import { dirname, join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Config, environment, readConfig } from '../config.ts';
import { openDatabase } from '../storage/database.ts';
import { type LaunchArguments, readArguments } from './arguments.ts';
import { CannotStart } from './cannot-start.ts';
import { prepareDataDirectory, shortPathTo } from './data-directory.ts';
import { endLeftovers, readEndpoints } from './endpoints.ts';
import { takeInstanceLock } from './instance-lock.ts';
import { bringUpToDate, publicUrl, type Serving, Workshop } from './launch.ts';
import { freePort, isPortFree } from './ports.ts';
import { newSetupLink } from './setup-link.ts';

/** Everything must have ended by then, whatever hangs: what is left dies with us. */
const endWithinMs = 4_800;

const say = (sentence: string) => console.log(sentence);

async function main(): Promise<void> {
  const words = readArguments(process.argv.slice(2));
  if (!words.ok) throw new CannotStart(words.sentence);
  const read = readConfig(environment());
  if (!read.ok) throw new CannotStart(read.sentence);
  await (words.arguments.role === 'migrate' ? migrateOnly(read.config) : launch(read.config, words.arguments));
}

/** `--role migrate`: for installations whose database is elsewhere; what the launcher does for its own, and nothing is left running. */
async function migrateOnly(config: Config): Promise<void> {
  if (config.databaseUrl === null)
    throw new CannotStart('--role migrate needs WIT_DATABASE_URL: an embedded database is migrated at each start.');
  const db = openDatabase({ url: config.databaseUrl, name: 'migrate', poolSize: 1, timeoutMs: 60_000 });
  try {
    await bringUpToDate(db);
    say('The database is up to date.');
    sayLink(await newSetupLink(db, publicUrl(config)));
  } finally {
    await db.destroy();
  }
}

async function launch(read: Config, asked: LaunchArguments): Promise<void> {
  const config = await withPorts(read);
  const directory = prepareDataDirectory(config.dataDir);
  const lock = takeInstanceLock(join(directory.run, 'launcher.lock'), config.dataDir);
  const last = readEndpoints(join(directory.run, 'endpoints.json'));
  const short = shortPathTo(directory.root);
  const workshop = new Workshop({
    config,
    shortRoot: short.path,
    asked,
    directory,
    bundles: dirname(fileURLToPath(import.meta.url)),
    given: givenVariables(),
    last,
    world: { now: () => performance.now(), random: () => Math.random(), wait, say },
  });
  const release = () => {
    short.discard();
    lock.release();
  };
  const end = endOnce(workshop, release);
  try {
    await endLeftovers(last);
    await checkPorts(config);
    say(`W.I.T. starts on ${relative(process.cwd(), config.dataDir) || '.'} ...`);
    announce(await workshop.start());
  } catch (error) {
    report(error);
    await end(1);
  }
}

/** Port 0 is any free one; it is chosen here, because more than one program must know it. */
async function withPorts(config: Config): Promise<Config> {
  return { ...config, port: config.port || (await freePort()), stopPort: config.stopPort || (await freePort()) };
}

function givenVariables(): Record<string, string> {
  const given = Object.entries(environment()).filter(
    (entry): entry is [string, string] => entry[0].startsWith('WIT_') && Boolean(entry[1]),
  );
  return Object.fromEntries(given);
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}

async function checkPorts(config: Config): Promise<void> {
  const ports = { WIT_PORT: config.port, WIT_STOP_PORT: config.stopPort, WIT_NATS_PORT: config.natsPort, WIT_MQTT_PORT: config.mqttPort };
  for (const [variable, port] of Object.entries(ports)) {
    if (port && !(await isPortFree(port, config.bind))) {
      throw new CannotStart(`Port ${port} is in use: end the program that holds it, or set ${variable} to a free port.`);
    }
  }
}

function announce(serving: Serving): void {
  say(`W.I.T. serves ${serving.url}`);
  sayLink(serving.setupLink);
  say('Ctrl+C ends it.');
}

function sayLink(link: string | null): void {
  if (link) say(`Make the first administrator here, once and within 15 minutes:\n  ${link}`);
}

/** Ends the workshop on the first signal or failure; a second one changes nothing, the deadline holds. */
function endOnce(workshop: Workshop, release: () => void): (code: number) => Promise<void> {
  let ending: Promise<void> | null = null;
  const end = async (code: number) => {
    setTimeout(() => process.exit(1), endWithinMs);
    await workshop.stop();
    release();
    process.exit(code);
  };
  const once = (code: number) => {
    ending ??= end(code);
    return ending;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void once(0));
  return once;
}

function report(error: unknown): void {
  console.error(error instanceof CannotStart ? error.message : error);
}

main().catch(error => {
  report(error);
  process.exitCode = 1;
});
