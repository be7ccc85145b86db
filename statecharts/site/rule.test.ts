import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FactNeed, keyOf, type SiteFact, type SiteFacts } from './fact.ts';
import { lossBetween, needsOf, nextChange, type SiteRule, siteReasons, waysOut } from './rule.ts';
import { templates } from './templates.ts';

const rules: readonly SiteRule[] = [
  { id: 'extractor', version: 1, template: 'equipment-running', params: { equipment: 'extractor-1' }, onLoss: 'hold' },
  { id: 'press', version: 1, template: 'equipment-resting', params: { equipment: 'press-1' }, onLoss: 'stop' },
  { id: 'alone', version: 1, template: 'not-alone', params: { from: '20:00', to: '06:00', days: [5, 1], people: 2 }, onLoss: 'finish' },
  { id: 'quiet', version: 1, template: 'quiet-hours', params: { from: '22:00', to: '07:00', days: [] }, onLoss: 'finish' },
  { id: 'trained', version: 1, template: 'training', params: { training: 'laser-basic' }, onLoss: 'hold' },
];

/** Whatever an owner may have found out for a need, or not. */
function factFor(need: FactNeed): fc.Arbitrary<SiteFact> {
  const unknown = fc.constant<SiteFact>({ known: false, at: 1, why: 'nobody answers' });
  const person = { id: 'a', name: 'A' };
  const value = {
    equipment: fc
      .record({ producing: fc.boolean(), output: fc.constantFrom('on', 'off', null) })
      .map(found => ({ kind: 'equipment', name: 'E', ...found })),
    window: fc.boolean().map(active => ({ kind: 'window', active, until: 9 })),
    people: fc.integer({ min: 0, max: 3 }).map(n => ({ kind: 'people', present: Array.from({ length: n }, () => person) })),
    supervisors: fc.boolean().map(there => ({ kind: 'supervisors', present: there ? [person] : [] })),
    booking: fc.boolean().map(booked => ({ kind: 'booking', current: booked ? { ...person, until: 7 } : null, next: null })),
    holder: fc.constant({ kind: 'holder', id: 'a', qualifications: [] }),
  }[need.kind] as fc.Arbitrary<Extract<SiteFact, { known: true }>['value']>;
  return fc.oneof(
    unknown,
    value.map((found): SiteFact => ({ known: true, at: 1, value: found })),
  );
}

const anyFacts: fc.Arbitrary<SiteFacts> = fc
  .tuple(...needsOf(rules).map(need => factFor(need).map(fact => [keyOf(need), fact] as const)))
  .map(pairs => Object.fromEntries(pairs));

describe('rules of a site', () => {
  test('[EQ150] name every fact that they ask for, and the booking without one', () => {
    expect(needsOf(rules).map(keyOf)).toEqual([
      'booking',
      'equipment/extractor-1',
      'equipment/press-1',
      'window/20:00-06:00/15',
      'people',
      'window/22:00-07:00/',
      'holder',
      'supervisors/laser-basic',
    ]);
  });

  test('[EQ151] refuse when nothing was found out, except those that only ask the caller', () => {
    expect(siteReasons({ rules, facts: {} }).map(reason => reason.code)).toEqual(Array.from({ length: 4 }, () => 'fact-unknown'));
  });

  test('[EQ151] refuse when their settings do not fit their template', () => {
    const odd: SiteRule = { id: 'odd', version: 1, template: 'quiet-hours', params: { from: 'noon' }, onLoss: 'finish' };
    expect(siteReasons({ rules: [odd], facts: {} }).map(reason => reason.code)).toEqual(['fact-unknown']);
  });

  test('[EQ150] each way out mends a broken rule and breaks none that is kept, and a kept or unknown one needs none', () => {
    fc.assert(
      fc.property(anyFacts, facts => {
        const before = siteReasons({ rules, facts });
        for (const way of waysOut({ rules, facts })) {
          const after = siteReasons({ rules, facts: way.facts });
          expect(after.length).toBeLessThanOrEqual(before.length);
          expect(way.facts).not.toEqual(facts);
        }
        const mendable = before.filter(reason => reason.code !== 'fact-unknown').length;
        expect(waysOut({ rules, facts }).length).toBeGreaterThanOrEqual(mendable);
      }),
      { seed: 20_261_126 },
    );
  });

  test('[EQ152] nothing is lost between the same facts, and a rule that is new and broken is lost at once', () => {
    fc.assert(
      fc.property(anyFacts, facts => {
        expect(lossBetween({ rules, facts }, { rules, facts }, 1)).not.toBe('stop');
        const broken = siteReasons({ rules: rules.slice(1, 2), facts }).length > 0;
        const added = lossBetween({ rules: [], facts: {} }, { rules: rules.slice(1, 2), facts }, 1);
        expect(added).toBe(broken ? 'stop' : null);
      }),
      { seed: 20_261_126 },
    );
  });

  test('[EQ150] the nearest change is the earliest time that a fact names', () => {
    const window: SiteFact = { known: true, at: 1, value: { kind: 'window', active: true, until: 90 } };
    const booking: SiteFact = { known: true, at: 1, value: { kind: 'booking', current: null, next: { id: 'a', name: 'A', from: 40 } } };
    expect(nextChange({ rules, facts: { window, booking } })).toBe(40);
    expect(nextChange({ rules, facts: {} })).toBeNull();
  });

  test('[EQ150] every template says its rule in a sentence', () => {
    const said = rules.map(({ template, params }) => (templates[template].sentence as (given: unknown) => string)(params));
    expect(said).toEqual([
      'Only while extractor-1 runs.',
      'Only while press-1 rests.',
      'From 20:00 to 06:00 only with 2 people present.',
      'Not from 22:00 to 07:00.',
      'Only with the training laser-basic.',
    ]);
  });
});
