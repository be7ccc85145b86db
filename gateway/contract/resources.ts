import { z } from 'zod';
import { roleSchema } from '../../statecharts/caller.ts';
import { commandPathSchema } from '../../statecharts/equipment/path-answer.ts';
import { decisionSchema, equipmentStatusSchema, summarySchema } from '../../statecharts/equipment/status.ts';
import { jobStatusSchema } from '../../statecharts/job/status.ts';
import { reasonSchema } from '../../statecharts/refusal.ts';

/** GET files -> {items}; POST files?name=part.nc with the raw body (application/octet-stream or text/plain) -> 201 file. */
export const fileSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  size: z.number(),
  /** SHA-256 of the bytes, hex. */
  hash: z.string(),
  createdBy: z.string(),
  createdAt: z.number(),
});
export type FileEntry = z.infer<typeof fileSchema>;
export const fileList = z.strictObject({ items: z.array(fileSchema) });

/** POST jobs -> 202 {id}; its status arrives on `job/<id>/status` and at GET jobs/{id}. */
export const createJobRequest = z.strictObject({ file: z.string(), equipment: z.string().regex(/^[a-z0-9-]{1,40}$/) });
export const createJobResponse = z.strictObject({ id: z.string() });

/** GET equipment -> every tile; GET equipment/{id} is the status document itself. */
export const equipmentList = z.strictObject({ items: z.array(summarySchema) });
/** GET jobs -> newest first. */
export const jobList = z.strictObject({ items: z.array(jobStatusSchema) });

/** POST equipment/{id}/commands. The name is checked after the shape, so that an unknown one has its own code. */
export const commandRequest = z.strictObject({
  id: z.uuid(),
  command: z.string().max(40),
  args: z.record(z.string(), z.unknown()).default({}),
  seen: z.strictObject({ epoch: z.number().int(), decisionSeq: z.number().int(), at: z.number() }).optional(),
  ttlMs: z.number().int().min(1).max(30_000).default(3_000),
});

/** GET equipment/{id}/commands: each command with the decision for the caller. */
export const commandDecisions = z.strictObject({
  commands: z.array(
    z.strictObject({ command: z.string(), allowed: z.boolean(), reasons: z.array(reasonSchema), decision: decisionSchema }),
  ),
});

/** GET equipment/{id}/commands/{name}/path. `args`: as JSON; `user`: id or login of somebody else; `seq`: after this event of the past. */
export const pathQuery = z.strictObject({
  args: z.string().max(500).optional(),
  user: z.string().min(1).max(80).optional(),
  seq: z.coerce.number().int().min(1).optional(),
});

const spokenOf = {
  /** The decision itself: whether the person may send the command, and every reason against it. */
  allowed: z.boolean(),
  reasons: z.array(reasonSchema),
  /** The event after which, and the time (ms since 1970) at which it is so. */
  seq: z.number(),
  at: z.number(),
  /** Who `you` is in the steps, with what they brought; `presentUntil` null: they had not stated to be at the machine. */
  user: z.strictObject({ id: z.string(), login: z.string(), name: z.string(), role: roleSchema, presentUntil: z.number().nullable() }),
  /** What the owner answered then, when the event is this command of this person; null: it is not. */
  recorded: z.strictObject({ outcome: z.string(), reasons: z.array(reasonSchema) }).nullable(),
};
const [path, noPath] = commandPathSchema.options;
/** The answer: the shortest way out of a refusal, or what no step changes; with the decision, and of whom and when it speaks. */
export const commandPath = z.discriminatedUnion('outcome', [path.extend(spokenOf), noPath.extend(spokenOf)]);

/** 200 body of POST equipment/{id}/commands and POST equipment/{id}/stop. */
export const outcomeResponse = z.strictObject({
  outcome: z.string(),
  seq: z.number(),
  reasons: z.array(reasonSchema),
  /** With outcome `duplicate`: the outcome of the first. */
  first: z.string().optional(),
});

/** GET equipment/{id}/events?before=SEQ&limit=N: newest first. */
export const eventList = z.strictObject({ items: z.array(z.record(z.string(), z.unknown())) });

/** GET equipment/{id}/at/{seq}: derived anew from the state kept after event `from`. */
export const stateAt = z.discriminatedUnion('replay', [
  z.strictObject({ replay: z.literal('verified'), from: z.number(), status: equipmentStatusSchema }),
  z.strictObject({
    replay: z.literal('diverged'),
    from: z.number(),
    divergence: z.strictObject({ seq: z.number(), what: z.enum(['chain', 'value', 'snapshot', 'event']), message: z.string() }),
  }),
]);
