import { z } from 'zod';
import { decisionSchema } from '../../statecharts/equipment/status.ts';
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

/** GET equipment/{id}/commands: each command with the decision for the caller. */
export const commandDecisions = z.strictObject({
  commands: z.array(
    z.strictObject({ command: z.string(), allowed: z.boolean(), reasons: z.array(reasonSchema), decision: decisionSchema }),
  ),
});

/** 200 body of POST equipment/{id}/commands and POST equipment/{id}/stop. */
export const outcomeResponse = z.strictObject({ outcome: z.string(), seq: z.number(), reasons: z.array(reasonSchema) });

/** GET equipment/{id}/events?before=SEQ&limit=N: newest first. */
export const eventList = z.strictObject({ items: z.array(z.record(z.string(), z.unknown())) });
