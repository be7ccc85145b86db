import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import { sentenceOf } from '../../statecharts/site/check.ts';
import { type FactNeed, keyOf, type SiteFact } from '../../statecharts/site/fact.ts';
import { type OnLoss, onLossSchema, type SiteRule } from '../../statecharts/site/rule.ts';
import type { RuleTemplate, RuleVerdict } from '../../statecharts/site/template.ts';
import { type TemplateName, templates, verdictOf } from '../../statecharts/site/templates.ts';
import { ageText, timeText } from './truth.ts';

/** A rule as a page shows it. */
export interface ShownRule {
  readonly rule: SiteRule;
  readonly sentence: string;
  readonly verdict: RuleVerdict;
  readonly facts: readonly ShownFact[];
}

/** A fact in words; `at` is when it was found out, null while nobody looked. */
export interface ShownFact {
  readonly key: string;
  readonly words: string;
  readonly at: number | null;
  readonly known: boolean;
}

/** What becomes of a run when the rule is no longer kept. */
export const lossWords: Readonly<Record<OnLoss, string>> = {
  finish: 'a run goes on to its end',
  hold: 'a run is suspended',
  stop: 'a run is ended',
};

/** Every rule in force here, with what the owner knows. */
export function shownRules({ rules, facts }: EquipmentStatus['site']): readonly ShownRule[] {
  return rules.map(rule => ({
    rule,
    sentence: sentenceOf(rule.template, rule.params),
    verdict: verdictOf(rule.template, rule.params, facts),
    facts: needsOf(rule.template, rule.params).map(need => shownFact(keyOf(need), facts[keyOf(need)])),
  }));
}

/** The same words for what an API says; a release may know more. */
export function onLossWords(onLoss: string): string {
  const known = onLossSchema.safeParse(onLoss);
  return known.success ? lossWords[known.data] : onLoss;
}

function needsOf(name: TemplateName, params: unknown): readonly FactNeed[] {
  const template = templates[name] as RuleTemplate<unknown>;
  const parsed = template.params.safeParse(params);
  return parsed.success ? template.needs(parsed.data) : [];
}

function shownFact(key: string, fact: SiteFact | undefined): ShownFact {
  if (!fact) return { key, words: 'not looked up yet', at: null, known: false };
  if (!fact.known) return { key, words: `not known: ${fact.why}`, at: fact.at, known: false };
  return { key, words: valueWords(fact.value), at: fact.at, known: true };
}

type Value = Extract<SiteFact, { known: true }>['value'];

function valueWords(value: Value): string {
  switch (value.kind) {
    case 'equipment':
      return `${value.name} ${value.output === null ? (value.producing ? 'runs' : 'rests') : `is ${value.output}`}`;
    case 'window':
      return `${value.active ? 'these hours are now' : 'not in these hours'}${value.until === null ? '' : `, until ${timeText(value.until).slice(0, 5)}`}`;
    case 'people':
      return `here: ${namesOf(value.present)}`;
    case 'supervisors':
      return `may supervise and is here: ${namesOf(value.present)}`;
    case 'booking':
      return value.current ? `booked by ${value.current.name} until ${timeText(value.current.until).slice(0, 5)}` : 'not booked now';
    case 'holder':
      return `in control: trained for ${value.qualifications.map(one => one.training).join(', ') || 'nothing'}`;
  }
}

function namesOf(people: readonly { readonly name: string }[]): string {
  return people.map(one => one.name).join(', ') || 'nobody';
}

/** `12 s ago` */
export function agoText(at: number, now: number): string {
  return `${ageText(Math.max(0, now - at))} ago`;
}
