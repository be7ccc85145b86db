import { z } from 'zod';
import type { ServerFrame } from '../../gateway/contract/live.ts';

/** One line of the console. `folded` lines are status polls that only repeat what the read-outs show. */
export interface ConsoleLine {
  /** Unique and rising within this page. */
  readonly key: number;
  readonly at: number;
  readonly kind: 'sent' | 'received' | 'note' | 'refused';
  readonly text: string;
  /** Who or why, small at the end of the line. */
  readonly aside: string;
  readonly poll: boolean;
}

const linesKept = 600;
let lastKey = 0;

const eventShape = z.object({ type: z.string(), time: z.string(), data: z.record(z.string(), z.unknown()).default({}) });
/** Who may have caused it, as far as the event says it in words. */
const causeShape = z.object({
  source: z.string().optional(),
  byName: z.string().optional(),
  reason: z.string().optional(),
  text: z.string().optional(),
});
/** Every change of the device's own state is on the wire above it, and on the page. */
const quiet = ['device.condition', 'device.offsets', 'program.checkpoint', 'timer.fired'];
const refusalShape = z.object({ command: z.string(), outcome: z.literal('refused'), reasons: z.array(z.unknown()).default([]) });

/** What a wire batch or a journal event adds to the console. An event that cannot be read adds nothing. */
export function consoleLinesOf(frame: Extract<ServerFrame, { type: 'wire' | 'event' }>): ConsoleLine[] {
  if (frame.type === 'event') return eventLines(frame.data);
  const lines = frame.lines.map(line => make({ at: line.at, kind: line.direction, text: line.text, aside: '', poll: line.poll }));
  if (frame.dropped === 0) return lines;
  return [
    make({
      at: frame.lines[0]?.at ?? 0,
      kind: 'note',
      text: `${frame.dropped} lines not shown: the link was too slow`,
      aside: '',
      poll: false,
    }),
    ...lines,
  ];
}

/** The newest lines, oldest first. */
export function keepLatest(lines: readonly ConsoleLine[], added: readonly ConsoleLine[]): readonly ConsoleLine[] {
  return [...lines, ...added].slice(-linesKept);
}

function eventLines(data: unknown): ConsoleLine[] {
  const event = eventShape.safeParse(data);
  if (!event.success) return [];
  const { type, time } = event.data;
  if (quiet.includes(type)) return [];
  const at = Date.parse(time);
  const refusal = refusalShape.safeParse(event.data.data);
  if (refusal.success) {
    const count = refusal.data.reasons.length;
    return [
      make({
        at,
        kind: 'refused',
        text: `${refusal.data.command} refused`,
        aside: count === 1 ? '1 reason' : `${count} reasons`,
        poll: false,
      }),
    ];
  }
  const cause = causeShape.safeParse(event.data.data).data;
  return [make({ at, kind: 'note', text: type, aside: cause?.byName ?? cause?.reason ?? cause?.text ?? cause?.source ?? '', poll: false })];
}

function make(line: Omit<ConsoleLine, 'key'>): ConsoleLine {
  lastKey += 1;
  return { key: lastKey, ...line };
}
