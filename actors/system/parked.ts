import { z } from 'zod';
import type { ParkedMessage } from '../storage/dead-letters.ts';
import { type Json, plainJson } from '../storage/journal-entry.ts';
import type { ChartEvent } from './chart.ts';
import type { EventMessage } from './message.ts';

/** What of a message is kept at most; beyond it only its type and size. */
const letterLimitBytes = 262_144;

/** A message as a dead letter keeps it. */
const keptSchema = z.object({
  source: z.enum(['device', 'stop', 'timer', 'system', 'job']),
  event: z.looseObject({ type: z.string() }),
  bytes: z.number().optional(),
});

/** The dead letter of a message that could not be taken. */
export function toLetter({ source, event }: Pick<EventMessage, 'source' | 'event'>, reason: string): ParkedMessage {
  const whole = plainJson({ source, event });
  const bytes = JSON.stringify(whole).length;
  const message: Json = bytes > letterLimitBytes ? { source, event: { type: event.type }, bytes } : whole;
  return { reason, message };
}

/** The message to tell again; null when the letter does not hold all of it. */
export function fromLetter(message: unknown, now: number): { source: EventMessage['source']; event: ChartEvent } | null {
  const kept = keptSchema.safeParse(message);
  if (!kept.success || kept.data.bytes !== undefined) return null;
  const { source, event } = kept.data;
  return { source, event: 'at' in event ? { ...event, at: now } : event };
}
