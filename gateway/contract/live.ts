import { z } from 'zod';
import { commandNameSchema } from '../../statecharts/equipment/commands.ts';
import { equipmentStatusSchema, summarySchema, telemetrySchema } from '../../statecharts/equipment/status.ts';
import { jobStatusSchema } from '../../statecharts/job/status.ts';
import { reasonSchema } from '../../statecharts/refusal.ts';
import { meSchema } from './auth.ts';

/**
 * `/api/v1/live`: JSON frames, one socket per client. Topics: `equipment/<id|*>/summary`, `equipment/<id>/status|telemetry|event|wire`,
 * `job/<id>/status`, `jobs` (every job's status), `system`, `me`. `*` only for summary.
 */
const topicSchema = z
  .string()
  .regex(/^(equipment\/(\*\/summary|[a-z0-9-]{1,40}\/(summary|status|telemetry|event|wire))|job\/[a-z0-9-]{1,40}\/status|jobs|system|me)$/);

/** What a client may send. */
export const clientFrame = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('subscribe'), topics: z.array(topicSchema).min(1).max(50) }),
  z.strictObject({ type: z.literal('unsubscribe'), topics: z.array(topicSchema).min(1).max(50) }),
  z.strictObject({
    type: z.literal('command'),
    equipment: z.string(),
    id: z.uuid(),
    command: commandNameSchema,
    args: z.record(z.string(), z.unknown()).default({}),
    seen: z.strictObject({ epoch: z.number().int(), decisionSeq: z.number().int(), at: z.number() }).optional(),
    ttlMs: z.number().int().min(1).max(30_000).default(3_000),
  }),
  /** Keeps a held jog alive; every 200 ms. */
  z.strictObject({ type: z.literal('grant'), equipment: z.string(), jogId: z.uuid(), n: z.number().int() }),
  /** The stop key, beside the lane with the same stopId. */
  z.strictObject({ type: z.literal('stop'), equipment: z.string(), stopId: z.uuid() }),
  z.strictObject({ type: z.literal('ping'), n: z.number() }),
]);
export type ClientFrame = z.infer<typeof clientFrame>;

/** What is away, shared by everybody; on topic `system`, on change and at least every 1 s while a client is subscribed. */
export const systemStateSchema = z.strictObject({
  /** Server time, ms since 1970. */
  at: z.number(),
  site: z.string(),
  database: z.strictObject({ ok: z.boolean(), since: z.number() }),
  /** `cause`, a sentence, only while they are away: no connection, or nothing that is published is kept. */
  messages: z.strictObject({ ok: z.boolean(), since: z.number(), cause: z.string().optional() }),
  nodes: z.array(z.strictObject({ id: z.string(), ok: z.boolean(), since: z.number(), lastHeard: z.number() })),
  /** What hinders a host now (`gateway`, or a node): overloaded, storage full, a failing disk, a clock that is off. */
  impairments: z.array(z.strictObject({ host: z.string(), code: z.string(), sentence: z.string(), since: z.number() })),
});
export type SystemState = z.infer<typeof systemStateSchema>;

export const stopStageSchema = z.strictObject({
  stopId: z.string(),
  equipment: z.string(),
  stage: z.enum(['received', 'written', 'confirmed', 'not-written', 'unknown-target', 'node-silent']),
  /** ms from the frame's arrival at the lane (or gateway) to this stage. */
  ms: z.number(),
  reason: z.string().optional(),
});
export type StopStage = z.infer<typeof stopStageSchema>;

/** A stop that no machine confirmed within this time is NOT CONFIRMED, ms; leaves a page 50 of the promised 500 for drawing. */
export const confirmStopWithinMs = 450;

/** What the server sends. Topic frames carry the whole current document; the first comes at once after `subscribe`. */
export const serverFrame = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hello'), at: z.number(), version: z.string() }),
  z.strictObject({ type: z.literal('summary'), data: summarySchema }),
  z.strictObject({ type: z.literal('summaries'), data: z.array(summarySchema) }),
  z.strictObject({ type: z.literal('status'), data: equipmentStatusSchema }),
  z.strictObject({ type: z.literal('telemetry'), data: telemetrySchema }),
  z.strictObject({ type: z.literal('event'), equipment: z.string(), data: z.record(z.string(), z.unknown()) }),
  z.strictObject({
    type: z.literal('wire'),
    actor: z.string(),
    lines: z.array(
      z.strictObject({ at: z.number(), direction: z.enum(['sent', 'received', 'note']), text: z.string(), poll: z.boolean() }),
    ),
    dropped: z.number(),
  }),
  z.strictObject({ type: z.literal('job'), data: jobStatusSchema }),
  z.strictObject({ type: z.literal('system'), data: systemStateSchema }),
  z.strictObject({ type: z.literal('me'), data: meSchema }),
  z.strictObject({ type: z.literal('outcome'), id: z.string(), outcome: z.string(), seq: z.number(), reasons: z.array(reasonSchema) }),
  z.strictObject({ type: z.literal('stop'), data: stopStageSchema }),
  z.strictObject({ type: z.literal('pong'), n: z.number(), at: z.number() }),
  /** `slow-link`: telemetry is being coalesced for this client; `error`: a frame of the client was refused. */
  z.strictObject({ type: z.literal('notice'), code: z.string(), message: z.string() }),
]);
export type ServerFrame = z.infer<typeof serverFrame>;

/** Stop lane socket: first `{pass}`, then presses; the server answers with `ready` and StopStage frames. */
export const laneClientFrame = z.union([
  z.strictObject({ pass: z.string() }),
  z.strictObject({ stopId: z.uuid(), equipment: z.string().regex(/^([a-z0-9-]{1,40})$/) }),
  z.strictObject({ ping: z.number() }),
]);
export const laneServerFrame = z.union([
  /** `nodes` false: no node is connected, a press would not be confirmed. */
  z.strictObject({ ready: z.literal(true), node: z.boolean() }),
  z.strictObject({ pong: z.number(), node: z.boolean() }),
  stopStageSchema,
  z.strictObject({ error: z.string(), code: z.string() }),
]);
