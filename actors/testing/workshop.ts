import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { JsMsg } from 'nats';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { JobStatus } from '../../statecharts/job/status.ts';
import { readConfig } from '../config.ts';
import { type RunningNats, startNats } from '../launcher/nats.ts';
import { credentialFile } from '../launcher/nats-users.ts';
import { type Node, startNode } from '../node.ts';
import { putBlob } from '../storage/blobs.ts';
import type { Database } from '../storage/database.ts';
import { realClock, realRandom, realUptime } from '../system/real-ports.ts';
import type { NodeStatus, Outcome } from '../transport/envelopes.ts';
import { replayLastStatuses } from '../transport/last-statuses.ts';
import { decodeJson } from '../transport/messages.ts';
import type { NatsCluster } from './nats-cluster.ts';
import { anna, TestGateway } from './test-gateway.ts';

/** The database a workshop stands on. */
export interface Ground {
  readonly db: Database;
  readonly url: string;
  close(): Promise<void>;
}

interface MessageServers extends Pick<RunningNats, 'url' | 'stop'> {
  readonly replicas?: number;
}

/** A data directory, a database, a NATS server and whoever asks; nodes are started on it. */
export class Workshop {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'wit-shop-'));
  readonly log: string[] = [];
  /** Everything that was published, by subject, newest last. */
  readonly heard: { subject: string; body: unknown }[] = [];
  /** The node that is asked for new jobs. */
  asked = 'n1';
  /** Time to live of the nodes' leases, ms. */
  leaseTtlMs = 12_000;
  readonly ground: Ground;
  readonly gateway: TestGateway;
  #nats: MessageServers;
  readonly #natsDirectory: string;

  /** On a NATS server of its own, or on a cluster. */
  static async open(ground: Ground, cluster?: NatsCluster): Promise<Workshop> {
    const directory = cluster?.secrets ?? mkdtempSync(join(tmpdir(), 'wit-nats-'));
    const nats = cluster
      ? { url: cluster.url, replicas: cluster.names.length, stop: () => cluster.close() }
      : await startNats({ directory });
    const gateway = await TestGateway.start(ground.db, nats.url, credentialFile(directory, 'gateway'));
    return new Workshop(directory, { ground, nats, gateway });
  }

  private constructor(natsDirectory: string, parts: { ground: Ground; nats: MessageServers; gateway: TestGateway }) {
    this.#natsDirectory = natsDirectory;
    this.ground = parts.ground;
    this.#nats = parts.nats;
    this.gateway = parts.gateway;
    mkdirSync(join(this.dataDir, 'run'));
    const hear = ({ subject, data }: { subject: string; data: Uint8Array }) => this.heard.push({ subject, body: decodeJson(data) });
    for (const facts of ['event.>', 'status', 'summary', 'telemetry', 'inspect', 'heartbeat']) {
      this.gateway.messages.subscribe(`wit.main.*.*.${facts}`, hear);
    }
    this.#catchUp(hear);
  }

  /** As a gateway does: a node that was back first may have said its last word before we were. */
  #catchUp(hear: (message: JsMsg) => void): void {
    const { messages } = this.gateway;
    messages.onState(({ ok }) => {
      if (!ok || !messages.connection) return;
      const before = this.heard.length;
      const saidSince = (subject: string) => this.heard.slice(before).some(one => one.subject === subject);
      const take = (message: JsMsg) => void (saidSince(message.subject) || hear(message));
      // The first node has yet to make the streams.
      replayLastStatuses(messages.connection, 'main', take).catch(() => undefined);
    });
  }

  /** The environment of a node program. */
  get env(): Record<string, string> {
    return {
      WIT_DATA_DIR: this.dataDir,
      WIT_NODE_ID: 'n1',
      WIT_LEASE_TTL_MS: String(this.leaseTtlMs),
      WIT_DATABASE_URL: this.ground.url,
      WIT_NATS_URL: this.#nats.url,
      WIT_NATS_REPLICAS: String(this.#nats.replicas ?? 1),
      WIT_NATS_CREDS: credentialFile(this.#natsDirectory, 'node'),
    };
  }

  addMill(id: string, settings: object): Promise<void> {
    return this.addMachine(id, 'grbl', settings);
  }

  /** Equipment of a type of the catalog. */
  async addMachine(id: string, type: string, settings: object): Promise<void> {
    const row = { id, name: 'Mill', type, settings: JSON.stringify(settings), simulated: true, node: null, removed_at: null };
    await this.ground.db.insertInto('equipment').values(row).execute();
  }

  /** A node within this process. */
  async startNode(): Promise<Node> {
    const read = readConfig(this.env);
    if (!read.ok) throw new Error(read.sentence);
    const config = { ...read.config, databaseUrl: this.ground.url, natsUrl: this.#nats.url };
    const started = await startNode({ config, clock: realClock, random: realRandom, uptime: realUptime, log: line => this.log.push(line) });
    if (!started.ok) throw new Error(started.sentence);
    return started.node;
  }

  /** Where the NATS server keeps its streams. */
  get natsStore(): string {
    return join(this.#natsDirectory, 'jetstream');
  }

  /** Ends the NATS server. */
  stopNats(): Promise<void> {
    return this.#nats.stop(5_000);
  }

  /** Starts it again on the same port with what it kept. */
  async restartNats(): Promise<void> {
    this.#nats = await startNats({ directory: this.#natsDirectory, natsPort: Number(new URL(this.#nats.url).port) });
  }

  /** Uploads a program and asks the node for a job; resolves with its id when the node took it. */
  async createJob(equipment: string, program: string): Promise<{ job: string; outcome: Outcome }> {
    const job = `job-${randomUUID().slice(0, 8)}`;
    const blob = await putBlob(this.ground.db, Readable.from([Buffer.from(program)]), 1_000_000);
    if (!blob.ok) throw new Error(blob.code);
    const file = { id: `file-${job}`, name: 'part.nc', hash: blob.hash, size: blob.size };
    const assertion = await this.gateway.assertion(`job/${job}`, job, anna(equipment));
    const body = { job, equipment, file, assertion, correlationId: randomUUID() };
    return { job, outcome: await this.gateway.ask(`wit.main.node.${this.asked}.command.CREATE_JOB`, body) };
  }

  /** The newest status of a job that was published. */
  jobStatus(job: string): JobStatus | undefined {
    return this.heard.findLast(one => one.subject === `wit.main.job.${job}.status`)?.body as JobStatus | undefined;
  }

  /** What the node last said of itself. */
  nodeStatus(): NodeStatus | undefined {
    return this.heard.findLast(one => one.subject === `wit.main.node.${this.asked}.status`)?.body as NodeStatus | undefined;
  }

  /** The newest status of an equipment that was published. */
  status(id: string): EquipmentStatus | undefined {
    return this.heard.findLast(one => one.subject === `wit.main.equipment.${id}.status`)?.body as EquipmentStatus | undefined;
  }

  async close(): Promise<void> {
    await this.gateway.messages.close();
    await this.#nats.stop(5_000);
    await this.ground.close();
    rmSync(this.dataDir, { recursive: true, force: true });
    rmSync(this.#natsDirectory, { recursive: true, force: true });
  }
}
