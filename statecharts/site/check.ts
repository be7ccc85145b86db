import { type OnLoss, type SiteRule, siteRuleSchema } from './rule.ts';
import { type TemplateName, templates } from './templates.ts';
import { minuteOutside, type WeekWindow } from './week.ts';

/** A rule with the equipment that it is for; null: for all. */
export interface PlacedRule extends SiteRule {
  readonly equipment: readonly string[] | null;
}

/** Somebody who can be in the workshop, with the trainings that are valid or will be. */
export interface CheckedPerson {
  readonly id: string;
  readonly trainings: readonly { readonly training: string; readonly supervised: number; readonly maySupervise: boolean }[];
}

/** What the rules are checked against. */
export interface CheckedSite {
  readonly equipment: readonly string[];
  readonly trainings: readonly string[];
  readonly people: readonly CheckedPerson[];
}

/** One rule of a chain, in its own words. */
export interface ChainLink {
  readonly rule: string;
  readonly equipment: string;
  readonly sentence: string;
}

/** What is wrong with rules that are in force together, and the chain of rules that leads there. */
export interface RuleProblem {
  readonly code:
    | 'params-invalid'
    | 'unknown-equipment'
    | 'unknown-training'
    | 'needs-itself'
    | 'needs-one-another'
    | 'runs-and-rests'
    | 'always-quiet'
    | 'too-few-people'
    | 'nobody-trained';
  readonly message: string;
  readonly path: readonly ChainLink[];
}

export interface RuleCheck {
  /** With any of these the rules are not put into force. */
  readonly errors: readonly RuleProblem[];
  readonly warnings: readonly RuleProblem[];
}

/** Would these rules, in force together, let each equipment start some time [SR1]? Pure; the same rules give the same answer. */
export function checkRules(rules: readonly PlacedRule[], site: CheckedSite): RuleCheck {
  const broken = rules.flatMap(rule => brokenParams(rule));
  const sound = rules.filter(rule => !broken.some(({ path }) => path[0]?.rule === rule.id));
  const errors = [...broken, ...sound.flatMap(rule => unknownNames(rule, site))];
  const perEquipment = site.equipment.flatMap(id => unreachable(id, sound));
  return {
    errors: [...errors, ...once(perEquipment), ...sound.flatMap(rule => tooFewPeople(rule, site))],
    warnings: sound.flatMap(rule => nobodyTrained(rule, site)),
  };
}

/** The rules that are in force at an equipment. */
export function rulesAt(rules: readonly PlacedRule[], equipment: string): readonly PlacedRule[] {
  return rules.filter(rule => rule.equipment === null || rule.equipment.includes(equipment));
}

function brokenParams(rule: PlacedRule): RuleProblem[] {
  const { equipment: _, ...plain } = rule;
  const shape = siteRuleSchema.safeParse(plain);
  const parsed = shape.success ? templates[rule.template].params.safeParse(rule.params) : shape;
  if (parsed.success) return [];
  const [issue] = parsed.error.issues;
  const message = `${rule.id}: ${issue?.path.map(String).join('.') || 'settings'}: ${issue?.message ?? 'not valid'}.`;
  return [{ code: 'params-invalid', message, path: [{ rule: rule.id, equipment: 'all', sentence: 'Its settings do not fit.' }] }];
}

function unknownNames(rule: PlacedRule, { equipment, trainings }: CheckedSite): RuleProblem[] {
  const needed = (['equipment-running', 'equipment-resting'] as const).flatMap(template => neededBy(rule, template));
  const named = [...(rule.equipment ?? []), ...needed];
  const strange = named.filter(id => !equipment.includes(id));
  const path = [linkOf(rule, rule.equipment?.[0] ?? 'all')];
  const problems: RuleProblem[] = strange.map(id => ({ code: 'unknown-equipment', message: `There is no equipment ${id}.`, path }));
  const training = trainingOf(rule);
  if (training === null || trainings.includes(training)) return problems;
  return [...problems, { code: 'unknown-training', message: `There is no training ${training}.`, path }];
}

/** What must run while an equipment runs, and by which rules: itself, what it needs, what that needs. */
type Closure = ReadonlyMap<string, readonly ChainLink[]>;

function unreachable(start: string, rules: readonly PlacedRule[]): RuleProblem[] {
  const closure = closureOf(start, rules);
  const circle = circleOf(start, rules, closure);
  return circle === null ? [...runsAndRests(start, rules, closure), ...alwaysQuiet(start, rules, closure)] : [circle];
}

function closureOf(start: string, rules: readonly PlacedRule[]): Closure {
  const found = new Map<string, readonly ChainLink[]>([[start, []]]);
  const open = [start];
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    for (const { rule, target } of needsAt(at, rules, 'equipment-running')) {
      if (found.has(target)) continue;
      found.set(target, [...(found.get(at) ?? []), linkOf(rule, at)]);
      open.push(target);
    }
  }
  return found;
}

function needsAt(equipment: string, rules: readonly PlacedRule[], template: TemplateName) {
  return rulesAt(rules, equipment).flatMap(rule => neededBy(rule, template).map(target => ({ rule, target })));
}

/** Something it needs needs it in turn: neither can be the first. */
function circleOf(start: string, rules: readonly PlacedRule[], closure: Closure): RuleProblem | null {
  for (const [at, chain] of closure) {
    const back = needsAt(at, rules, 'equipment-running').find(({ target }) => target === start);
    if (back === undefined) continue;
    const path = [...chain, linkOf(back.rule, at)];
    return at === start
      ? { code: 'needs-itself', message: `${start} could start only while it runs.`, path }
      : { code: 'needs-one-another', message: `${start} and ${at} could start only while the other runs.`, path };
  }
  return null;
}

/** The same equipment must run and must rest. */
function runsAndRests(start: string, rules: readonly PlacedRule[], closure: Closure): RuleProblem[] {
  for (const [at, chain] of closure) {
    const against = needsAt(at, rules, 'equipment-resting').find(({ target }) => closure.has(target));
    if (against === undefined) continue;
    const { rule, target } = against;
    const path = [...(closure.get(target) ?? []), ...chain.filter(link => !closure.get(target)?.includes(link)), linkOf(rule, at)];
    const message =
      target === at ? `${at} could run only while it rests.` : `For ${start} to run, ${target} would have to run and to rest.`;
    return [{ code: target === at ? 'needs-itself' : 'runs-and-rests', message, path }];
  }
  return [];
}

function alwaysQuiet(start: string, rules: readonly PlacedRule[], closure: Closure): RuleProblem[] {
  const quiet = [...closure.keys()].flatMap(at =>
    rulesAt(rules, at).flatMap(rule => {
      const window = quietWindow(rule);
      return window ? [{ window, link: linkOf(rule, at) }] : [];
    }),
  );
  if (quiet.length === 0 || minuteOutside(quiet.map(({ window }) => window)) !== null) return [];
  const leading = [...closure.values()].flat();
  const path = [...new Map([...leading, ...quiet.map(({ link }) => link)].map(link => [`${link.rule}/${link.equipment}`, link])).values()];
  return [{ code: 'always-quiet', message: `The quiet hours leave ${start} no minute of the week to run.`, path }];
}

function tooFewPeople(rule: PlacedRule, { people }: CheckedSite): RuleProblem[] {
  if (rule.template !== 'not-alone') return [];
  const { people: wanted } = templates['not-alone'].params.parse(rule.params);
  if (people.length >= wanted) return [];
  const message = `${rule.id} asks for ${wanted} people; ${people.length === 1 ? 'there is one' : `there are ${people.length}`}.`;
  return [{ code: 'too-few-people', message, path: [linkOf(rule, rule.equipment?.[0] ?? 'all')] }];
}

/** No refusal: whoever notes a training makes it reachable. */
function nobodyTrained(rule: PlacedRule, { people }: CheckedSite): RuleProblem[] {
  const training = trainingOf(rule);
  if (training === null) return [];
  const noted = people.flatMap(person => person.trainings.filter(one => one.training === training).map(one => ({ ...one, id: person.id })));
  const supervisors = noted.filter(one => one.maySupervise);
  const able = noted.some(one => one.supervised === 0 || supervisors.some(other => other.id !== one.id));
  if (able) return [];
  const message =
    noted.length === 0
      ? `Nobody has the training ${training}.`
      : `Nobody may supervise the training ${training}, and whoever has it must be supervised.`;
  return [{ code: 'nobody-trained', message, path: [linkOf(rule, rule.equipment?.[0] ?? 'all')] }];
}

function neededBy({ template, params }: PlacedRule, wanted: TemplateName): string[] {
  return template === wanted && typeof params.equipment === 'string' ? [params.equipment] : [];
}

function trainingOf({ template, params }: PlacedRule): string | null {
  return template === 'training' && typeof params.training === 'string' ? params.training : null;
}

function quietWindow({ template, params }: PlacedRule): WeekWindow | null {
  return template === 'quiet-hours' ? templates['quiet-hours'].params.parse(params) : null;
}

function linkOf({ id, template, params }: PlacedRule, equipment: string): ChainLink {
  return { rule: id, equipment, sentence: sentenceOf(template, params) };
}

/** The rule in one sentence; params that do not fit have none. */
export function sentenceOf(template: TemplateName, params: unknown): string {
  const parsed = templates[template].params.safeParse(params);
  return parsed.success ? (templates[template].sentence as (given: unknown) => string)(parsed.data) : 'Its settings do not fit.';
}

/** A circle is found from each of its members: one of them is enough. */
function once(problems: readonly RuleProblem[]): RuleProblem[] {
  const keyOf = ({ code, path }: RuleProblem) =>
    `${code} ${path
      .map(link => `${link.rule}/${link.equipment}`)
      .sort()
      .join(' ')}`;
  return problems.filter((problem, i) => problems.findIndex(other => keyOf(other) === keyOf(problem)) === i);
}

/** What becomes of a run when a rule of this kind is lost, unless the site says otherwise. */
export const usualLoss: Readonly<Record<TemplateName, OnLoss>> = {
  'equipment-running': 'hold',
  'equipment-resting': 'hold',
  'not-alone': 'hold',
  'quiet-hours': 'finish',
  training: 'hold',
};
