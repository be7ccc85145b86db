import { z } from 'zod';

const direction = z.enum(['in', 'out']);
const count = z.number().int().min(1).max(1_000_000);

/**
 * What can be done to a running simulator over its control socket, one JSON object a line. `in` is towards the controller, `out`
 * from it.
 */
export const verbSchema = z.discriminatedUnion('verb', [
  /** The controller works on but is not heard. */
  z.strictObject({ verb: z.literal('dont_answer') }),
  z.strictObject({ verb: z.literal('answer') }),
  /** The cable is pulled: the port vanishes, the machine runs on what it has. */
  z.strictObject({ verb: z.literal('cut') }),
  /** The same as soon as this many bytes of the next line have arrived. */
  z.strictObject({ verb: z.literal('cut_mid_line'), bytes: z.number().int().min(1).max(79).default(3) }),
  /** The line stays open, but nothing passes in either direction any more, as with a cable pulled behind a switch. */
  z.strictObject({ verb: z.literal('black_hole') }),
  /** Ends a cut or a black hole; what did not pass meanwhile is gone. */
  z.strictObject({ verb: z.literal('restore') }),
  /** Brown-out or reset key: the banner without having been asked. */
  z.strictObject({ verb: z.literal('reset') }),
  z.strictObject({ verb: z.literal('alarm'), code: z.number().int().min(1).max(10) }),
  z.strictObject({ verb: z.literal('door'), position: z.enum(['open', 'closed']) }),
  /** Somebody sets a `$` setting with another program. */
  z.strictObject({ verb: z.literal('set'), setting: z.number().int().min(0).max(132), value: z.number() }),
  z.strictObject({ verb: z.literal('limit'), axis: z.enum(['x', 'y', 'z']).default('x') }),
  /** The next `count` bytes of a direction are lost, have one bit turned, or come twice. */
  z.strictObject({ verb: z.literal('drop'), direction, count }),
  z.strictObject({ verb: z.literal('flip'), direction, count }),
  z.strictObject({ verb: z.literal('duplicate'), direction, count }),
  /** Every answer comes this much later; 0 ends it. */
  z.strictObject({ verb: z.literal('slow'), ms: z.number().min(0).max(60_000) }),
  /** Another machine answers on this port. */
  z.strictObject({ verb: z.literal('wrong_identity'), name: z.string().max(70).default('another machine') }),
  z.strictObject({ verb: z.literal('state') }),
  z.strictObject({ verb: z.literal('executed') }),
]);
export type Verb = z.infer<typeof verbSchema>;

type Damage = 'drop' | 'flip' | 'duplicate';

/** Damages the next bytes of one direction of the line. */
export class ByteFaults {
  #left: Record<Damage, number> = { drop: 0, flip: 0, duplicate: 0 };

  set(damage: Damage, bytes: number): void {
    this.#left[damage] = bytes;
  }

  /** What arrives for one byte sent: nothing, the byte, a wrong one, or two. */
  pass(byte: number): number[] {
    if (this.#use('drop')) return [];
    const arrived = this.#use('flip') ? byte ^ 0x04 : byte;
    return this.#use('duplicate') ? [arrived, arrived] : [arrived];
  }

  #use(damage: Damage): boolean {
    if (this.#left[damage] === 0) return false;
    this.#left[damage] -= 1;
    return true;
  }
}

/** Counts the bytes of the line that is arriving, to cut it in the middle. */
export class MidLineCut {
  #bytes: number | null = null;
  #inLine = 0;

  /** Cut after so many bytes of a line. */
  arm(bytes: number): void {
    this.#bytes = bytes;
  }

  /** One byte arrived that is not a realtime byte; true when the line breaks now. */
  pass(byte: number): boolean {
    this.#inLine = byte === 0x0a || byte === 0x0d ? 0 : this.#inLine + 1;
    if (this.#bytes === null || this.#inLine !== this.#bytes) return false;
    this.#bytes = null;
    this.#inLine = 0;
    return true;
  }
}
