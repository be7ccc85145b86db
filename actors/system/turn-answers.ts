import type { Reason } from '../../statecharts/refusal.ts';
import type { Outcome } from '../transport/envelopes.ts';

/** The answer while the database is away; `cause` in words. */
export function unavailable(cause: string): Outcome {
  const reason: Reason = {
    code: 'journal-unavailable',
    message: `The database is away (${cause}), so the command cannot be written down; it was not executed.`,
    remedy: { text: 'Hold, End job and Stop still work. Try again when the database is back.' },
  };
  return { outcome: 'journal-unavailable', seq: 0, reasons: [reason] };
}

/** The answer of a process that is not the owner any more. */
export function notOwner(why: string | null): Outcome {
  const message = `This node no longer owns the equipment: ${why ?? 'ownership ended'}.`;
  return { outcome: 'owner-silent', seq: 0, reasons: [{ code: 'not-owner', message }] };
}

/** The answer at a full mailbox. */
export const busy: Outcome = {
  outcome: 'busy',
  seq: 0,
  reasons: [{ code: 'busy', message: 'Too many commands are waiting.', remedy: { text: 'Wait a moment and try again.' } }],
};

/** The answer to an order that names no letter of this actor. */
export const notFound: Outcome = {
  outcome: 'refused',
  seq: 0,
  reasons: [{ code: 'no-such-letter', message: 'There is no such dead letter for this actor.' }],
};

/** The answer to an order that no gateway vouches for, or of somebody without the role. */
export const notVouched: Outcome = {
  outcome: 'refused',
  seq: 0,
  reasons: [{ code: 'needs-role', message: 'Telling a dead letter again needs the role administrator.' }],
};

/** Why a turn cannot be. */
export const turnReasons = {
  eventTooLarge: { code: 'event-too-large', message: 'The command is larger than 64 KiB.' },
  stateTooLarge: { code: 'state-too-large', message: 'The state would grow beyond 1 MiB.' },
  guardError: { code: 'guard-error', message: 'The chart failed on this command; nothing was done. The log says why.' },
  notReplayable: { code: 'not-replayable', message: 'The letter is too large to be told again; look at what sent it.' },
  stillPoison: { code: 'still-poison', message: 'The chart failed on the message again; it stays parked. The log says why.' },
} as const satisfies Readonly<Record<string, Reason>>;
