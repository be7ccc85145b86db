import type { Reason } from '../../statecharts/refusal.ts';
import type { Outcome } from '../transport/envelopes.ts';
import type { CommandMessage } from './message.ts';

/** A START is a confirmation of what the person sees; older than this it is not. */
const startViewLimitMs = 30_000;

export interface AdmissionFacts {
  readonly epoch: number;
  readonly decisionSeq: number;
  readonly now: number;
  readonly monotonic: number;
}

/** Is the command still meant, in time and for this state? Null: yes. Not asked for stop-like commands. */
export function objectionTo(message: CommandMessage, facts: AdmissionFacts): Omit<Outcome, 'seq'> | null {
  if (message.deadline !== null && facts.monotonic > message.deadline) return { outcome: 'expired', reasons: [expired] };
  const { seen } = message;
  if (seen === null) return message.request.command === 'START' ? { outcome: 'stale-view', reasons: [unseen] } : null;
  if (seen.epoch !== facts.epoch || seen.decisionSeq !== facts.decisionSeq) return { outcome: 'stale-view', reasons: [changed] };
  if (message.request.command === 'START' && facts.now - seen.at > startViewLimitMs) return { outcome: 'stale-view', reasons: [old] };
  return null;
}

const expired: Reason = {
  code: 'expired',
  message: 'The command arrived too late and was not executed.',
  remedy: { text: 'Look at the machine and give the command again.' },
};
const changed: Reason = {
  code: 'state-changed',
  message: 'The state changed after the command was given.',
  remedy: { text: 'Look at the present state and give the command again.' },
};
const old: Reason = {
  code: 'view-too-old',
  message: 'START was pressed on a view older than 30 seconds.',
  remedy: { text: 'Wait until the page is live and press START again.' },
};
const unseen: Reason = {
  code: 'view-unknown',
  message: 'START does not say which state was seen.',
  remedy: { text: 'Send the epoch and decisionSeq of the status with the command.' },
};
