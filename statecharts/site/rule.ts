import { z } from 'zod';
import { type FactNeed, factOf, type Qualification, type SiteFacts, siteFactSchema } from './fact.ts';
import type { RuleReason, WayOut } from './template.ts';
import { templateNames, templates, verdictOf } from './templates.ts';

/** What becomes of a run when a rule is no longer kept: it goes on to its end, is suspended, or is ended. */
export const onLossSchema = z.enum(['finish', 'hold', 'stop']);
export type OnLoss = z.infer<typeof onLossSchema>;

/** A rule of the site as it is in force at one equipment. */
export const siteRuleSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  /** Counts up with each change. */
  version: z.number().int().min(1),
  template: z.enum(templateNames),
  params: z.record(z.string(), z.unknown()),
  onLoss: onLossSchema,
});
export type SiteRule = z.infer<typeof siteRuleSchema>;

/** What a chart knows of its site: the rules in force and the facts they ask for, by key. Replaced whole. */
export const siteStateSchema = z.strictObject({
  rules: z.array(siteRuleSchema),
  facts: z.record(z.string(), siteFactSchema),
});
export interface SiteState {
  readonly rules: readonly SiteRule[];
  readonly facts: SiteFacts;
}

export const noSite: SiteState = { rules: [], facts: {} };

/** Every fact that the rules ask for, and the booking, which needs no rule. */
export function needsOf(rules: readonly SiteRule[]): readonly FactNeed[] {
  return [{ kind: 'booking' }, ...rules.flatMap(rule => needsOfRule(rule))];
}

function needsOfRule({ template, params }: SiteRule): readonly FactNeed[] {
  const parsed = templates[template].params.safeParse(params);
  return parsed.success ? (templates[template].needs as (given: unknown) => readonly FactNeed[])(parsed.data) : [];
}

/** Why the rules refuse to let a program run, in the order of the rules; empty when all are kept. */
export function siteReasons({ rules, facts }: SiteState): RuleReason[] {
  return rules.flatMap(rule => {
    const verdict = verdictOf(rule.template, rule.params, facts);
    return verdict.state === 'kept' ? [] : [verdict.reason];
  });
}

/** The trainings that the rules ask for. */
export function trainingsOf(rules: readonly SiteRule[]): readonly string[] {
  return rules.flatMap(rule => (rule.template === 'training' && typeof rule.params.training === 'string' ? [rule.params.training] : []));
}

/** What somebody can change at once, with what would be true then: for each rule, and for the booking of another. */
export function waysOut({ rules, facts }: SiteState): WayOut[] {
  const ofRules = rules.flatMap(({ template, params }) => {
    const kept = verdictOf(template, params, facts).state === 'kept';
    const parsed = templates[template].params.safeParse(params);
    const find = templates[template].wayOut as (given: unknown, facts: SiteFacts) => WayOut | null;
    const way = parsed.success && (!kept || template === 'training') ? find(parsed.data, facts) : null;
    return way ? [way] : [];
  });
  return [...ofRules, ...bookingOver(facts)];
}

function bookingOver(facts: SiteFacts): WayOut[] {
  const booking = factOf(facts, { kind: 'booking' });
  if (booking.kind === 'unknown' || booking.current === null) return [];
  const over = { known: true, at: 0, value: { ...booking, current: null } } as const;
  return [{ who: 'the clock', text: `The booked time of ${booking.current.name} is over.`, facts: { ...facts, booking: over } }];
}

const rank: Readonly<Record<OnLoss, number>> = { finish: 0, hold: 1, stop: 2 };

/**
 * What the strongest rule says that was kept before and is not now; null when no rule was lost. `at` (ms since 1970) is the time of the
 * second state: a training may have expired since.
 */
export function lossBetween(before: SiteState, after: SiteState, at: number): OnLoss | null {
  return lostRules(before, after, at).reduce<OnLoss | null>(
    (worst, { onLoss }) => (worst === null || rank[onLoss] > rank[worst] ? onLoss : worst),
    null,
  );
}

/** Why, in words: one sentence for each rule that was lost. */
export function lossReasons(before: SiteState, after: SiteState, at: number): string[] {
  return lostRules(before, after, at).map(rule => {
    const verdict = verdictOf(rule.template, rule.params, after.facts);
    return verdict.state === 'kept'
      ? `Whoever is in control no longer has the training ${String(rule.params.training)}.`
      : verdict.reason.message;
  });
}

function lostRules(before: SiteState, after: SiteState, at: number): readonly SiteRule[] {
  return after.rules.filter(rule => isKept(before, rule, Number.NEGATIVE_INFINITY) && !isKept(after, rule, at));
}

/** A rule that is new was kept: who adds one to a running machine breaks it then. */
function isKept({ rules, facts }: SiteState, rule: SiteRule, at: number): boolean {
  if (!rules.some(one => one.id === rule.id)) return true;
  return verdictOf(rule.template, rule.params, facts).state === 'kept' && holderIsTrained(rule, facts, at);
}

function holderIsTrained(rule: SiteRule, facts: SiteFacts, at: number): boolean {
  if (rule.template !== 'training') return true;
  const holder = factOf(facts, { kind: 'holder' });
  if (holder.kind === 'unknown') return true;
  return holder.qualifications.some(one => one.training === rule.params.training && isValid(one, at));
}

/** Has not expired. */
export function isValid({ until }: Qualification, at: number): boolean {
  return until === null || until > at;
}

/** The nearest time at which a fact changes by itself; null: none is known. */
export function nextChange({ facts }: SiteState): number | null {
  const times = Object.values(facts).flatMap(fact => (fact.known ? timesOf(fact.value) : []));
  return times.length === 0 ? null : Math.min(...times);
}

function timesOf(value: Extract<SiteFacts[string], { known: true }>['value']): number[] {
  if (value.kind === 'window') return value.until === null ? [] : [value.until];
  if (value.kind === 'booking') return [value.current?.until, value.next?.from].flatMap(time => time ?? []);
  return value.kind === 'holder' ? value.qualifications.flatMap(one => one.until ?? []) : [];
}
