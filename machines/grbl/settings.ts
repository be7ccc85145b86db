import { z } from 'zod';

/** What a site says about one GRBL machine. */
export const grblSettingsSchema = z.strictObject({
  /** A stable name of the port: /dev/serial/by-id/... where there is one. */
  path: z.string().min(1),
  baudRate: z.number().int().positive().default(115_200),
  /** The text stored in the controller with `$I=`; when given, a controller that answers another is refused. */
  identity: z.string().max(80).optional(),
  /** No answer for this long is reported as silence, ms. */
  silentAfterMs: z.number().int().min(500).max(60_000).default(3000),
  /** Homing answers nothing while it runs; after this long it counts as silence, ms. */
  homingTimeoutMs: z.number().int().min(1000).max(600_000).default(120_000),
  /** The port leads to a simulator. */
  simulated: z.boolean().default(false),
});

export type GrblSettings = z.infer<typeof grblSettingsSchema>;
