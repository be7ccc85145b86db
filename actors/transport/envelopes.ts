import { z } from 'zod';
import { commandNameSchema } from '../../statecharts/equipment/commands.ts';
import { reasonSchema } from '../../statecharts/refusal.ts';

/** A command as a client sends it: to one actor, bound to the state that the person saw. */
const commandSchema = z.strictObject({
  /** UUIDv7, made by the client: a repeat under the same id gets the first reply again. */
  id: z.uuid(),
  command: commandNameSchema,
  args: z.record(z.string(), z.unknown()).default({}),
  /** `at`: server time (ms since 1970) of the last frame the page had received. Ignored by stop-like commands. */
  seen: z.strictObject({ epoch: z.number().int(), decisionSeq: z.number().int(), at: z.number() }).optional(),
  /** Valid for so long from arrival at the gateway; ignored by stop-like commands. */
  ttlMs: z.number().int().min(1).max(30_000).default(3_000),
});

/** Gateway -> owner, on `wit.<site>.equipment.<id>.command.<NAME>`. */
export const ownedCommandSchema = commandSchema.extend({
  /** JWS (EdDSA) over the caller; see assertionClaims. */
  assertion: z.string(),
  correlationId: z.string().max(80),
  /** The owner's monotonic ms after which nothing may be done, converted by the gateway; absent when the owner's clock is unknown: then ttlMs counts from arrival. */
  deadline: z.strictObject({ boot: z.string(), monotonicMs: z.number() }).optional(),
});
export type OwnedCommand = z.infer<typeof ownedCommandSchema>;

/** Claims of the assertion: `sub` = caller id, `aud` = actor (`equipment/mill-1`), `jti` = command id, `exp` at most 10 s ahead. */
export const assertionClaimsSchema = z.object({
  aud: z.string(),
  jti: z.string(),
  exp: z.number(),
  caller: z.unknown(),
});

export const outcomeSchema = z.strictObject({
  outcome: z.enum([
    'accepted',
    'refused',
    'duplicate',
    'expired',
    'stale-view',
    'busy',
    'indeterminate',
    'journal-unavailable',
    'owner-silent',
    'unknown-target',
  ]),
  /** Journal position of the decision; 0 when nothing was journaled. */
  seq: z.number(),
  reasons: z.array(reasonSchema),
  /** With outcome `duplicate`: the outcome of the first. */
  first: z.string().optional(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

/** A journal event on `wit.<site>.<kind>.<id>.event.<type>`: CloudEvents 1.0 structured JSON. */
export const cloudEventSchema = z.strictObject({
  specversion: z.literal('1.0'),
  /** `equipment/mill-1:42`, also the JetStream message id. */
  id: z.string(),
  source: z.string(),
  type: z.string(),
  time: z.string(),
  subject: z.string(),
  datacontenttype: z.literal('application/json'),
  data: z.record(z.string(), z.unknown()),
  seq: z.number(),
  epoch: z.number(),
  correlationid: z.string().optional(),
  causationid: z.string().optional(),
  principal: z.strictObject({ kind: z.string(), id: z.string(), onBehalfOf: z.string().optional() }).optional(),
});
export type CloudEvent = z.infer<typeof cloudEventSchema>;

/** A node's pulse, once a second on `wit.<site>.node.<id>.heartbeat`. The next release may say more: nobody may take it for silence then. */
export const heartbeatSchema = z.object({
  node: z.string(),
  boot: z.string(),
  monotonicMs: z.number(),
  at: z.number(),
  /** Equipment owned, with epoch. */
  owns: z.array(z.strictObject({ actor: z.string(), epoch: z.number() })),
  /**
   * Of each of `owns`, in its order, the seq of the newest status that was said under that epoch: whoever holds an older one has missed it.
   * Beside and not in `owns`, which is strict in releases that do not know it. A fleet of 1,000: some 8 KB more, where a message may have 1 MB.
   */
  said: z.array(z.number()).optional(),
  types: z.array(z.strictObject({ type: z.string(), title: z.string() })),
  /** Kinds of small actors that it hosts by the shard; absent: none. */
  kinds: z.array(z.string()).optional(),
  /** Path of the Unix socket the stop lane connects to. */
  stopSocket: z.string(),
  /** `host:port` for stop lanes of other computers, which connect with TLS; absent where they cannot. */
  stopLine: z.string().max(300).optional(),
  database: z.strictObject({ ok: z.boolean(), since: z.number() }),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;

/** Proof that a process is dead, by the launcher that reaped it, on `wit.<site>.node.<id>.released`; `boot` names the process. */
export const releaseSchema = z.object({ boot: z.string(), at: z.number() });

/**
 * Whose sessions live at a gateway, on `wit.<site>.system.<gateway>.sessions`: at each change and every few seconds. `people` is whole: who
 * was in it and is not is gone from there.
 */
export const sessionsSchema = z.strictObject({ gateway: z.string(), people: z.array(z.string()) });
export type LiveSessions = z.infer<typeof sessionsSchema>;

/** Gateway -> node on `wit.<site>.node.<id>.command.CREATE_JOB`: copies the blob, hosts the job actor and checks the program. */
export const createJobSchema = z.strictObject({
  job: z.string(),
  equipment: z.string(),
  file: z.strictObject({ id: z.string(), name: z.string(), hash: z.string(), size: z.number() }),
  assertion: z.string(),
  correlationId: z.string(),
});
export type CreateJob = z.infer<typeof createJobSchema>;

/** Node -> whoever has the actor, on `wit.<site>.<kind>.<id>.word`: what one actor tells another that lives elsewhere. Taken once under its id. The next release may say more. */
export const wordSchema = z.object({
  id: z.string().max(80),
  /** The actor that says it. */
  from: z.string(),
  event: z.looseObject({ type: z.string() }),
});
export type Word = z.infer<typeof wordSchema>;

/** Name of the command below. */
export const replayCommand = 'REPLAY_DEAD_LETTER';

/** Gateway -> owner on `wit.<site>.<kind>.<id>.command.REPLAY_DEAD_LETTER`. `jti` of the assertion is the name, a colon and the letter. */
export const replayLetterSchema = z.strictObject({ letter: z.number().int(), assertion: z.string() });
export type ReplayLetter = z.infer<typeof replayLetterSchema>;

/** Name of the command below. */
export const acknowledgeCommand = 'ACKNOWLEDGE_QUARANTINE';

/** Gateway -> owner on `wit.<site>.equipment.<id>.command.ACKNOWLEDGE_QUARANTINE`. `jti` of the assertion is the name, a colon and the id. */
export const acknowledgeSchema = z.strictObject({ quarantine: z.number().int(), assertion: z.string() });
export type Acknowledge = z.infer<typeof acknowledgeSchema>;

/** Latest wire lines, on `.inspect`, only while `.listen` messages arrive (one every 5 s at least). */
export const wireBatchSchema = z.strictObject({
  actor: z.string(),
  lines: z.array(z.strictObject({ at: z.number(), direction: z.enum(['sent', 'received', 'note']), text: z.string(), poll: z.boolean() })),
  dropped: z.number(),
});
export type WireBatch = z.infer<typeof wireBatchSchema>;

/** What hinders a process now, in one sentence for people; `code` is stable, `since` ms since 1970. */
export const impairmentSchema = z.strictObject({ code: z.string(), sentence: z.string(), since: z.number() });
export type Impairment = z.infer<typeof impairmentSchema>;

/** What a node runs, on `wit.<site>.node.<id>.status`, on change. Times are ms since 1970. */
export const nodeStatusSchema = z.strictObject({
  v: z.literal(1),
  node: z.string(),
  boot: z.string(),
  at: z.number(),
  /** In the order of their start. */
  tree: z.array(
    z.strictObject({
      /** The actor. */
      id: z.string(),
      restart: z.enum(['permanent', 'transient', 'temporary']),
      state: z.enum(['starting', 'running', 'waiting', 'ended']),
      since: z.number(),
      restarts: z.number(),
      /** Why it last ended. */
      why: z.string().nullable(),
      /** When it is tried again. */
      nextAt: z.number().nullable(),
    }),
  ),
  /** What the services lack that this node was made for; empty: nothing. */
  selfTest: z.array(z.strictObject({ code: z.string(), sentence: z.string() })),
  /** Whether events are kept by the message servers; `cause` in one sentence, empty while they are. */
  messages: z.strictObject({ ok: z.boolean(), since: z.number(), cause: z.string() }),
  /** What hinders it now: host overloaded, storage full, a disk that fails. An older node does not say it. */
  impairments: z.array(impairmentSchema).default([]),
});
export type NodeStatus = z.infer<typeof nodeStatusSchema>;
