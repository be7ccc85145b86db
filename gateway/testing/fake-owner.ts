import { readFileSync } from 'node:fs';
import { connect, type NatsConnection } from 'nats';
import type { LanePress } from '../../actors/stop/protocol.ts';
import type { CreateJob, Outcome, OwnedCommand } from '../../actors/transport/envelopes.ts';
import { inboxPrefix } from '../../actors/transport/inbox.ts';
import { decodeJson, encodeJson } from '../../actors/transport/messages.ts';
import { ensureStreams } from '../../actors/transport/streams.ts';
import type { EquipmentStatus, Summary } from '../../statecharts/equipment/status.ts';

/** A node with one mill, as far as NATS shows it: pulse, documents, an answer to each command. The outermost fake of these tests. */
export class FakeOwner {
  readonly commands: OwnedCommand[] = [];
  readonly jobs: CreateJob[] = [];
  readonly presses: LanePress[] = [];
  readonly grants: unknown[] = [];
  readonly listens: unknown[] = [];
  /** What nodes are told of changes of the workshop. */
  readonly siteChanges: unknown[] = [];
  /** What the next commands are answered with; null: silence. */
  outcome: Outcome | null = { outcome: 'accepted', seq: 7, reasons: [] };
  beating = true;
  /** Its pulse says that it has the mill. */
  owning = true;
  /** Seq of the newest status that its pulse tells of; null: as a release that does not tell. */
  said: number | null = null;
  /** How far its wall clock is ahead, ms. */
  aheadMs = 0;
  stopReply: 'written' | 'not-written' | 'silent' = 'written';
  readonly #connection: NatsConnection;
  readonly #pulse: NodeJS.Timeout;

  private constructor(connection: NatsConnection) {
    this.#connection = connection;
    this.#serve();
    this.#pulse = setInterval(() => this.beat(), 300);
    this.beat();
  }

  static async start(url: string, credentials: string): Promise<FakeOwner> {
    const { user, password } = JSON.parse(readFileSync(credentials, 'utf8')) as { user: string; password: string };
    const connection = await connect({
      servers: url,
      user,
      pass: password,
      inboxPrefix: inboxPrefix(user),
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
    });
    await ensureStreams(connection, 1);
    return new FakeOwner(connection);
  }

  beat(): void {
    if (!this.beating || this.#connection.isClosed()) return;
    const owns = this.owning ? [{ actor: 'equipment/mill-1', epoch: 1 }] : [];
    const at = Date.now() + this.aheadMs;
    this.publish('node.node-1.heartbeat', {
      node: 'node-1',
      boot: 'boot-1',
      monotonicMs: performance.now(),
      at,
      owns,
      ...(this.said === null ? {} : { said: owns.map(() => this.said) }),
      types: [],
      stopSocket: '/nowhere',
      database: { ok: true, since: at },
    });
  }

  status(document: EquipmentStatus): void {
    this.publish('equipment.mill-1.status', document);
  }

  summary(document: Summary): void {
    this.publish('equipment.mill-1.summary', document);
  }

  publish(path: string, body: unknown): void {
    this.#connection.publish(`wit.main.${path}`, encodeJson(body));
  }

  async flush(): Promise<void> {
    await this.#connection.flush();
  }

  async close(): Promise<void> {
    clearInterval(this.#pulse);
    await this.#connection.close();
  }

  #serve(): void {
    const on = (pattern: string, heard: (body: unknown, answer: (reply: unknown) => void) => void) =>
      this.#connection.subscribe(`wit.main.${pattern}`, {
        callback: (_error, message) => heard(decodeJson(message.data), reply => void message.respond(encodeJson(reply))),
      });
    for (const actor of ['equipment.mill-1', 'job.job-1']) {
      on(`${actor}.command.>`, (body, answer) => {
        this.commands.push(body as OwnedCommand);
        if (this.outcome) answer(this.outcome);
      });
    }
    on('node.node-1.command.CREATE_JOB', (body, answer) => {
      this.jobs.push(body as CreateJob);
      answer({ outcome: 'accepted', seq: 1, reasons: [] });
    });
    on('equipment.mill-1.grant', body => void this.grants.push(body));
    on('equipment.mill-1.listen', body => void this.listens.push(body));
    on('system.site.changed', body => void this.siteChanges.push(body));
    for (const id of ['mill-1', 'all']) {
      on(`equipment.${id}.stop`, (body, answer) => {
        const press = body as LanePress;
        this.presses.push(press);
        if (this.stopReply !== 'silent') answer({ stopId: press.stopId, equipment: 'mill-1', stage: this.stopReply, ms: 1 });
      });
    }
  }
}
