import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../actors/config.ts';
import { type LanePress, type NodeFrame, nodeFrameSchema } from '../../actors/stop/protocol.ts';
import { type Database, openDatabase } from '../../actors/storage/database.ts';
import { listenJson } from '../../actors/transport/json-listener.ts';
import { type Messages, openMessages } from '../../actors/transport/messages.ts';
import { subject } from '../../actors/transport/subjects.ts';
import { startWebServer } from '../http/adapter.ts';
import type { Log } from '../http/log.ts';
import { originPolicy } from '../http/origin.ts';
import { requestMany } from '../ws/messages.ts';
import { KnownNodes, parseKnownNodes } from './known-nodes.ts';
import { laneHttp } from './lane-http.ts';
import { laneSocket } from './lane-socket.ts';
import { Latch, parsePending } from './latch.ts';
import { NodeSockets } from './node-sockets.ts';
import { PassCheck } from './pass-check.ts';
import { Presses } from './presses.ts';

export interface StopLaneOptions {
  readonly config: Config;
  /** ms since 1970 */
  readonly now: () => number;
  /** monotonic ms */
  readonly mono: () => number;
  readonly log: Log;
}

/** A serving stop lane. */
export interface StopLane {
  readonly port: number;
  close(): Promise<void>;
}

const keyRefreshMs = 5_000;
const hearRepliesMs = 5_000;
/** A node tries a machine that could not be started again within 30 s (`Fleet`); nobody waits longer for network equipment than some leases. */
const settleMs = 60_000;
const settleLeases = 3;
const settleEveryMs = 1_000;

/** Serves the stop key. Needs nothing but the nodes' sockets: database, messages and gateway may all be dead. */
export async function startStopLane({ config, now, mono, log }: StopLaneOptions): Promise<StopLane> {
  const run = join(config.dataDir, 'run');
  await mkdir(run, { recursive: true, mode: 0o700 });
  const messages = config.natsUrl === null ? null : laneMessages(config, { now, log });
  const db = config.databaseUrl === null ? null : openDatabase({ url: config.databaseUrl, name: 'stop-lane', poolSize: 1 });
  const passes = new PassCheck({ file: join(run, 'stop-keys.json'), db, site: config.site, now });
  const keys = keepKeysFresh(passes, db);
  const pendingFile = join(run, 'stop-pending.json');
  const keepPending = keeper(pendingFile, log);
  const latch = new Latch({
    known: parsePending(textOf(pendingFile)),
    settleMs: Math.max(settleMs, settleLeases * config.leaseTtlMs),
    mono,
    changed: pending => keepPending(JSON.stringify(pending)),
  });
  const far = farNodes(config, { messages, now, log });
  const presses: Presses = new Presses({
    latch,
    nodes: () => nodes.lines,
    overMessages: (press, heard) => pressOverMessages(press, { messages, site: config.site, heard }),
    mono,
  });
  const nodes: NodeSockets = new NodeSockets({
    folder: run,
    secretFile: join(config.dataDir, 'secrets', 'stop-lane'),
    far: () => far.all,
    peer: config.peer,
    mono,
    log,
    onReady: node => presses.nodeReady(node),
    onGone: () => presses.nodeGone(),
    onStage: stage => presses.heard(stage),
  });
  const settling = setInterval(() => latch.settle(nodes.lines), settleEveryMs);
  const { origins } = originPolicy(config.origins, { bind: config.bind, port: config.port, tls: config.tls !== null });
  const door = { passes, presses, nodeAlive: () => nodes.alive, origins: () => origins, now };
  const { bind: host, stopPort: port, tls } = config;
  const server = await startWebServer({ host, port, tls, handler: laneHttp(door), sockets: [laneSocket(door)], log });
  return {
    port: server.port,
    close: async () => {
      server.close();
      clearInterval(settling);
      nodes.close();
      await Promise.all([keys.close(), messages?.close()]);
    },
  };
}

function laneMessages(config: Config, { now, log }: Pick<StopLaneOptions, 'now' | 'log'>): Messages {
  return openMessages({
    url: config.natsUrl ?? '',
    credsFile: config.natsCredsFile,
    peer: config.peer,
    name: 'stop-lane',
    now,
    log: line => log('info', line),
  });
}

/** Those of other computers, as they were known last and as they are heard. */
function farNodes(
  { dataDir, site }: Config,
  { messages, now, log }: Pick<StopLaneOptions, 'now' | 'log'> & { messages: Messages | null },
): KnownNodes {
  const file = join(dataDir, 'run', 'stop-lines.json');
  const known = new KnownNodes(parseKnownNodes(textOf(file)), keeper(file, log));
  if (messages) listenJson(messages, subject(site, 'node', '*', 'heartbeat'), ({ body }) => known.heard(body, now()));
  return known;
}

/** Keys from the file at once, from the database whenever it is there; nothing of a stop waits for this. */
function keepKeysFresh(passes: PassCheck, db: Database | null): { close(): Promise<void> } {
  void passes.reload().then(() => passes.refresh());
  const timer = setInterval(() => void passes.refresh(), keyRefreshMs);
  return {
    close: async () => {
      clearInterval(timer);
      await db?.destroy();
    },
  };
}

/** Empty where there is no such file. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Writes a file anew after each change, one write at a time, the newest state last. */
function keeper(file: string, log: Log): (text: string) => void {
  let writing = Promise.resolve();
  return text => {
    writing = writing
      .then(async () => {
        await writeFile(`${file}.new`, text, { mode: 0o600 });
        await rename(`${file}.new`, file);
      })
      .catch(error => log('error', 'what must outlive the lane could not be written down; it is kept in memory', { file, cause: error }));
  };
}

type NodeStage = Exclude<NodeFrame, { pong: number }>;

/** The parallel way; its silence means nothing. */
function pressOverMessages(
  press: LanePress,
  { messages, site, heard }: { messages: Messages | null; site: string; heard: (stage: NodeStage) => void },
): void {
  if (!messages?.state.ok) return;
  void requestMany(messages, subject(site, 'equipment', press.equipment, 'stop'), {
    body: press,
    forMs: hearRepliesMs,
    heard: reply => {
      const frame = nodeFrameSchema.safeParse(reply);
      if (frame.success && 'stage' in frame.data && frame.data.stopId === press.stopId) heard(frame.data);
    },
  });
}
