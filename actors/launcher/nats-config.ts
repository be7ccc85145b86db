import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NatsUser, natsUsers } from './nats-users.ts';
import { writeSecret } from './secrets.ts';

/** Files of an embedded NATS server in its directory. */
export function natsFiles(directory: string): { readonly config: string; readonly pid: string } {
  return { config: join(directory, 'server.json'), pid: join(directory, 'server.pid') };
}

/** Everything the server is told; the file is JSON, which the server's configuration language contains. */
export interface NatsSettings {
  readonly directory: string;
  readonly site: string;
  readonly natsPort: number;
  readonly mqttPort: number;
  readonly users: readonly NatsUser[];
}

const megabyte = 1_048_576;

/** Writes the configuration; it holds passwords, so only its owner may read it. `more` is what a member of a cluster is told beside it. */
export function writeNatsConfig(settings: NatsSettings, more: Readonly<Record<string, unknown>> = {}): void {
  const { config, pid } = natsFiles(settings.directory);
  const content = {
    server_name: `wit-${settings.site}`,
    listen: `127.0.0.1:${settings.natsPort}`,
    pid_file: pid,
    jetstream: { store_dir: settings.directory, max_memory_store: 64 * megabyte, max_file_store: 2_048 * megabyte },
    mqtt: { listen: `127.0.0.1:${settings.mqttPort}` },
    authorization: { users: settings.users },
    ...more,
  };
  writeSecret(config, JSON.stringify(content, null, 1));
}

/** Takes up added or changed users in a running server; false when none runs from this directory. */
export function reloadNatsUsers(directory: string, secrets: string, site: string): boolean {
  const { config, pid } = natsFiles(directory);
  const content: Record<string, unknown> = JSON.parse(readFileSync(config, 'utf8'));
  writeSecret(config, JSON.stringify({ ...content, authorization: { users: natsUsers(secrets, site) } }, null, 1));
  try {
    process.kill(Number(readFileSync(pid, 'utf8')), 'SIGHUP');
    return true;
  } catch {
    return false;
  }
}
