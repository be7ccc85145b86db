import type { Json } from './journal-entry.ts';

/** A message that could not be taken, kept for a person to look at. Times in ms since 1970. */
export interface DeadLetter {
  readonly id: number;
  /** Whom it was meant for. */
  readonly actorId: string;
  readonly at: number;
  /** `poison`: the chart failed on it; `too-large`; `undeliverable`: nobody there. Words follow a colon. */
  readonly reason: string;
  readonly message: Json;
  readonly replayedAt: number | null;
}

/** A letter before it has an id. */
export type ParkedMessage = Pick<DeadLetter, 'reason' | 'message'>;
