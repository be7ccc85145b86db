import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { ChildProgram } from './child-program.ts';
import type { DataDirectory } from './data-directory.ts';
import type { Role } from './nats-permissions.ts';
import { restartPaces } from './restart-policy.ts';

/** Where the servers are that the programs talk to. */
export interface Servers {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  /** Credential file of a role; null where the server asks for none. */
  natsCredentials(role: Role): string | null;
}

/** What every program is started from. */
export interface ProgramContext {
  readonly config: Config;
  readonly directory: DataDirectory;
  readonly shortRoot: string;
  readonly servers: Servers;
  /** Folder of the bundles. */
  readonly bundles: string;
  /** The WIT_* variables that we were given ourselves. */
  readonly given: Readonly<Record<string, string>>;
}

/** What a stop passes through goes before a slicer, a compiler or our own check of a program that keeps the processor busy. */
const beforeOthers = -10;

/**
 * Our programs in the order of their start; they end in reverse. Together with the servers' the graces stay under the 5 s in which
 * everything must have ended.
 */
export const childPrograms = [
  { name: 'node', role: 'node', bundle: 'node.mjs', graceMs: 1_000, niceness: beforeOthers, pace: restartPaces.urgent, whenDeaf: 'tell' },
  { name: 'gateway', role: 'gateway', bundle: 'gateway.mjs', graceMs: 700, niceness: 0, pace: restartPaces.patient, whenDeaf: 'restart' },
  {
    name: 'stop-lane',
    role: 'stop-lane',
    bundle: 'stop-lane.mjs',
    graceMs: 500,
    niceness: beforeOthers,
    pace: restartPaces.urgent,
    whenDeaf: 'restart',
  },
] as const;
export type ProgramEntry = (typeof childPrograms)[number];

/** How long a program may take to end, ms. Only where the message server is elsewhere can there be another node to hand runs over to. */
export function graceOf({ role, graceMs }: ProgramEntry, config: Pick<Config, 'natsUrl' | 'drainMs'>): number {
  return role === 'node' && config.natsUrl !== null ? graceMs + config.drainMs : graceMs;
}

const readyWithinMs = 30_000;

/** How one of our programs is run. */
export function describeProgram(entry: ProgramEntry, context: ProgramContext): ChildProgram {
  return {
    name: entry.name,
    file: join(context.bundles, entry.bundle),
    args: [],
    variables: variablesFor(entry.role, context),
    logFile: join(context.directory.logs, `${entry.name}.log`),
    readyWithinMs,
    niceness: entry.niceness,
    answersPings: true,
  };
}

/** A program gets what we were given, and beside it where the servers are and whom to log in as. */
function variablesFor(role: Role, { config, servers, given, shortRoot }: ProgramContext): Record<string, string> {
  const credentials = servers.natsCredentials(role);
  return {
    ...given,
    WIT_DATA_DIR: shortRoot,
    WIT_NODE_ID: config.nodeId,
    WIT_PORT: String(config.port),
    WIT_STOP_PORT: String(config.stopPort),
    // The launcher takes page and stop lane down with it, and nothing runs on without those.
    WIT_DRAIN_WAIT_MS: '0',
    WIT_DATABASE_URL: servers.databaseUrl,
    WIT_NATS_URL: servers.natsUrl,
    ...(credentials === null ? {} : { WIT_NATS_CREDS: credentials }),
  };
}
