import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';

/** The one reader of the environment. An unknown or malformed WIT_* variable is a start-up error, said in one sentence. */
const variables = {
  WIT_DATA_DIR: z.string().min(1).default('./data'),
  WIT_BIND: z.string().min(1).default('127.0.0.1'),
  WIT_TLS_CERT_FILE: z.string().optional(),
  WIT_TLS_KEY_FILE: z.string().optional(),
  WIT_PORT: port().default(8000),
  WIT_STOP_PORT: port().default(8001),
  WIT_SITE: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .default('main'),
  WIT_NODE_ID: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional(),
  WIT_NATS_URL: z.string().optional(),
  WIT_NATS_CREDS: z.string().optional(),
  WIT_NATS_PORT: port().optional(),
  WIT_MQTT_PORT: port().optional(),
  /** On so many servers of a NATS cluster the streams are kept. */
  WIT_NATS_REPLICAS: z.coerce.number().int().min(1).max(5).default(1),
  WIT_DATABASE_URL: z.string().optional(),
  WIT_DATABASE_REPLICA_URL: z.string().optional(),
  WIT_REDIS_URL: z.string().optional(),
  WIT_MASTER_KEY_FILE: z.string().optional(),
  WIT_TRUSTED_PROXIES: z.string().optional(),
  /** How long a node may go on without proof of life before it must let go of what others could take over, ms; the same on all nodes of a site. */
  WIT_LEASE_TTL_MS: z.coerce.number().int().min(1_000).max(600_000).default(12_000),
  /** How long the runs of a node that ends in order may take to be handed over to other nodes, ms; 0: they are not. */
  WIT_DRAIN_MS: z.coerce.number().int().min(0).max(600_000).default(10_000),
  /** How long the other runs of a node that ends in order may take to come to their end, ms; 0: they are held. Up to a day. */
  WIT_DRAIN_WAIT_MS: z.coerce.number().int().min(0).max(86_400_000).default(0),
  /** Jobs that ended so many days ago are what `npm run archive` takes out of the tables. More than the week that NATS keeps of them. */
  WIT_ARCHIVE_AFTER_DAYS: z.coerce.number().int().min(8).max(36_500).default(90),
  /** Who this program is to the others of the workshop, PEM: its certificate, the key of it, and whose certificates it believes. */
  WIT_PEER_CERT_FILE: z.string().optional(),
  WIT_PEER_KEY_FILE: z.string().optional(),
  WIT_PEER_CA_FILE: z.string().optional(),
  /** Where a node listens for stop lanes of other computers, and where it tells them to find it. */
  WIT_STOP_LINE: address().optional(),
  /** IANA name of the time zone in which the workshop's hours are meant; default: the computer's. The same on all nodes of a site. */
  WIT_TIME_ZONE: z.string().refine(isTimeZone, 'an IANA time zone like Europe/Berlin').default(systemTimeZone),
  /** Largest upload in MB. */
  WIT_UPLOAD_LIMIT_MB: z.coerce.number().int().min(1).max(4096).default(64),
  /** Public origin(s) of the web interface, comma-separated; default: the loopback address and port. */
  WIT_ORIGINS: z.string().optional(),
} as const;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function systemTimeZone(): string {
  return new Intl.DateTimeFormat('en').resolvedOptions().timeZone;
}

function port() {
  return z.coerce.number().int().min(0).max(65_535);
}

function address() {
  return z.string().regex(/^(\[[0-9a-f:.]+\]|[a-z0-9.-]+):[0-9]{1,5}$/i, 'an address and a port, like 10.0.0.5:8002');
}

/** Files (PEM) with which a program proves to others of the workshop who it is, and checks who they are. */
export interface PeerFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Who signs the certificates of the workshop's programs. */
  readonly caFile: string;
}

export interface Config {
  readonly dataDir: string;
  readonly bind: string;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  readonly port: number;
  readonly stopPort: number;
  readonly site: string;
  readonly nodeId: string;
  readonly natsUrl: string | null;
  readonly natsCredsFile: string | null;
  readonly natsReplicas: number;
  readonly natsPort: number | null;
  readonly mqttPort: number | null;
  readonly databaseUrl: string | null;
  readonly databaseReplicaUrl: string | null;
  readonly redisUrl: string | null;
  readonly masterKeyFile: string | null;
  readonly trustedProxies: readonly string[];
  readonly leaseTtlMs: number;
  readonly drainMs: number;
  readonly drainWaitMs: number;
  readonly archiveAfterDays: number;
  readonly peer: PeerFiles | null;
  /** `host:port`; only with `peer`. */
  readonly stopLine: string | null;
  readonly timeZone: string;
  readonly uploadLimitBytes: number;
  readonly origins: readonly string[];
}

export type ConfigResult = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly sentence: string };

/** Names of every variable, for compose.yaml's test and the documentation. */
export const configVariables: readonly string[] = Object.keys(variables);

/** The environment of this process: for `readConfig`, and for what children must inherit (PATH, HOME, ...). */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** Reads and checks the environment. Never throws; the sentence says which variable is wrong and what it may be. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): ConfigResult {
  const given = Object.entries(env).filter(([name, value]) => name.startsWith('WIT_') && value !== undefined && value !== '');
  const unknown = given.find(([name]) => !(name in variables));
  if (unknown) return { ok: false, sentence: `Unknown variable ${unknown[0]}. Known are: ${configVariables.join(', ')}.` };
  const parsed = z.object(variables).safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { ok: false, sentence: `${String(issue?.path[0])} is not usable: ${issue?.message}.` };
  }
  return check(parsed.data);
}

function check(v: z.infer<z.ZodObject<typeof variables>>): ConfigResult {
  const loopback = ['127.0.0.1', '::1', 'localhost'].includes(v.WIT_BIND);
  if (Boolean(v.WIT_TLS_CERT_FILE) !== Boolean(v.WIT_TLS_KEY_FILE)) {
    return { ok: false, sentence: 'WIT_TLS_CERT_FILE and WIT_TLS_KEY_FILE are needed together.' };
  }
  if (!loopback && !v.WIT_TLS_CERT_FILE) {
    return {
      ok: false,
      sentence: `WIT_BIND is ${v.WIT_BIND}, beyond loopback: set WIT_TLS_CERT_FILE and WIT_TLS_KEY_FILE, or bind to 127.0.0.1.`,
    };
  }
  const peer = [v.WIT_PEER_CERT_FILE, v.WIT_PEER_KEY_FILE, v.WIT_PEER_CA_FILE].filter(Boolean).length;
  if (peer === 1 || peer === 2)
    return { ok: false, sentence: 'WIT_PEER_CERT_FILE, WIT_PEER_KEY_FILE and WIT_PEER_CA_FILE are needed together.' };
  if (v.WIT_STOP_LINE && peer === 0) {
    return {
      ok: false,
      sentence: 'WIT_STOP_LINE needs WIT_PEER_CERT_FILE, WIT_PEER_KEY_FILE and WIT_PEER_CA_FILE: nobody unknown may use it.',
    };
  }
  return { ok: true, config: toConfig(v) };
}

function toConfig(v: z.infer<z.ZodObject<typeof variables>>): Config {
  const list = (text: string | undefined) => (text ? text.split(',').map(part => part.trim()) : []);
  return {
    dataDir: resolve(v.WIT_DATA_DIR),
    bind: v.WIT_BIND,
    tls: v.WIT_TLS_CERT_FILE && v.WIT_TLS_KEY_FILE ? { certFile: v.WIT_TLS_CERT_FILE, keyFile: v.WIT_TLS_KEY_FILE } : null,
    port: v.WIT_PORT,
    stopPort: v.WIT_STOP_PORT,
    site: v.WIT_SITE,
    nodeId: v.WIT_NODE_ID ?? nodeName(),
    natsUrl: v.WIT_NATS_URL ?? null,
    natsCredsFile: v.WIT_NATS_CREDS ?? null,
    natsReplicas: v.WIT_NATS_REPLICAS,
    natsPort: v.WIT_NATS_PORT ?? null,
    mqttPort: v.WIT_MQTT_PORT ?? null,
    databaseUrl: v.WIT_DATABASE_URL ?? null,
    databaseReplicaUrl: v.WIT_DATABASE_REPLICA_URL ?? null,
    redisUrl: v.WIT_REDIS_URL ?? null,
    masterKeyFile: v.WIT_MASTER_KEY_FILE ?? null,
    trustedProxies: list(v.WIT_TRUSTED_PROXIES),
    leaseTtlMs: v.WIT_LEASE_TTL_MS,
    drainMs: v.WIT_DRAIN_MS,
    drainWaitMs: v.WIT_DRAIN_WAIT_MS,
    archiveAfterDays: v.WIT_ARCHIVE_AFTER_DAYS,
    peer: peerOf(v),
    stopLine: v.WIT_STOP_LINE ?? null,
    timeZone: v.WIT_TIME_ZONE,
    uploadLimitBytes: v.WIT_UPLOAD_LIMIT_MB * 1_048_576,
    origins: list(v.WIT_ORIGINS),
  };
}

function peerOf(v: z.infer<z.ZodObject<typeof variables>>): PeerFiles | null {
  const { WIT_PEER_CERT_FILE: certFile, WIT_PEER_KEY_FILE: keyFile, WIT_PEER_CA_FILE: caFile } = v;
  return certFile && keyFile && caFile ? { certFile, keyFile, caFile } : null;
}

function nodeName(): string {
  return (
    hostname()
      .toLowerCase()
      .replace(/[^a-z0-9-]/g, '-')
      .slice(0, 40) || 'node'
  );
}
