import { z } from 'zod';
import { reasonSchema } from '../../statecharts/refusal.ts';

/** RFC 9457 problem details as every error of the REST API has them; `code` is stable. */
export const problemDetailsSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  /** Stands in the gateway's log beside the cause. */
  instance: z.string(),
  reasons: z.array(reasonSchema).optional(),
  /** Of a command: the owner's outcome and the journal position of its decision. */
  outcome: z.string().optional(),
  seq: z.number().optional(),
});
export type ProblemDetails = z.infer<typeof problemDetailsSchema>;

/** Every code of the API and its HTTP status: the one table. */
export const problemStatus = {
  'malformed-json': 400,
  invalid: 400,
  'unknown-field': 400,
  'not-authenticated': 401,
  'token-expired': 401,
  'wrong-credentials': 401,
  forbidden: 403,
  'wrong-origin': 403,
  'not-found': 404,
  'unknown-equipment': 404,
  'unknown-command': 404,
  'unknown-user': 404,
  'unknown-seq': 404,
  'method-not-allowed': 405,
  refused: 409,
  'stale-view': 409,
  expired: 409,
  conflict: 409,
  'rules-contradict': 409,
  'user-disabled': 409,
  'journal-diverged': 409,
  'set-up-done': 409,
  gone: 410,
  'state-not-kept': 410,
  'other-chart': 410,
  'too-large': 413,
  'unsupported-media-type': 415,
  'empty-file': 422,
  'not-gcode': 422,
  'too-many-requests': 429,
  internal: 500,
  busy: 503,
  'database-away': 503,
  'log-in-closed': 503,
  'messages-away': 503,
  'journal-unavailable': 503,
  'owner-silent': 504,
  indeterminate: 504,
  'storage-full': 507,
} as const;
export type ProblemCode = keyof typeof problemStatus;
