import { z } from 'zod';

/**
 * The direct line between stop lane and node: newline-delimited JSON, on one computer over a Unix socket under the data directory (mode 0600),
 * between computers over TLS in which both sides show their certificate. The first frame of the lane says hello; on the Unix socket it
 * authenticates with the shared secret of `$DATA/secrets/stop-lane`, and everything before that is closed.
 */
export const laneHelloSchema = z.strictObject({ hello: z.literal('stop-lane'), secret: z.string().optional() });
export type LaneHello = z.infer<typeof laneHelloSchema>;

/** A press. `equipment` is an id or `all`. `pass` says what became of the stop pass; an expired or revoked pass still stops. */
export const lanePressSchema = z.strictObject({
  stopId: z.string().max(80),
  equipment: z.string(),
  by: z.string(),
  byName: z.string(),
  pass: z.enum(['valid', 'expired', 'revoked', 'host']),
  at: z.number(),
  /** `ping` keeps the socket proven; it presses nothing. */
});
export type LanePress = z.infer<typeof lanePressSchema>;
const lanePingSchema = z.strictObject({ ping: z.number() });
export const laneFrameSchema = z.union([lanePressSchema, lanePingSchema]);

/** Node -> lane. `written` once per equipment as soon as the stop byte is with the operating system, `confirmed` when the device says it rests. */
export const nodeFrameSchema = z.union([
  z.strictObject({ pong: z.number(), equipment: z.array(z.string()) }),
  z.strictObject({
    stopId: z.string(),
    equipment: z.string(),
    stage: z.enum(['written', 'confirmed', 'not-written', 'unknown-target']),
    /** ms from the frame's arrival at the node. */
    ms: z.number(),
    reason: z.string().optional(),
  }),
]);
export type NodeFrame = z.infer<typeof nodeFrameSchema>;
