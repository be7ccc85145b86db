import { mkdir, realpath } from 'node:fs/promises';
import { catalog } from '../machines/catalog.ts';
import { type PortLockResult, takePortLock } from '../machines/links/port-lock.ts';
import type { Config } from './config.ts';
import { Fleet } from './equipment/fleet.ts';
import type { NodeServices } from './equipment/node-services.ts';
import { flushed, type Placing, startPlacing } from './equipment/placing.ts';
import { JobRoom } from './jobs/job-room.ts';
import { nodePaths } from './node-paths.ts';
import { Peers } from './placement/peers.ts';
import { ShardKeeper } from './placement/shard-keeper.ts';
import { SiteRoom } from './site/site-room.ts';
import { lanePressSchema } from './stop/protocol.ts';
import { readStopSecret, type StopServer, startStopServer } from './stop/server.ts';
import { StopLine } from './stop/stop-line.ts';
import { openDatabase } from './storage/database.ts';
import { checkSchema } from './storage/migrate.ts';
import { Findings } from './supervision/findings.ts';
import { Impairments } from './supervision/impairments.ts';
import { watchLag } from './supervision/lag-watch.ts';
import { startSelfTest } from './supervision/self-test.ts';
import { fullDisk, watchStorage } from './supervision/storage-watch.ts';
import { AssertionKeys } from './system/assertions.ts';
import { watchDatabase } from './system/database-watch.ts';
import { Lease, leaseTimes } from './system/lease.ts';
import type { Clock, Log, Random } from './system/ports.ts';
import type { Heartbeat, Outcome } from './transport/envelopes.ts';
import { EventPublisher } from './transport/event-publisher.ts';
import { listenJson } from './transport/json-listener.ts';
import { openMessages } from './transport/messages.ts';
import { toPulse } from './transport/owned-actors.ts';
import { StatusPublisher } from './transport/status-publisher.ts';
import { watchIntegrity } from './transport/stream-integrity.ts';
import { StreamsWatch } from './transport/streams-watch.ts';
import { subject } from './transport/subjects.ts';

export interface NodeOptions {
  readonly config: Config & { readonly databaseUrl: string; readonly natsUrl: string };
  readonly clock: Clock;
  readonly random: Random;
  /** ms since this computer started, with the time it slept. */
  readonly uptime: () => number;
  readonly log: Log;
}

/** A running node. */
export interface Node {
  readonly stopSocket: string;
  /** Names this process. */
  readonly boot: string;
  readonly equipment: readonly string[];
  /** Ends in order: drivers released, states kept, connections closed. */
  close(): Promise<void>;
  /** Ends the waiting of `close` for the last runs: they are held. */
  hurry(): void;
}

export type NodeResult = { readonly ok: true; readonly node: Node } | { readonly ok: false; readonly sentence: string };

const heartbeatMs = 1_000;

/** Starts a node: takes over its jobs and equipment and serves them. NATS may be away; the database must be there. */
export async function startNode(options: NodeOptions): Promise<NodeResult> {
  const { config } = options;
  const locked = await lockFolder(nodePaths(config.dataDir, config.nodeId).own);
  if (!locked.ok) return locked;
  const db = openDatabase({ url: config.databaseUrl, name: `wit-node ${config.nodeId}` });
  const refused = await refusal(() => checkSchema(db));
  if (refused !== null) {
    await db.destroy();
    locked.lock.release();
    return { ok: false, sentence: refused };
  }
  const findings = new Findings({ log: options.log, tell: all => fleet.found([...all]) });
  const services = await surrounded(openServices(options, { db, findings }), config);
  const lease = new Lease({ times: leaseTimes(config.leaseTtlMs), clock: options.clock, uptime: options.uptime });
  const peers = new Peers();
  const shards = openShards(services, lease, peers);
  const jobs: JobRoom = new JobRoom(services, shards, equipment => fleet.checkContext(equipment));
  const fleet: Fleet = new Fleet(services, jobs);
  const stop = await openStopDoors(options, services, fleet);
  const endWatches = watchServices(config.dataDir, services, findings);
  // The machines first: they may be moving, and each waits for its hold byte. A job that is told something wakes by itself.
  await fleet.load();
  await jobs.restore();
  jobs.resumeChecks();
  const pulse = () => sayHeartbeat(services, fleet, config.stopLine);
  const drains = { drainMs: config.drainMs, waitMs: config.drainWaitMs };
  const placing = startPlacing({ services, fleet, jobs, lease, peers, shards, ...drains, pulse });
  const silence = listen(services, { fleet, jobs, placing });
  const heart = beat(services.clock, pulse);
  const hurry = new AbortController();
  const close = async () => {
    for (const end of endWatches) end();
    // With all that a node has, stops above all: runs go on elsewhere meanwhile.
    await placing.rest();
    // However many small actors there are: the machines do not wait for them.
    const givenBack = shards.close();
    await placing.desk.drain(hurry.signal);
    heart.cancel();
    silence();
    placing.close();
    // Equipment first: a driver that closes tells what became of its run, and the job must still hear it.
    await Promise.all([fleet.close(), stop.close()]);
    await givenBack;
    lease.close();
    await jobs.close();
    await services.surroundings.close();
    services.keys.close();
    services.watch.close();
    await services.events.close();
    services.statuses.close();
    services.streams.close();
    await services.messages.close();
    await db.destroy();
    locked.lock.release();
  };
  return {
    ok: true,
    node: { stopSocket: services.paths.stopSocket, boot: services.boot, equipment: fleet.ids, close, hurry: () => hurry.abort() },
  };
}

/** Where stop lanes come in: the one of this computer, and if it is wished those of others. */
async function openStopDoors({ config, clock }: NodeOptions, { paths, impairments }: NodeServices, fleet: Fleet): Promise<StopServer> {
  const here = await startStopServer(paths.stopSocket, await readStopSecret(paths.stopSecret), fleet);
  const { stopLine: address, peer: files } = config;
  if (address === null || files === null) return here;
  const trouble = (sentence: string | null) => impairments.set('stop-line', sentence);
  const line = new StopLine({ address, files, clock, trouble }, fleet);
  return { close: async () => void (await Promise.all([here.close(), line.close()])) };
}

/** Looks at what this node stands on; never in the way of its start. */
function watchServices(dataDir: string, services: NodeServices, findings: Findings): readonly (() => void)[] {
  return [
    watchLag(services.clock, services.impairments),
    watchStorage(dataDir, services),
    watchIntegrity({ messages: services.messages, found: damage => findings.damage(damage) }),
    startSelfTest({ ...services, found: found => findings.selfTest(found) }),
  ];
}

/** One process per node: what an earlier one of this id owned may be taken at once, because it is dead. */
async function lockFolder(path: string): Promise<PortLockResult> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return takePortLock(await realpath(path));
}

async function refusal(check: () => ReturnType<typeof checkSchema>): Promise<string | null> {
  try {
    const result = await check();
    return result.ok ? null : result.sentence;
  } catch (cause) {
    const why = cause instanceof Error && cause.message !== '' ? cause.message : String(cause);
    return `PostgreSQL cannot be reached (${why}): start it, or correct WIT_DATABASE_URL.`;
  }
}

interface Ground {
  readonly db: NodeServices['db'];
  readonly findings: Findings;
}

/** With what must be known before there is a machine: the rules of its site, and who may vouch for a caller. */
async function surrounded(services: Omit<NodeServices, 'surroundings'>, { timeZone }: Config): Promise<NodeServices> {
  const surroundings = await SiteRoom.open({ ...services, timeZone });
  await services.keys.keepFresh(services.watch);
  return { ...services, surroundings };
}

function openServices({ config, clock, random, log }: NodeOptions, { db, findings }: Ground): Omit<NodeServices, 'surroundings'> {
  const { site, nodeId } = config;
  const { natsUrl: url, natsCredsFile: credsFile, peer } = config;
  const messages = openMessages({ url, credsFile, peer, name: `wit-node ${nodeId}`, now: clock.now, log });
  const streams = new StreamsWatch({ messages, now: clock.now, log });
  const impairments = new Impairments({ now: clock.now, log });
  return {
    site,
    nodeId,
    boot: random.uuid(),
    paths: nodePaths(config.dataDir, nodeId),
    db,
    watch: watchDatabase(db, {
      clock,
      log,
      hint: () => fullDisk(impairments),
      diskError: why => impairments.set('disk-error', diskError(why)),
    }),
    messages,
    streams,
    statuses: new StatusPublisher({ messages, streams, clock }),
    impairments,
    events: new EventPublisher({ db, messages, streams, replicas: config.natsReplicas, site, mismatch: found => findings.mismatch(found) }),
    keys: new AssertionKeys(db, clock),
    clock,
    random,
    log,
  };
}

/** Until this process ends: a disk that once lost what it was to keep is not sound because it works again. */
function diskError(why: string): string {
  return `The disk of the database failed (${why}). PostgreSQL begins again from its log and nothing that was confirmed is lost: replace the disk.`;
}

/** Kinds of small actors that every node hosts. */
const kinds = ['job'] as const;

function openShards(services: NodeServices, lease: Lease, peers: Peers): ShardKeeper {
  const { nodeId: node, boot, messages } = services;
  return new ShardKeeper({ ...services, kind: kinds[0], me: { node, boot }, lease, peers, caughtUp: () => flushed(messages) });
}

interface Parts {
  readonly fleet: Fleet;
  readonly jobs: JobRoom;
  readonly placing: Placing;
}

/** What a node is asked as a whole, and the stop key over NATS beside the lane's socket. */
function listen({ messages, site, nodeId, log }: NodeServices, { fleet, jobs, placing }: Parts): () => void {
  const stops = [
    listenJson(messages, subject(site, 'equipment', '*', 'stop'), ({ body, reply }) => {
      const press = lanePressSchema.safeParse(body);
      if (press.success && fleet.concerns(press.data.equipment)) fleet.press(press.data, reply);
    }),
    listenJson(messages, subject(site, 'node', nodeId, 'command', 'CREATE_JOB'), ({ body, reply }) => {
      jobs.create(body).then(reply, cause => log(`CREATE_JOB failed: ${String(cause)}`));
    }),
    listenJson(messages, subject(site, 'node', nodeId, 'command', 'RELOAD_EQUIPMENT'), ({ reply }) => {
      placing.look();
      fleet.load().then(
        () => reply({ outcome: 'accepted', seq: 0, reasons: [] } satisfies Outcome),
        cause => log(`RELOAD_EQUIPMENT failed: ${String(cause)}`),
      );
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function beat(clock: Clock, pulse: () => boolean): { cancel(): void } {
  let timer = { cancel: () => {} };
  const once = () => {
    pulse();
    timer = clock.setTimeout(once, heartbeatMs);
  };
  once();
  return { cancel: () => timer.cancel() };
}

/** False when the message server is away. */
function sayHeartbeat(services: NodeServices, fleet: Fleet, stopLine: string | null): boolean {
  const { clock, messages, site, nodeId, boot, paths, watch } = services;
  const heartbeat: Heartbeat = {
    node: nodeId,
    boot,
    monotonicMs: clock.monotonic(),
    at: clock.now(),
    ...toPulse(fleet.owned),
    types: catalog.map(({ type, title }) => ({ type, title })),
    kinds: [...kinds],
    stopSocket: paths.stopSocket,
    ...(stopLine === null ? {} : { stopLine }),
    database: { ok: watch.state.ok, since: watch.state.since },
  };
  return messages.publish(subject(site, 'node', nodeId, 'heartbeat'), heartbeat);
}
