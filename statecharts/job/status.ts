import { z } from 'zod';
import { runSchema } from '../equipment/status.ts';

const axes = z.strictObject({ x: z.number(), y: z.number(), z: z.number() });

/** A line that the allow-list or the bounds check refused. */
export const problemSchema = z.strictObject({
  /** 1-based line of the uploaded file. */
  line: z.number(),
  /** Stable: `axis-unknown`, `word-not-allowed`, `outside-envelope`, `line-too-long` ... */
  code: z.string(),
  message: z.string(),
  /** The line as uploaded, at most 80 characters, control characters shown as `\\xNN`. */
  text: z.string(),
});
export type Problem = z.infer<typeof problemSchema>;

/** What the check before the first byte found. `hash` and `lines` are of the cleaned program, the one that is sent. */
export const checkSchema = z.strictObject({
  ok: z.boolean(),
  hash: z.string(),
  lines: z.number(),
  bytes: z.number(),
  /** Machine coordinates, mm; null when the program moves nothing. */
  bounds: z.strictObject({ min: axes, max: axes }).nullable(),
  /** Work offsets the bounds were computed with. */
  offsets: z.record(z.string(), axes),
  /** Lines changed on the way (comments dropped, white space folded). */
  cleaned: z.number(),
  /** At most 100; `problemCount` has them all. */
  problems: z.array(problemSchema),
  problemCount: z.number(),
});
export type Check = z.infer<typeof checkSchema>;

/** The status document of one job, published whole when it changes. */
export const jobStatusSchema = z.strictObject({
  v: z.literal(1),
  /** `job/0192...` */
  actor: z.string(),
  seq: z.number(),
  epoch: z.number(),
  at: z.number(),
  chart: z.strictObject({ id: z.string(), version: z.string(), hash: z.string() }),
  name: z.string(),
  file: z.strictObject({ id: z.string(), name: z.string(), hash: z.string(), size: z.number() }),
  equipment: z.string(),
  state: z.enum(['checking', 'ready', 'refused', 'loaded', 'running', 'held', 'complete', 'stopped', 'aborted', 'failed', 'interrupted']),
  since: z.number(),
  check: checkSchema.nullable(),
  run: runSchema.nullable(),
  createdBy: z.string(),
});
export type JobStatus = z.infer<typeof jobStatusSchema>;

/** Nothing changes the result of a job any more. */
export const endStates: readonly JobStatus['state'][] = ['refused', 'complete', 'stopped', 'aborted', 'failed', 'interrupted'];

/** One of these. */
export function hasEnded(state: JobStatus['state']): boolean {
  return endStates.includes(state);
}
