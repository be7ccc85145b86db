import { act, cleanup, fireEvent, waitFor } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import type { RuleVersion } from '../../gateway/contract/site.ts';
import { App } from '../app.tsx';
import { paramsOf } from '../client/rule-form.ts';
import { choose } from '../testing/choose.ts';
import { draw } from '../testing/draw.tsx';
import { settle } from '../testing/fake-world.ts';
import { openWorkshop } from '../testing/workshop.ts';

afterEach(cleanup);

const extraction: RuleVersion = {
  id: 'extraction',
  version: 2,
  template: 'equipment-running',
  params: { equipment: 'mill-1' },
  equipment: ['laser-1'],
  onLoss: 'hold',
  active: true,
  sentence: 'Only while mill-1 runs.',
  changedBy: { id: 'mara', name: 'Mara' },
  changedAt: 900_000,
};

async function rulesPage(role: 'operator' | 'administrator' = 'administrator') {
  const workshop = await openWorkshop({ role });
  const { answers, requests } = workshop.world;
  answers.set('GET /api/v1/site/rules', { status: 200, body: { items: [extraction] } });
  answers.set('GET /api/v1/site/trainings', { status: 200, body: { items: [{ id: 'laser-basic', title: 'Laser, basic' }] } });
  history.replaceState(null, '', '/rules');
  const page = draw(workshop, <App services={workshop.services} />);
  await act(settle);
  const press = async (name: string): Promise<void> => {
    fireEvent.click(page.getByRole('button', { name }));
    await act(settle);
  };
  const pick = (label: string, value: string): void => choose(page.getByLabelText(label), value);
  const type = (label: string, value: string): void => void fireEvent.input(page.getByLabelText(label), { target: { value } });
  const sent = (method: string, path: string) => requests.find(one => one.method === method && one.path === `/api/v1/${path}`)?.body;
  return { ...workshop, page, press, pick, type, sent };
}

test('[SR1] a rule is listed by its sentence, where it counts, in force or not, and its history on a press', async () => {
  const { page, press, world } = await rulesPage();
  const before = { ...extraction, version: 1, active: false, changedBy: { id: 'ben', name: 'Ben' } };
  world.answers.set('GET /api/v1/site/rules/extraction/history', { status: 200, body: { items: [extraction, before] } });
  const item = page.getByRole('listitem', { name: 'extraction' });
  for (const words of ['Only while mill-1 runs.', 'in force', 'at laser-1', 'a run is suspended', 'version 2 · Mara'])
    expect(item.textContent).toContain(words);
  await press('History');
  expect(page.getByRole('list', { name: 'History of extraction' }).children[1]?.textContent).toContain('not in force at laser-1 Ben');
});

test('[SR1] a rule is made from the params of its template, and put into force only after its check', async () => {
  const { page, pick, press, sent, type, world } = await rulesPage();
  await press('New rule');
  pick('Kind of rule', 'not-alone');
  expect(page.getByRole('button', { name: 'Check' }).textContent).toContain('not said yet');
  type('From', '20:00');
  type('To', '06:00');
  type('People who must be present', '2');
  type('Short name', 'Evening');
  await press('Mill 1');
  expect(page.getByRole('button', { name: 'Put into force' }).textContent).toContain('check it first');
  world.answers.set('POST /api/v1/site/rules/check', { status: 200, body: { errors: [], warnings: [] } });
  await press('Check');
  const rule = {
    template: 'not-alone',
    params: { from: '20:00', to: '06:00', days: [], people: 2 },
    equipment: ['mill-1'],
    onLoss: 'hold',
  };
  expect(sent('POST', 'site/rules/check')).toEqual({ id: 'evening', ...rule });
  world.answers.set('PUT /api/v1/site/rules/evening', { status: 200, body: { rule: extraction, warnings: [] } });
  await press('Put into force');
  expect(sent('PUT', 'site/rules/evening')).toEqual({ ...rule, active: true });
  await waitFor(() => expect(page.queryByRole('region', { name: 'New rule' })).toBeNull());
});

test('[SR1] a rule that contradicts others shows the chain that leads there, and cannot be put into force', async () => {
  const { page, pick, press, type, world } = await rulesPage();
  await press('New rule');
  pick('Which other equipment', 'mill-1');
  type('Short name', 'back');
  const path = [
    { rule: 'extraction', equipment: 'laser-1', sentence: 'Only while mill-1 runs.' },
    { rule: 'back', equipment: 'mill-1', sentence: 'Only while laser-1 runs.' },
  ];
  const error = { code: 'needs-one-another', message: 'laser-1 and mill-1 could start only while the other runs.', path };
  world.answers.set('POST /api/v1/site/rules/check', { status: 200, body: { errors: [error], warnings: [] } });
  await press('Check');
  const steps = page.getByRole('list', { name: 'The rules that lead there' });
  expect([...steps.children].map(step => step.textContent)).toEqual([
    'laser-1: Only while mill-1 runs. extraction',
    'mill-1: Only while laser-1 runs. back',
  ]);
  expect(page.getByRole('button', { name: 'Put into force' }).textContent).toContain('see what is wrong');
  type('Short name', 'other');
  expect(page.getByRole('button', { name: 'Put into force' }).textContent).toContain('check it first');
});

test('[SR1] a rule is put out of force and into force again; a contradiction is told with its reasons', async () => {
  const { page, press, sent, world } = await rulesPage();
  world.answers.set('POST /api/v1/site/rules/extraction/deactivate', { status: 200, body: {} });
  await press('Deactivate extraction');
  expect(sent('POST', 'site/rules/extraction/deactivate')).toEqual({});
  const reasons = [{ code: 'needs-itself', message: 'mill-1 could start only while it runs. extraction at mill-1' }];
  const problem = { type: 'x', title: 'no', status: 409, code: 'rules-contradict', detail: 'Not put into force.', instance: 'r', reasons };
  world.answers.set('POST /api/v1/site/rules/extraction/deactivate', { status: 409, body: problem });
  await press('Deactivate extraction');
  expect(page.getByRole('alert').textContent).toContain('mill-1 could start only while it runs.');
});

test('[SR1] an operator reads the rules, and each key says that it needs an administrator', async () => {
  const { page } = await rulesPage('operator');
  for (const name of ['New rule', 'Deactivate extraction', 'Change extraction'])
    expect(page.getByRole('button', { name }).textContent).toContain('needs the role administrator');
});

test('[SR1] a rule that is changed keeps its short name and what it said', async () => {
  const { page, press } = await rulesPage();
  await press('Change extraction');
  expect((page.getByLabelText('Which other equipment') as HTMLSelectElement).value).toBe('mill-1');
  expect(page.queryByLabelText('Short name')).toBeNull();
});

test.each([
  ['equipment-running', { equipment: 'mill-1' }, { equipment: 'mill-1' }],
  ['quiet-hours', { from: '22:00', to: '06:00', days: ['1', '5'] }, { from: '22:00', to: '06:00', days: [1, 5] }],
  ['training', { training: 'laser-basic' }, { training: 'laser-basic' }],
] as const)('[SR1] the form of %s says what its template takes', (template, texts, params) => {
  expect(paramsOf(template, texts)).toEqual({ ok: true, params });
});

test.each([
  ['not-alone', { from: '22:00', to: '06:00', people: '1' }, 'People who must be present'],
  ['quiet-hours', { from: '25:00', to: '06:00' }, 'From'],
] as const)('[SR1] what %s does not take is named by its field', (template, texts, field) => {
  const made = paramsOf(template, texts);
  expect(made.ok ? '' : made.missing).toContain(field);
});
