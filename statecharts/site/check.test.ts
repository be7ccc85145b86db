import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CheckedSite, checkRules, type PlacedRule, rulesAt } from './check.ts';
import { type FactNeed, keyOf, type SiteFact, type SiteFacts } from './fact.ts';
import { needsOf, siteReasons } from './rule.ts';
import { type TemplateName, templateNames } from './templates.ts';
import { holdsMinute } from './week.ts';

const people = ['anna', 'ben'].map(id => ({ id, trainings: [{ training: 'laser', supervised: 0, maySupervise: false }] }));
const site: CheckedSite = { equipment: ['laser', 'extractor', 'mill'], trainings: ['laser', 'mill'], people };

function rule(id: string, template: TemplateName, params: object, equipment: readonly string[] | null = null): PlacedRule {
  return { id, version: 1, template, params: { ...params }, onLoss: 'hold', equipment };
}
const needs = (at: string, other: string) => rule(`${at}-needs-${other}`, 'equipment-running', { equipment: other }, [at]);
const apart = (at: string, other: string) => rule(`${at}-apart-${other}`, 'equipment-resting', { equipment: other }, [at]);
const quiet = (id: string, from: string, to: string, days: number[] = []) => rule(id, 'quiet-hours', { from, to, days });
const codes = (rules: readonly PlacedRule[], at = site) => checkRules(rules, at).errors.map(error => error.code);
const chain = (rules: readonly PlacedRule[]) => checkRules(rules, site).errors[0]?.path.map(link => link.rule);

describe('[SR1] rules are refused before they are in force', () => {
  test('[SR1] sound rules pass: laser with extractor, two people after eight, quiet at night', () => {
    const rules = [
      needs('laser', 'extractor'),
      rule('not-alone', 'not-alone', { from: '20:00', to: '22:00', people: 2 }),
      quiet('night', '22:00', '06:00'),
      rule('trained', 'training', { training: 'laser' }, ['laser']),
    ];
    expect(checkRules(rules, site)).toEqual({ errors: [], warnings: [] });
  });

  test('[SR1] when equipment could start only while it runs itself, or while it rests', () => {
    expect(codes([needs('mill', 'mill')])).toEqual(['needs-itself']);
    expect(codes([apart('mill', 'mill')])).toEqual(['needs-itself']);
    expect(codes([rule('all', 'equipment-running', { equipment: 'extractor' })])).toEqual(['needs-itself']);
  });

  test('[SR1] when two wait for one another, told once with the chain', () => {
    const rules = [needs('laser', 'extractor'), needs('extractor', 'mill'), needs('mill', 'laser')];
    expect(codes(rules)).toEqual(['needs-one-another']);
    expect(chain(rules)).toEqual(['laser-needs-extractor', 'extractor-needs-mill', 'mill-needs-laser']);
  });

  test('[SR1] when the same equipment must run and rest, also by what is needed on the way', () => {
    expect(chain([needs('laser', 'extractor'), apart('laser', 'extractor')])).toEqual(['laser-needs-extractor', 'laser-apart-extractor']);
    const rules = [needs('laser', 'extractor'), needs('extractor', 'mill'), apart('mill', 'laser')];
    expect(codes(rules)[0]).toBe('runs-and-rests');
    expect(chain(rules)).toEqual(['laser-needs-extractor', 'extractor-needs-mill', 'mill-apart-laser']);
  });

  test('[SR1] when quiet hours cover the week, alone or together', () => {
    expect(new Set(codes([quiet('always', '06:00', '06:00')]))).toEqual(new Set(['always-quiet']));
    expect(codes([quiet('day', '06:00', '20:00'), quiet('night', '20:00', '06:00')])).toContain('always-quiet');
    expect(codes([quiet('day', '06:00', '20:00'), quiet('night', '20:00', '06:00', [1, 2, 3, 4, 5, 6])])).toEqual([]);
  });

  test('[SR1] when more people are asked for than there are', () => {
    expect(codes([rule('crowd', 'not-alone', { from: '20:00', to: '06:00', people: 3 })])).toEqual(['too-few-people']);
  });

  test('[SR1] when they name what is not there, or their settings do not fit', () => {
    expect(codes([needs('laser', 'crane')])).toEqual(['unknown-equipment']);
    expect(codes([rule('gone', 'quiet-hours', { from: '20:00', to: '06:00' }, ['crane'])])).toEqual(['unknown-equipment']);
    expect(codes([rule('course', 'training', { training: 'juggling' })])).toEqual(['unknown-training']);
    expect(codes([rule('late', 'quiet-hours', { from: '25:00', to: '06:00' })])).toEqual(['params-invalid']);
  });
});

test('[SR1] a training that nobody can use yet is a warning: whoever notes one makes it reachable', () => {
  const warned = (trainings: CheckedSite['people'][number]['trainings']) =>
    checkRules([rule('trained', 'training', { training: 'mill' })], { ...site, people: [{ id: 'anna', trainings }, ...people] }).warnings;
  expect(warned([])).toMatchObject([{ code: 'nobody-trained' }]);
  expect(warned([{ training: 'mill', supervised: 2, maySupervise: true }])).toMatchObject([{ code: 'nobody-trained' }]);
  expect(warned([{ training: 'mill', supervised: 0, maySupervise: false }])).toEqual([]);
});

const time = fc.tuple(fc.nat(23), fc.nat(3)).map(([h, q]) => `${String(h).padStart(2, '0')}:${String(q * 15).padStart(2, '0')}`);
const window = fc.record({ from: time, to: time, days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 7 }) });
const target = fc.constantFrom(...site.equipment).map(equipment => ({ equipment }));
const paramsOf: Readonly<Record<TemplateName, fc.Arbitrary<object>>> = {
  'equipment-running': target,
  'equipment-resting': target,
  'not-alone': fc.record({ from: time, to: time, people: fc.integer({ min: 2, max: 3 }) }),
  'quiet-hours': window,
  training: fc.constantFrom(...site.trainings).map(training => ({ training })),
};
const anyRule = fc.constantFrom(...templateNames).chain(template =>
  fc.record({
    template: fc.constant(template),
    params: paramsOf[template],
    equipment: fc.option(fc.uniqueArray(fc.constantFrom(...site.equipment), { minLength: 1 })),
  }),
);
const ruleSets = fc
  .array(anyRule, { maxLength: 5 })
  .map(all => all.map((one, i) => rule(`rule-${i}`, one.template, one.params, one.equipment)));

const known = (value: Extract<SiteFact, { known: true }>['value']): SiteFact => ({ known: true, at: 0, value });
const present = people.map(({ id }) => ({ id, name: id }));

/** A fact of the workshop in which these run and all else rests, at this minute of the week, with everybody there. */
function factIn(need: FactNeed, running: ReadonlySet<string>, minute: number): SiteFact {
  switch (need.kind) {
    case 'equipment':
      return known({ kind: 'equipment', name: need.id, producing: running.has(need.id), output: null });
    case 'window':
      return known({ kind: 'window', active: holdsMinute(need, minute), until: null });
    case 'people':
    case 'supervisors':
      return known({ kind: need.kind, present });
    case 'booking':
      return known({ kind: 'booking', current: null, next: null });
    case 'holder':
      return known({ kind: 'holder', id: 'anna', qualifications: [] });
  }
}

/** All that runs while the equipment does. */
function running(equipment: string, rules: readonly PlacedRule[]): ReadonlySet<string> {
  const all = new Set([equipment]);
  for (const at of all)
    for (const one of rulesAt(rules, at)) if (one.template === 'equipment-running') all.add(String(one.params.equipment));
  return all;
}

/** At this minute every rule of the equipment, and of all it needs, is kept in one workshop. */
function isKept(equipment: string, rules: readonly PlacedRule[], minute: number): boolean {
  const all = running(equipment, rules);
  const needed = [...all].flatMap(at => needsOf(rulesAt(rules, at)));
  const facts: SiteFacts = Object.fromEntries(needed.map(need => [keyOf(need), factIn(need, all, minute)]));
  return [...all].every(at => siteReasons({ rules: rulesAt(rules, at), facts }).length === 0);
}

const minutes = Array.from({ length: 7 * 96 }, (_, i) => i * 15);

test('[SR1] for every rule set that is accepted there is, for each equipment, one workshop in which all its rules are kept, and those of all it needs', () => {
  let accepted = 0;
  fc.assert(
    fc.property(ruleSets, rules => {
      if (checkRules(rules, site).errors.length > 0) return;
      accepted += 1;
      for (const equipment of site.equipment)
        expect(
          minutes.some(minute => isKept(equipment, rules, minute)),
          `${equipment} of ${JSON.stringify(rules)}`,
        ).toBe(true);
    }),
    { numRuns: 300 },
  );
  expect(accepted).toBeGreaterThan(20);
});
