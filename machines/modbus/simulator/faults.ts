import { z } from 'zod';

const times = z.number().int().min(1).max(1_000_000);

/** What can be done to a running simulated relay over its control socket, one JSON object a line. */
export const verbSchema = z.discriminatedUnion('verb', [
  /** It acts, but is not heard. */
  z.strictObject({ verb: z.literal('dont_answer') }),
  z.strictObject({ verb: z.literal('answer') }),
  /** It is gone from the network: connections break, and none is taken. Its contacts stay as they are. */
  z.strictObject({ verb: z.literal('go_away') }),
  /** The connection stays open, but nothing passes in either direction any more. */
  z.strictObject({ verb: z.literal('black_hole') }),
  /** Ends both; what did not pass meanwhile is gone. */
  z.strictObject({ verb: z.literal('restore') }),
  /** The next requests of a function (of any, unless told) are refused with this exception, and not carried out. */
  z.strictObject({
    verb: z.literal('exception'),
    code: z.number().int().min(1).max(255),
    function: z.number().int().min(1).max(127).optional(),
    count: times.default(1),
  }),
  /** The next answers carry the transaction of another request. */
  z.strictObject({ verb: z.literal('wrong_transaction'), count: times.default(1) }),
  /** The next answers name another unit. */
  z.strictObject({ verb: z.literal('wrong_unit'), count: times.default(1) }),
  /** Of the next answer only so many bytes are sent. */
  z.strictObject({ verb: z.literal('partial'), bytes: z.number().int().min(1).max(8).default(5) }),
  /** Every answer comes this much later; 0 ends it. */
  z.strictObject({ verb: z.literal('slow'), ms: z.number().min(0).max(60_000) }),
  /** The contacts are welded: writes are acknowledged, and nothing changes. */
  z.strictObject({ verb: z.literal('stuck') }),
  z.strictObject({ verb: z.literal('unstuck') }),
  /** Somebody switches the first contact at the relay itself. */
  z.strictObject({ verb: z.literal('by_hand'), on: z.boolean() }),
  /** A power cut: connections break, and every contact falls open. */
  z.strictObject({ verb: z.literal('reset') }),
  /** Another relay answers at this address. */
  z.strictObject({ verb: z.literal('wrong_identity'), name: z.string().max(70).default('another relay') }),
  z.strictObject({ verb: z.literal('state') }),
]);
export type Verb = z.infer<typeof verbSchema>;
