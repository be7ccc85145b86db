import type { Msg } from 'nats';
import type { z } from 'zod';
import { realClock } from '../../actors/system/real-ports.ts';
import { CatchUp } from '../../actors/transport/catch-up.ts';
import { heartbeatSchema, nodeStatusSchema, wireBatchSchema } from '../../actors/transport/envelopes.ts';
import { replayLastStatuses } from '../../actors/transport/last-statuses.ts';
import { decodeJson, type Messages } from '../../actors/transport/messages.ts';
import { ownedActors } from '../../actors/transport/owned-actors.ts';
import { parseSubject, subject } from '../../actors/transport/subjects.ts';
import { type EquipmentStatus, equipmentStatusSchema, summarySchema, telemetrySchema } from '../../statecharts/equipment/status.ts';
import { jobStatusSchema } from '../../statecharts/job/status.ts';
import type { Log } from '../http/log.ts';
import type { Documents, Moment } from './documents.ts';
import type { Nodes } from './nodes.ts';

/** What changed; `text` is the JSON as it came, already checked. */
export type Change =
  | { readonly kind: 'status' | 'summary' | 'job'; readonly id: string }
  | { readonly kind: 'telemetry' | 'event' | 'wire'; readonly id: string; readonly text: string };

export interface FeedOptions {
  readonly messages: Messages;
  readonly documents: Documents;
  readonly nodes: Nodes;
  readonly site: string;
  readonly moment: () => Moment;
  readonly changed: (change: Change) => void;
  /** The last committed statuses of these equipments. Rejects when the database is away. */
  readonly recall: (ids: readonly string[]) => Promise<readonly EquipmentStatus[]>;
  readonly log: Log;
}

const retryReplayMs = 1_000;

/** What a message leads to beside a change. */
interface Hearing extends FeedOptions {
  /** These are held as they were before the newest word of their owners. */
  behind(ids: readonly string[]): void;
  /** A node is heard again: what it and its jobs said meanwhile may have been missed. */
  back(): void;
}

/** Keeps documents and nodes up to date from the message server: replays the last status of each actor, then follows. */
export function startFeed(options: FeedOptions): { close(): void } {
  const isBehind = (id: string) => options.documents.isBehind(id, options.moment());
  const catchUp = new CatchUp({ clock: realClock, read: readMissed, isBehind });
  const stops = subscribeAll({ ...options, behind: ids => catchUp.want(ids), back: replayLater });
  let closed = false;
  let waiting: NodeJS.Timeout | null = null;
  options.messages.onState(({ ok }) => {
    if (!ok) return;
    options.nodes.listening();
    void replay();
  });

  /** Core subscriptions miss what was said while the connection was down: the stream has each actor's last word. */
  async function replay(): Promise<void> {
    const { connection } = options.messages;
    if (closed || !connection) return;
    try {
      await replayLastStatuses(connection, options.site, message => takeKept(message, options));
    } catch {
      // The stream is made by the first node; until it is there, core subscriptions carry everything.
      replayLater();
    }
  }

  /** Once for all nodes that are heard again at the same time. */
  function replayLater(): void {
    waiting ??= setTimeout(() => {
      waiting = null;
      void replay();
    }, retryReplayMs).unref();
  }

  /** From the database; what its owner could not write there in time stands in the stream alone. */
  async function readMissed(ids: readonly string[]): Promise<void> {
    const statuses = await options.recall(ids).catch(() => []);
    for (const status of statuses) putStatus(idOf(status.actor), status, options);
    if (ids.some(isBehind)) await replay();
  }

  return {
    close: () => {
      closed = true;
      if (waiting) clearTimeout(waiting);
      catchUp.close();
      for (const stop of stops) stop();
    },
  };
}

function subscribeAll(options: Hearing): (() => void)[] {
  const { site, messages } = options;
  const on = (pattern: string, heard: (id: string, message: Msg) => void) =>
    messages.subscribe(pattern, message => {
      const id = parseSubject(message.subject)?.id;
      if (id !== undefined) heard(id, message);
    });
  return [
    on(subject(site, 'equipment', '*', 'status'), (id, message) => hearStatus(id, message, options)),
    on(subject(site, 'job', '*', 'status'), (id, message) => takeJob(id, message, options)),
    on(subject(site, 'node', '*', 'status'), (_id, message) => takeNode(message, options, 'said')),
    on(subject(site, 'equipment', '*', 'summary'), (id, message) => takeSummary(id, message, options)),
    on(subject(site, 'equipment', '*', 'telemetry'), (id, message) => takeTelemetry(id, message, options)),
    on(subject(site, 'node', '*', 'heartbeat'), (_id, message) => takeHeartbeat(message, options)),
    on(`${subject(site, 'equipment', '*', 'event')}.>`, (id, message) => {
      if (isObject(decodeJson(message.data))) options.changed({ kind: 'event', id, text: message.string() });
    }),
    on(subject(site, 'equipment', '*', 'inspect'), (id, message) => {
      if (accept(wireBatchSchema, message, options)) options.changed({ kind: 'wire', id, text: message.string() });
    }),
  ];
}

/** Kept by the stream, whoever is silent now. */
function takeKept(message: Payload, options: FeedOptions): void {
  const parts = parseSubject(message.subject);
  if (parts?.kind === 'equipment') takeStatus(parts.id, message, options);
  if (parts?.kind === 'job') takeJob(parts.id, message, options);
  if (parts?.kind === 'node') takeNode(message, options, 'kept');
}

type Payload = Pick<Msg, 'data' | 'subject'>;

function accept<T>(schema: z.ZodType<T>, message: Payload, { log }: FeedOptions): T | null {
  const parsed = schema.safeParse(decodeJson(message.data));
  if (parsed.success) return parsed.data;
  log('warn', 'a message was not understood', { subject: message.subject, issue: parsed.error.issues[0]?.path.join('.') });
  return null;
}

function takeStatus(id: string, message: Payload, options: FeedOptions): void {
  const status = accept(equipmentStatusSchema, message, options);
  if (status) putStatus(id, status, options);
}

function putStatus(id: string, status: EquipmentStatus, { documents, changed }: FeedOptions): void {
  if (documents.putStatus(id, status)) changed({ kind: 'status', id });
}

/** Not one that a stream kept: its owner says it now. */
function hearStatus(id: string, message: Payload, options: FeedOptions): void {
  const { documents, moment, changed } = options;
  const status = accept(equipmentStatusSchema, message, options);
  if (!status) return;
  const doubted = documents.truthOf(id, moment()) !== 'live';
  documents.spoken(id, status, moment().mono);
  if (documents.putStatus(id, status) || doubted) changed({ kind: 'status', id });
}

function takeJob(id: string, message: Payload, options: FeedOptions): void {
  const status = accept(jobStatusSchema, message, options);
  if (status && options.documents.putJob(id, status)) options.changed({ kind: 'job', id });
}

function takeNode(message: Payload, options: FeedOptions, how: 'said' | 'kept'): void {
  const status = accept(nodeStatusSchema, message, options);
  if (status && how === 'said') options.nodes.putStatus(status);
  else if (status) options.nodes.putKeptStatus(status);
}

function takeSummary(id: string, message: Payload, options: FeedOptions): void {
  const summary = accept(summarySchema, message, options);
  if (!summary) return;
  options.documents.putSummary(id, summary);
  options.changed({ kind: 'summary', id });
}

function takeTelemetry(id: string, message: Msg, options: FeedOptions): void {
  const telemetry = accept(telemetrySchema, message, options);
  if (!telemetry) return;
  options.documents.putTelemetry(id, telemetry);
  options.changed({ kind: 'telemetry', id, text: message.string() });
}

function takeHeartbeat(message: Payload, options: Hearing): void {
  const heartbeat = accept(heartbeatSchema, message, options);
  if (!heartbeat) return;
  const { documents, nodes, moment, changed } = options;
  const now = moment();
  // By what pages were shown, not by what the last tick marked: it may have been silent in between.
  const doubted = documents.ownedBy(heartbeat.node).filter(id => documents.truthOf(id, now) !== 'live');
  if (nodes.get(heartbeat.node) && nodes.truthOf(heartbeat.node, now.mono) !== 'live') options.back();
  nodes.heard(heartbeat, now);
  const owned = ownedActors(heartbeat);
  for (const one of owned) documents.spoken(idOf(one.actor), one, now.mono);
  options.behind(owned.map(({ actor }) => idOf(actor)).filter(id => documents.isBehind(id, now)));
  // A node that speaks again makes its equipment live again at once, if nothing that it said was missed.
  for (const id of doubted) changed({ kind: 'status', id });
}

/** `mill-1` of `equipment/mill-1`. */
function idOf(actor: string): string {
  return actor.slice(actor.indexOf('/') + 1);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
