import { act, cleanup } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import type { EquipmentEvent } from '../../statecharts/equipment/events.ts';
import { preparation, running } from '../../statecharts/equipment/test-bench.ts';
import type { SiteFacts } from '../../statecharts/site/fact.ts';
import type { SiteRule } from '../../statecharts/site/rule.ts';
import { draw } from '../testing/draw.tsx';
import { openWorkshop } from '../testing/workshop.ts';
import { SitePanel } from './site.tsx';

afterEach(cleanup);

const now = 1_000_000;
const extraction: SiteRule = {
  id: 'extraction',
  version: 1,
  template: 'equipment-running',
  params: { equipment: 'extractor-1' },
  onLoss: 'hold',
};
const evening: SiteRule = {
  id: 'evening',
  version: 1,
  template: 'not-alone',
  params: { from: '20:00', to: '06:00', days: [], people: 2 },
  onLoss: 'stop',
};

function extractor(output: 'on' | 'off'): SiteFacts {
  return {
    'equipment/extractor-1': { known: true, at: now - 3_000, value: { kind: 'equipment', name: 'Extractor 1', producing: false, output } },
  };
}

function site(rules: readonly SiteRule[], facts: SiteFacts, at = now): EquipmentEvent {
  return { type: 'site.changed', rules, facts, at };
}

async function panel(events: readonly EquipmentEvent[], as: Parameters<typeof openWorkshop>[0] = {}) {
  const workshop = await openWorkshop(as);
  workshop.show(events);
  const page = draw(workshop, <SitePanel equipment="mill-1" />);
  const rule = (id: string): string => page.container.querySelector(`[data-rule="${id}"]`)?.textContent ?? '';
  return { ...workshop, page, rule };
}

test('[EQ150] a rule is a sentence, kept or broken with its reason, with the fact it rests on and its age', async () => {
  const { rule, show } = await panel([...preparation, site([extraction], extractor('on'))]);
  expect(rule('extraction')).toContain('Only while extractor-1 runs.kept');
  expect(rule('extraction')).toContain('Extractor 1 is on 3.0 s ago');
  act(() => void show([...preparation, site([extraction], extractor('off'))]));
  expect(rule('extraction')).toContain('broken: Extractor 1 does not run.');
});

test('[EQ151] what could not be found out is not known, with why: never kept', async () => {
  const facts: SiteFacts = { 'equipment/extractor-1': { known: false, at: now - 60_000, why: 'its node is silent' } };
  const { rule, page } = await panel([...preparation, site([extraction], facts)]);
  expect(rule('extraction')).toContain('not known: It is not known whether extractor-1 runs: its node is silent.');
  expect(rule('extraction')).toContain('1:00 min ago');
  expect(page.container.querySelector('.facts__doubt')).toBeTruthy();
});

test('[EQ150] hours that end by themselves are counted down', async () => {
  const facts: SiteFacts = {
    'window/20:00-06:00/': { known: true, at: now, value: { kind: 'window', active: true, until: now + 600_000 } },
    people: { known: true, at: now, value: { kind: 'people', present: [{ id: 'mara', name: 'Mara' }] } },
  };
  const { rule } = await panel([...preparation, site([evening], facts)]);
  expect(rule('evening')).toContain('2 people must be present, Mara is.');
  expect(rule('evening')).toContain('Ends by itself in 10:00 min.');
  expect(rule('evening')).toContain('a run is ended');
});

test('[EQ84] a run that the site suspended says which rule was lost', async () => {
  const { page } = await panel([...running, site([extraction], extractor('on'), 20), site([extraction], extractor('off'), 30)]);
  expect(page.getByRole('status').textContent).toContain('Extractor 1 does not run.');
});

test('without a rule it says that none is in force', async () => {
  const { page } = await panel(preparation);
  expect(page.container.textContent).toContain('No rule of the workshop is in force at this machine.');
});

test('[EQ153] a rule that asks for a training says whether the person of this page has it', async () => {
  const rule: SiteRule = { id: 'trained', version: 1, template: 'training', params: { training: 'laser-basic' }, onLoss: 'hold' };
  const own = { qualifications: [{ training: 'laser-basic', until: null, supervised: 3 }] };
  const { rule: words } = await panel([...preparation, site([rule], {})], own);
  expect(words('trained')).toContain('You: does not expire · 3 supervised uses left');
  cleanup();
  const other = await panel([...preparation, site([rule], {})], { qualifications: [] });
  expect(other.rule('trained')).toContain('You: not trained');
});
