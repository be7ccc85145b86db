import type { Outcome } from '../../actors/transport/envelopes.ts';
import type { ProblemCode } from '../contract/problem.ts';
import { type Refused, refuse } from '../http/problems.ts';
import type { Answer } from '../http/route.ts';

const codes: Readonly<Record<Exclude<Outcome['outcome'], 'accepted' | 'duplicate'>, ProblemCode>> = {
  refused: 'refused',
  expired: 'expired',
  'stale-view': 'stale-view',
  busy: 'busy',
  indeterminate: 'indeterminate',
  'journal-unavailable': 'journal-unavailable',
  'owner-silent': 'owner-silent',
  'unknown-target': 'unknown-equipment',
};

/** An owner's outcome as an HTTP answer: 200, or a problem with the same reasons. */
export function outcomeAnswer(outcome: Outcome): Answer | Refused {
  if (outcome.outcome === 'accepted' || outcome.outcome === 'duplicate') return { json: outcome };
  const detail = outcome.reasons.map(reason => reason.message).join(' ') || `The command was not carried out: ${outcome.outcome}.`;
  const { seq, reasons } = outcome;
  return refuse(codeOf(outcome, outcome.outcome), detail, { outcome: outcome.outcome, seq, reasons });
}

/** Two noes of the gateway itself have codes of their own. */
function codeOf({ reasons, seq }: Outcome, name: keyof typeof codes): ProblemCode {
  const first = reasons[0]?.code;
  if (seq === 0 && first === 'invalid') return 'invalid';
  if (seq === 0 && first === 'messages-away') return 'messages-away';
  return codes[name];
}
