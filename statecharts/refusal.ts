import { z } from 'zod';
import { commandNameSchema } from './equipment/commands.ts';

/** One true reason why a command is refused, in words for the floor, with the way out. */
export const reasonSchema = z.strictObject({
  /** Stable, kebab-case: `stop-latched`, `not-homed`. */
  code: z.string(),
  /** What is true now: "The stop is latched." */
  message: z.string(),
  /** What to do about it; `command` when one command does it. */
  remedy: z
    .strictObject({ text: z.string(), command: commandNameSchema.optional(), args: z.record(z.string(), z.unknown()).optional() })
    .optional(),
  /** ms since 1970 at which the reason ends by itself. */
  until: z.number().optional(),
});
export type Reason = z.infer<typeof reasonSchema>;
/** A reason of one of these codes, so that what lists them cannot leave one out. */
export type CodedReason<Code extends string> = Reason & { readonly code: Code };
