import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { connect } from 'nats';
import { type Config, environment, readConfig } from '../actors/config.ts';
import { CannotStart } from '../actors/launcher/cannot-start.ts';
import { readEndpoints } from '../actors/launcher/endpoints.ts';
import { reloadNatsUsers } from '../actors/launcher/nats-config.ts';
import { addObserver, ensureRoleCredentials, type NatsCredential, natsUsers } from '../actors/launcher/nats-users.ts';
import { writeSecret } from '../actors/launcher/secrets.ts';

const usage = 'Usage: npm run credential -- observer [--name a-z0-9-] [--json], or: npm run credential -- roles FOLDER';

/**
 * `npm run credential -- observer [--name X] [--json]`: a NATS and MQTT user who sees all that happens and can ask for nothing. A name that
 * exists gets a new password, the old one dies. The password is shown once.
 * `npm run credential -- roles FOLDER`: for a NATS server of one's own the users of this site with their permissions, and a file for each role
 * to log in with. What is in the folder stays valid: it is made anew with the permissions of this release.
 */
async function main(): Promise<void> {
  const { positionals, values } = readWords();
  const read = readConfig(environment());
  if (!read.ok) throw new CannotStart(read.sentence);
  const [what, folder, ...more] = positionals;
  const name = values.name ?? 'one';
  if (what === 'observer' && folder === undefined && /^[a-z0-9-]{1,30}$/.test(name))
    return observer(read.config, name, values.json ?? false);
  if (what === 'roles' && folder !== undefined && more.length === 0) return roles(read.config.site, resolve(folder));
  throw new CannotStart(usage);
}

async function observer({ dataDir, site }: Config, name: string, asJson: boolean): Promise<void> {
  const endpoints = readEndpoints(join(dataDir, 'run/endpoints.json'));
  if (!endpoints?.nats)
    throw new CannotStart(`No embedded NATS server runs on ${dataDir}: start W.I.T. first, or make the user on your own server.`);
  const secrets = join(dataDir, 'secrets');
  const credential = addObserver(secrets, name);
  const { nats, mqtt } = endpoints;
  if (!reloadNatsUsers(join(dataDir, 'nats'), secrets, site))
    throw new CannotStart('The NATS server does not run: start W.I.T. and run this again.');
  await untilAccepted(nats, credential);
  print({ ...credential, nats, mqtt }, asJson);
}

function roles(site: string, folder: string): void {
  ensureRoleCredentials(folder);
  const users = join(folder, 'nats-users.conf');
  // The server's configuration language contains JSON.
  writeSecret(users, `authorization ${JSON.stringify({ users: natsUsers(folder, site) }, null, 1)}\n`);
  console.log(`${users}: include it in the server's configuration. Beside it lies nats-<role>.json, WIT_NATS_CREDS of each role.`);
}

function readWords() {
  try {
    return parseArgs({ options: { name: { type: 'string' }, json: { type: 'boolean' } }, allowPositionals: true });
  } catch (cause) {
    throw new CannotStart(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** The server takes up its users a moment after the signal, and leaves a log-in of that very moment without an answer; what is printed shall work. */
async function untilAccepted(url: string, { user, password }: NatsCredential): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      const connection = await connect({ servers: url, user, pass: password, maxReconnectAttempts: 0, timeout: 1_000 });
      return await connection.close();
    } catch (cause) {
      if (performance.now() > deadline)
        throw new CannotStart('The NATS server did not take up the new user; see logs/nats.log.', { cause });
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
}

function print(made: NatsCredential & { nats: string; mqtt: string }, asJson: boolean): void {
  const lines = [
    `user      ${made.user}`,
    `password  ${made.password}   (shown once)`,
    `NATS      ${made.nats}`,
    `MQTT      ${made.mqtt}   (version 3.1.1)`,
  ];
  console.log(asJson ? JSON.stringify(made) : lines.join('\n'));
}

main().catch(error => {
  console.error(error instanceof CannotStart ? error.message : error);
  process.exitCode = 1;
});
