import { z } from 'zod';
import { reasonSchema } from '../refusal.ts';
import { commandNameSchema } from './commands.ts';

/**
 * One step of a way out. `command`: somebody gives it; `presence`: the caller states to be at the machine; `happening`: nobody in
 * W.I.T. does it, the world does (a guard is closed, the device reports that it has stopped).
 */
export const pathStepSchema = z.strictObject({
  kind: z.enum(['command', 'presence', 'happening']),
  /** `you`, the name of the holder, `a maintainer`, `the machine` ... */
  who: z.string(),
  /** What is done or must happen, in words for the floor. */
  text: z.string(),
  command: commandNameSchema.optional(),
  args: z.record(z.string(), z.unknown()).optional(),
  /** What is left to the person: which job. */
  choose: z.enum(['job']).optional(),
  /** Event of the chart, of a happening. */
  event: z.string().optional(),
});
export type PathStep = z.infer<typeof pathStepSchema>;

/** How a command becomes allowed for the caller, or what stands in the way for good and who can change it. */
export const commandPathSchema = z.discriminatedUnion('outcome', [
  /** In order; empty when the command is allowed now. */
  z.strictObject({ outcome: z.literal('path'), steps: z.array(pathStepSchema) }),
  z.strictObject({
    outcome: z.literal('no-path'),
    /** The facts that no step changes, each with who can; a reason that ends by itself carries `until`. */
    missing: z.array(z.strictObject({ reason: reasonSchema, who: z.string() })),
    /** False when the search was given up at its limit: there may be a way that is longer. */
    complete: z.boolean(),
  }),
]);
export type CommandPath = z.infer<typeof commandPathSchema>;
