import { z } from 'zod';
import type { Locality } from '../driver.ts';

const common = {
  /** The text stored in the controller with `$I=`; when given, a controller that answers another is refused. */
  identity: z.string().max(80).optional(),
  /** No answer for this long is reported as silence, ms. */
  silentAfterMs: z.number().int().min(500).max(60_000).default(3000),
  /** Homing answers nothing while it runs; after this long it counts as silence, ms. */
  homingTimeoutMs: z.number().int().min(1000).max(600_000).default(120_000),
  /** The link leads to a simulator. */
  simulated: z.boolean().default(false),
};

const serial = z.strictObject({
  /** A stable name of the port: /dev/serial/by-id/... where there is one. */
  path: z.string().min(1),
  baudRate: z.number().int().positive().default(115_200),
  ...common,
});

const tcp = z.strictObject({
  /** Name or address of a controller with its own network port, or of a bridge in front of one. */
  host: z.string().min(1).max(253),
  /** 23 is the port of grblHAL and FluidNC unless configured otherwise. */
  port: z.number().int().min(1).max(65_535).default(23),
  /** A connection that is not made by now is given up and tried again later, ms. */
  connectTimeoutMs: z.number().int().min(100).max(60_000).default(3000),
  ...common,
});

/** What a site says about one GRBL machine: `path` for a serial port, `host` for a TCP port. */
export const grblSettingsSchema = z.union([serial, tcp]);

export type GrblSettings = z.infer<typeof grblSettingsSchema>;

/** A serial port belongs to one computer, a TCP port to the network. */
export function localityOf(settings: GrblSettings): Locality {
  return 'host' in settings ? 'network' : 'local';
}
