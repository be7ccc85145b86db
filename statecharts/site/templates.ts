import { z } from 'zod';
import { type FactNeed, factOf, keyOf, type SiteFact, type SiteFacts } from './fact.ts';
import { kept, type RuleTemplate, type RuleVerdict, unknownFact } from './template.ts';

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);
const idOf = z.string().regex(/^[a-z0-9-]{1,40}$/);
const days = z.array(z.number().int().min(1).max(7)).max(7).default([]);
const windowParams = { from: timeOfDay, to: timeOfDay, days };

type WindowParams = { readonly from: string; readonly to: string; readonly days: readonly number[] };
const windowOf = ({ from, to, days: on }: WindowParams) => ({ kind: 'window', from, to, days: on }) as const;
const known = (value: Extract<SiteFact, { known: true }>['value']): SiteFact => ({ known: true, at: 0, value });
const withFact = (facts: SiteFacts, need: FactNeed, fact: SiteFact): SiteFacts => ({ ...facts, [keyOf(need)]: fact });

function define<P>(template: RuleTemplate<P>): RuleTemplate<P> {
  return template;
}

const running = z.strictObject({ equipment: idOf });

/** Another equipment must run: a switch be on, anything else produce. */
const equipmentRunning = define<z.infer<typeof running>>({
  title: 'Only while another equipment runs',
  params: running,
  sentence: ({ equipment }) => `Only while ${equipment} runs.`,
  needs: ({ equipment }) => [{ kind: 'equipment', id: equipment }],
  verdict: ({ equipment }, facts) => {
    const fact = factOf(facts, { kind: 'equipment', id: equipment });
    if (fact.kind === 'unknown') return unknownFact(`whether ${equipment} runs`, fact.why);
    if (fact.output === 'on' || fact.producing) return kept;
    return {
      state: 'broken',
      reason: { code: 'equipment-not-running', message: `${fact.name} does not run.`, remedy: { text: `Switch ${fact.name} on.` } },
    };
  },
  wayOut: ({ equipment }, facts) => {
    const need = { kind: 'equipment', id: equipment } as const;
    const fact = factOf(facts, need);
    if (fact.kind === 'unknown') return null;
    const on = known({ ...fact, producing: fact.output === null, output: fact.output === null ? null : 'on' });
    return { who: `somebody at ${fact.name}`, text: `${fact.name} is switched on.`, facts: withFact(facts, need, on) };
  },
});

/** Two machines that must not run at once: one supply, one crane, one room. */
const equipmentResting = define<z.infer<typeof running>>({
  title: 'Only while another equipment rests',
  params: running,
  sentence: ({ equipment }) => `Only while ${equipment} rests.`,
  needs: ({ equipment }) => [{ kind: 'equipment', id: equipment }],
  verdict: ({ equipment }, facts) => {
    const fact = factOf(facts, { kind: 'equipment', id: equipment });
    if (fact.kind === 'unknown') return unknownFact(`whether ${equipment} rests`, fact.why);
    if (fact.output !== 'on' && !fact.producing) return kept;
    return {
      state: 'broken',
      reason: { code: 'equipment-running', message: `${fact.name} runs.`, remedy: { text: `Wait until ${fact.name} rests.` } },
    };
  },
  wayOut: ({ equipment }, facts) => {
    const need = { kind: 'equipment', id: equipment } as const;
    const fact = factOf(facts, need);
    if (fact.kind === 'unknown') return null;
    const off = known({ ...fact, producing: false, output: fact.output === null ? null : 'off' });
    return { who: `somebody at ${fact.name}`, text: `${fact.name} comes to rest.`, facts: withFact(facts, need, off) };
  },
});

const notAloneParams = z.strictObject({ ...windowParams, people: z.number().int().min(2).max(20) });

/** Within the window nobody works alone: so many people must have stated to be in the workshop. */
const notAlone = define<z.infer<typeof notAloneParams>>({
  title: 'Nobody alone',
  params: notAloneParams,
  sentence: params => `From ${params.from} to ${params.to} only with ${params.people} people present.`,
  needs: params => [windowOf(params), { kind: 'people' }],
  verdict: (params, facts) => {
    const hours = factOf(facts, windowOf(params));
    if (hours.kind === 'unknown') return unknownFact('what time it is in the workshop', hours.why);
    if (!hours.active) return kept;
    const people = factOf(facts, { kind: 'people' });
    if (people.kind === 'unknown') return unknownFact('who is in the workshop', people.why);
    if (people.present.length >= params.people) return kept;
    const message = `Nobody works alone from ${params.from} to ${params.to}: ${params.people} people must be present, ${countOf(people.present)}.`;
    return {
      state: 'broken',
      reason: { code: 'alone', message, remedy: { text: 'Ask somebody to state that they are here.' }, ...untilOf(hours) },
    };
  },
  wayOut: (params, facts) => {
    const people = factOf(facts, { kind: 'people' });
    if (people.kind === 'unknown') return null;
    const more = Array.from({ length: params.people }, (_, i) => people.present[i] ?? { id: `any ${i}`, name: 'Somebody' });
    return {
      who: 'somebody else',
      text: `${params.people} people state that they are in the workshop.`,
      facts: withFact(facts, { kind: 'people' }, known({ kind: 'people', present: more })),
    };
  },
});

const quietParams = z.strictObject(windowParams);

/** Within the window nothing is started. */
const quietHours = define<z.infer<typeof quietParams>>({
  title: 'Quiet hours',
  params: quietParams,
  sentence: ({ from, to }) => `Not from ${from} to ${to}.`,
  needs: params => [windowOf(params)],
  verdict: (params, facts) => {
    const hours = factOf(facts, windowOf(params));
    if (hours.kind === 'unknown') return unknownFact('what time it is in the workshop', hours.why);
    if (!hours.active) return kept;
    const message = `Quiet hours from ${params.from} to ${params.to}.`;
    return { state: 'broken', reason: { code: 'quiet-hours', message, remedy: { text: `Wait until ${params.to}.` }, ...untilOf(hours) } };
  },
  wayOut: (params, facts) => {
    const hours = factOf(facts, windowOf(params));
    if (hours.kind === 'unknown' || hours.until === null) return null;
    const after = known({ kind: 'window', active: false, until: null });
    return { who: 'the clock', text: `It is ${params.to}.`, facts: withFact(facts, windowOf(params), after) };
  },
});

const trainingParams = z.strictObject({ training: idOf });

/**
 * Who starts must be trained. Whether a caller is, is asked of the caller (`qualification`); for everybody the rule is kept, as long as
 * whoever is in control of a run has not lost the training.
 */
const training = define<z.infer<typeof trainingParams>>({
  title: 'Only with a training',
  params: trainingParams,
  sentence: params => `Only with the training ${params.training}.`,
  needs: params => [{ kind: 'holder' }, { kind: 'supervisors', training: params.training }],
  verdict: () => kept,
  wayOut: (params, facts) => {
    const need = { kind: 'supervisors', training: params.training } as const;
    const found = factOf(facts, need);
    if (found.kind === 'unknown' || found.present.length > 0) return null;
    const there = known({ kind: 'supervisors', present: [{ id: 'any supervisor', name: 'A supervisor' }] });
    return {
      who: 'a supervisor',
      text: `Somebody who may supervise ${params.training} states that they are here.`,
      facts: withFact(facts, need, there),
    };
  },
});

/** The kinds of rules that a site can set up, by name. */
export const templates = {
  'equipment-running': equipmentRunning,
  'equipment-resting': equipmentResting,
  'not-alone': notAlone,
  'quiet-hours': quietHours,
  training,
} as const;
export type TemplateName = keyof typeof templates;
export const templateNames = Object.keys(templates) as [TemplateName, ...TemplateName[]];

function untilOf({ until }: { readonly until: number | null }): { until?: number } {
  return until === null ? {} : { until };
}

function countOf(present: readonly { readonly name: string }[]): string {
  if (present.length === 0) return 'nobody is';
  return `${present.map(one => one.name).join(', ')} ${present.length === 1 ? 'is' : 'are'}`;
}

/** The template's verdict on its own params; params that do not fit are unknown, never kept. */
export function verdictOf(name: TemplateName, params: unknown, facts: SiteFacts): RuleVerdict {
  const template = templates[name] as RuleTemplate<unknown>;
  const parsed = template.params.safeParse(params);
  return parsed.success ? template.verdict(parsed.data, facts) : unknownFact('what the rule asks', 'its settings do not fit');
}
