import type { z } from 'zod';
import type { CodedReason } from '../refusal.ts';
import type { FactNeed, SiteFacts } from './fact.ts';

/** Of every reason that a rule of a site can give against a command. */
export const ruleCodes = ['equipment-not-running', 'equipment-running', 'alone', 'quiet-hours', 'fact-unknown'] as const;
export type RuleReason = CodedReason<(typeof ruleCodes)[number]>;

/** What a rule says of the facts. `unknown` refuses like `broken`: a fact that cannot be had is no permission. */
export type RuleVerdict =
  | { readonly state: 'kept' }
  | { readonly state: 'broken'; readonly reason: RuleReason }
  | { readonly state: 'unknown'; readonly reason: RuleReason };

/** What would make a broken rule kept: who does it, in words, and the facts as they would be then. */
export interface WayOut {
  readonly who: string;
  readonly text: string;
  readonly facts: SiteFacts;
}

/** A kind of rule that a site can set up: data that is checked, and pure functions over facts. */
export interface RuleTemplate<P> {
  readonly title: string;
  readonly params: z.ZodType<P>;
  /** The rule in one sentence. */
  sentence(params: P): string;
  needs(params: P): readonly FactNeed[];
  verdict(params: P, facts: SiteFacts): RuleVerdict;
  /** Null when nobody can change it at once. */
  wayOut(params: P, facts: SiteFacts): WayOut | null;
}

export const kept: RuleVerdict = { state: 'kept' };

/** The fact that a rule needs cannot be had. */
export function unknownFact(what: string, why: string): RuleVerdict {
  const reason: RuleReason = {
    code: 'fact-unknown',
    message: `It is not known ${what}: ${why}.`,
    remedy: { text: 'Wait until it is known again, or ask whoever sets up the rules of this workshop.' },
  };
  return { state: 'unknown', reason };
}
