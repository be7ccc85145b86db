import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../actors/config.ts';
import { openDatabase } from '../actors/storage/database.ts';
import { type Messages, openMessages } from '../actors/transport/messages.ts';
import { type PeerIdentity, readPeerIdentity } from '../actors/transport/peer-identity.ts';
import type { Auth } from './auth/auth.ts';
import { LateLogOuts } from './auth/late-log-outs.ts';
import { LoginLimits } from './auth/login-limits.ts';
import { PasswordCheck } from './auth/passwords.ts';
import { RedisDoor } from './auth/redis-door.ts';
import { authRoutes } from './auth/routes.ts';
import { Sessions } from './auth/sessions.ts';
import { loadSigningKeys, registerSigningKeys, type SigningKeys } from './auth/signing-keys.ts';
import { shareStopKeys } from './auth/stop-keys.ts';
import { Tickets } from './auth/tickets.ts';
import { UsedTickets } from './auth/used-tickets.ts';
import { VerifyingKeys } from './auth/verifying-keys.ts';
import { commandDoor } from './equipment/commands.ts';
import { liveDoors } from './equipment/live-doors.ts';
import { equipmentRoutes } from './equipment/routes.ts';
import { stopDoor } from './equipment/stop.ts';
import { fileRoutes } from './files/routes.ts';
import { startWebServer } from './http/adapter.ts';
import { addressReader } from './http/address.ts';
import { DatabaseDoor, explainDatabaseError } from './http/database-door.ts';
import type { WebServer } from './http/exchange.ts';
import type { Log } from './http/log.ts';
import { originPolicy } from './http/origin.ts';
import { isRefused } from './http/problems.ts';
import type { Route } from './http/route.ts';
import { router } from './http/router.ts';
import { staticFiles } from './http/static.ts';
import { jobRoutes } from './jobs/routes.ts';
import { siteRoutes } from './site/routes.ts';
import { SiteDesk } from './site/site-desk.ts';
import { deadLetterRoutes } from './system/dead-letters.ts';
import { quarantineRoutes } from './system/quarantines.ts';
import { systemRoutes } from './system/routes.ts';
import { Attendance } from './ws/attendance.ts';
import type { Moment } from './ws/documents.ts';
import { type Live, liveRoute } from './ws/live.ts';
import { announceSiteChange, hearSiteChanges } from './ws/site-changes.ts';
import { openWorld, type World } from './ws/world.ts';

export interface GatewayOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  /** How long a hung database is waited for; default: `openDatabase`'s. */
  readonly databaseTimeoutMs?: number;
  readonly natsUrl: string;
  /** Folder of the built web interface. */
  readonly uiFolder: string;
  readonly version: string;
  /** ms since 1970 */
  readonly now: () => number;
  /** monotonic ms */
  readonly mono: () => number;
  readonly log: Log;
}

/** A serving gateway. */
export interface Gateway {
  readonly port: number;
  close(): Promise<void>;
}

/** Everything the rooms share, put together once. */
interface Parts {
  readonly options: GatewayOptions;
  readonly keys: SigningKeys;
  readonly verifying: VerifyingKeys;
  readonly door: DatabaseDoor;
  readonly messages: Messages;
  readonly sessions: Sessions;
  readonly desk: SiteDesk;
  readonly attendance: Attendance;
  readonly world: World;
  /** What gateways share; null where there is one only. */
  readonly redis: RedisDoor | null;
  readonly moment: () => Moment;
  /** The port that is really listened on, once it is. */
  readonly port: () => number;
}

/** Puts the rooms together and serves. Database and messages may be away: it serves and says so. Rejects when the port is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config } = options;
  const keys = await loadSigningKeys(join(config.dataDir, 'secrets', 'gateway-keys.json'));
  await shareStopKeys(join(config.dataDir, 'run', 'stop-keys.json'), { keys: [{ kid: keys.stop.kid, jwk: keys.stop.publicJwk }] });
  const listening: { server: WebServer | null } = { server: null };
  const peer = config.peer && (await readPeerIdentity(config.peer));
  const parts = openParts(options, { keys, peer, server: () => listening.server });
  const auth = openAuth(parts);
  const { live, routes } = openRooms(parts, auth);
  const handler = openRouter(parts, routes);
  const { bind: host, port, tls } = config;
  const server = await startWebServer({ host, port, tls, handler, sockets: [live.route], log: options.log });
  listening.server = server;
  return {
    port: server.port,
    close: async () => {
      live.close();
      server.close();
      parts.world.close();
      parts.attendance.close();
      parts.redis?.close();
      await Promise.all([parts.messages.close(), parts.door.close()]);
    },
  };
}

interface Beginning {
  readonly keys: SigningKeys;
  readonly peer: PeerIdentity | null;
  readonly server: () => WebServer | null;
}

function openParts(options: GatewayOptions, { keys, peer, server }: Beginning): Parts {
  const { config, now, mono, log } = options;
  const { site } = config;
  const moment = () => ({ at: now(), mono: mono() });
  const timeout = options.databaseTimeoutMs === undefined ? {} : { timeoutMs: options.databaseTimeoutMs };
  const door = new DatabaseDoor(openDatabase({ url: options.databaseUrl, name: 'gateway', poolSize: 10, ...timeout }), now);
  const messages = openMessages({
    url: options.natsUrl,
    credsFile: config.natsCredsFile,
    peer: config.peer,
    name: 'gateway',
    now,
    log: line => log('info', line),
  });
  const verifying = new VerifyingKeys(door, keys, now);
  door.onBack(() => {
    door.ask(db => registerSigningKeys(db, keys)).catch(error => log('warn', 'the signing keys could not be registered', { cause: error }));
  });
  const sessions = new Sessions({ door, find: kid => verifying.find(kid, 'access'), site, now });
  const desk = new SiteDesk({ door, messages, site, now, changedFor: people => sessions.changedFor(people) });
  hearSiteChanges({ messages, site }, people => sessions.changedFor(people));
  const attendance = new Attendance({ messages, site, gateway: `gateway-${randomUUID().slice(0, 8)}`, mono });
  const publish = (topic: string, text: string) => server()?.publish(topic, text);
  const world = openWorld({ messages, door, site, dataDir: config.dataDir, moment, publish, log });
  const redis =
    config.redisUrl === null ? null : new RedisDoor(config.redisUrl, { peer, trouble: sentence => world.hinder('redis-away', sentence) });
  return {
    options,
    keys,
    verifying,
    door,
    messages,
    sessions,
    desk,
    attendance,
    world,
    redis,
    moment,
    port: () => server()?.port ?? config.port,
  };
}

function openAuth({ options, keys, verifying, door, messages, sessions, desk, redis, port }: Parts): Auth {
  const { config, now, log } = options;
  const find = (kid: string) => verifying.find(kid, 'access');
  return {
    door,
    desk,
    keys,
    sessions,
    lateLogOuts: new LateLogOuts(door, sessions),
    tickets: new Tickets({ site: config.site, key: keys.access, find, used: new UsedTickets(redis, now), now }),
    limits: new LoginLimits(redis),
    passwords: new PasswordCheck(),
    site: config.site,
    now,
    log,
    addressOf: addressReader(config.trustedProxies),
    cookieRules: () => ({ tls: config.tls !== null, port: publicPort(config) ?? port() }),
    stopPort: () => config.stopPort,
    presenceChanged: () => announceSiteChange({ messages, site: config.site }),
  };
}

/** The port in the address bar: the same for all gateways of a workshop, whatever each of them listens on. */
function publicPort({ origins: [first] }: Config): number | null {
  if (first === undefined) return null;
  const { port, protocol } = new URL(first);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function openRooms(parts: Parts, auth: Auth): { live: Live; routes: Route[] } {
  const { options, keys, verifying, door, messages, sessions, desk, world, moment } = parts;
  const { config, now, mono, log, version } = options;
  const { site } = config;
  const { documents, nodes, broadcast } = world;
  const commands = commandDoor({ messages, documents, nodes, sessions, key: keys.assertion, site, moment });
  const stop = stopDoor({ messages, site, now, mono });
  const findAccess = (kid: string) => verifying.find(kid, 'access');
  const findStop = (kid: string) => verifying.find(kid, 'stop');
  const doors = liveDoors({ messages, site, commands, stop });
  const known = (id: string) => documents.has(id);
  const { attendance } = parts;
  const live = liveRoute({
    sessions,
    attendance,
    broadcast,
    doors,
    known,
    now,
    mono,
    log,
    tickets: auth.tickets,
    policy: policyOf(parts),
    version,
  });
  const routes: Route[] = [
    ...authRoutes(auth),
    ...equipmentRoutes({
      documents,
      sessions,
      commands,
      stop,
      door,
      site,
      moment,
      stopCaller: { site, now, sessions, findAccess, findStop },
    }),
    ...fileRoutes({ door, limitBytes: config.uploadLimitBytes, dataDir: config.dataDir }),
    ...jobRoutes({ door, messages, documents, nodes, sessions, key: keys.assertion, site, moment }),
    ...siteRoutes(desk),
    ...deadLetterRoutes({ door, messages, nodes, key: keys.assertion, site, now: () => moment().at }),
    ...quarantineRoutes({ door, messages, nodes, key: keys.assertion, site, now: () => moment().at }),
    ...systemRoutes({ state: world.state, reachable: () => messages.state.ok, version, clients: live.size, nodes, routes: () => routes }),
  ];
  return { live, routes };
}

function policyOf({ options, port }: Parts) {
  const { config } = options;
  return () => originPolicy(config.origins, { bind: config.bind, port: port(), tls: config.tls !== null });
}

function openRouter(parts: Parts, routes: readonly Route[]) {
  const { config, log, now, uiFolder } = parts.options;
  return router({
    routes,
    authenticate: async (request, patience) => {
      const caller = await parts.sessions.authenticate(request, patience);
      if (!isRefused(caller)) parts.attendance.asked(caller.id);
      return caller;
    },
    page: staticFiles(uiFolder, now),
    policy: policyOf(parts),
    stopPort: () => config.stopPort,
    tls: config.tls !== null,
    log,
    explainError: explainDatabaseError,
  });
}
