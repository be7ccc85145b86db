import { act, cleanup, fireEvent, within } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import { App } from '../app.tsx';
import { choose } from '../testing/choose.ts';
import { draw } from '../testing/draw.tsx';
import { settle } from '../testing/fake-world.ts';
import { openWorkshop } from '../testing/workshop.ts';

afterEach(cleanup);

const now = 1_000_000;
const mara = { id: 'mara', name: 'Mara' };
const basic = { training: 'laser-basic', from: 0, until: now + 1, supervised: 2, maySupervise: false, notedBy: mara };
const expired = { training: 'mill', from: 0, until: now - 1, supervised: 0, maySupervise: true, notedBy: mara };

async function peoplePage(role: 'operator' | 'maintainer' | 'administrator', more: object = {}) {
  const workshop = await openWorkshop({ role, ...more });
  const { answers } = workshop.world;
  answers.set('GET /api/v1/site/people', {
    status: 200,
    body: {
      items: [
        { id: 'jonas', name: 'Jonas', trainings: [basic, expired] },
        { ...mara, trainings: [] },
      ],
    },
  });
  answers.set('GET /api/v1/auth/people', {
    status: 200,
    body: { items: [{ id: 'jonas', login: 'jonas', name: 'Jonas', role: 'operator', disabled: false }] },
  });
  answers.set('GET /api/v1/site/trainings', { status: 200, body: { items: [{ id: 'laser-basic', title: 'Laser, basic' }] } });
  history.replaceState(null, '', '/people');
  const page = draw(workshop, <App services={workshop.services} />);
  await act(settle);
  const sent = (method: string, path: string) =>
    workshop.world.requests.find(one => one.method === method && one.path === `/api/v1/${path}`)?.body;
  return { ...workshop, page, sent };
}

test('[SR5] people are listed with their trainings: until when, how many supervised uses are left, what has expired', async () => {
  const { page } = await peoplePage('administrator');
  const jonas = await page.findByRole('listitem', { name: 'Jonas' });
  expect(jonas.textContent).toContain('operator · jonas');
  expect(jonas.textContent).toContain('2 supervised uses left');
  expect(jonas.querySelector('.noted--expired')?.textContent).toContain('mill');
  expect(page.getByRole('listitem', { name: 'Mara' }).textContent).toContain('no training noted');
});

test('[SR5] a maintainer notes a training with its end and its supervised uses, and revokes one', async () => {
  const { page, sent, world } = await peoplePage('maintainer');
  world.answers.set('POST /api/v1/site/people/mara/trainings', { status: 201, body: {} });
  world.answers.set('DELETE /api/v1/site/people/jonas/trainings/mill', { status: 204, body: null });
  fireEvent.click(page.getByRole('button', { name: 'Note a training of Mara' }));
  expect(page.getByRole('button', { name: 'Note it' }).textContent).toContain('choose a training');
  choose(page.getByLabelText('Training'), 'laser-basic');
  fireEvent.input(page.getByLabelText('Supervised uses first'), { target: { value: '3' } });
  fireEvent.click(page.getByRole('button', { name: 'Note it' }));
  await act(settle);
  expect(sent('POST', 'site/people/mara/trainings')).toEqual({ training: 'laser-basic', until: null, supervised: 3, maySupervise: false });
  fireEvent.click(page.getByRole('button', { name: 'Revoke mill of Jonas' }));
  await act(settle);
  expect(world.requests.some(one => one.method === 'DELETE')).toBe(true);
});

test('[SR5] an operator sees the own trainings, and on each key the role that it needs', async () => {
  const { page, world } = await peoplePage('operator', { qualifications: [{ training: 'laser-basic', until: null, supervised: 0 }] });
  const list = within(page.getByRole('region', { name: 'People' }));
  expect(list.getByRole('listitem', { name: 'Mara' }).textContent).toContain('laser-basicdoes not expire');
  expect(page.getByRole('button', { name: 'Note a training of Mara' }).textContent).toContain(
    'needs the role maintainer; you are operator',
  );
  expect(page.getByRole('button', { name: 'New person' }).textContent).toContain('needs the role administrator');
  expect(world.requests.some(one => one.path.endsWith('/site/people'))).toBe(false);
});

test('an administrator adds a person, and is told what was wrong', async () => {
  const { page, sent, world } = await peoplePage('administrator');
  const taken = { type: 'x', title: 'no', status: 409, code: 'conflict', detail: 'Somebody has the login ben already.', instance: 'r' };
  world.answers.set('POST /api/v1/auth/people', { status: 409, body: taken });
  fireEvent.click(page.getByRole('button', { name: 'New person' }));
  for (const [label, value] of [
    ['Name', 'Ben'],
    ['Login', 'ben'],
    ['First password', 'correct horse'],
  ] as const)
    fireEvent.input(page.getByLabelText(label), { target: { value } });
  fireEvent.submit(page.container.querySelector('form') as HTMLFormElement);
  await act(settle);
  expect(sent('POST', 'auth/people')).toEqual({ login: 'ben', name: 'Ben', password: 'correct horse', role: 'operator' });
  expect(page.getByRole('alert').textContent).toContain('Somebody has the login ben already.');
});

test('[SR11] an administrator gives another role and ends an access; whoever is out can be let in again', async () => {
  const { page, sent, world } = await peoplePage('administrator');
  const out = { id: 'ben', login: 'ben', name: 'Ben', role: 'viewer', disabled: true };
  const jonas = { id: 'jonas', login: 'jonas', name: 'Jonas', role: 'operator', disabled: false };
  world.answers.set('GET /api/v1/auth/people', { status: 200, body: { items: [jonas, out] } });
  world.answers.set('PUT /api/v1/site/people/jonas/account', { status: 200, body: { ...jonas, role: 'maintainer' } });
  fireEvent.click(await page.findByRole('button', { name: 'Role of Jonas …' }));
  const change = page.getByRole('button', { name: 'Change Jonas' });
  expect(change.textContent).toContain('nothing is changed yet');
  choose(page.getByLabelText('Role of Jonas'), 'maintainer');
  fireEvent.click(change);
  await act(settle);
  expect(sent('PUT', 'site/people/jonas/account')).toEqual({ role: 'maintainer', disabled: false });
  const ben = await page.findByRole('listitem', { name: 'Ben' });
  expect(ben.textContent).toContain('may not log in');
  expect(within(ben).queryByRole('button', { name: 'Note a training of Ben' })).toBeNull();
  expect(within(ben).getByRole('button', { name: 'Role of Ben …' })).toBeTruthy();
});

test('[SR5] a maintainer sets up a training under the short name that rules use', async () => {
  const { page, sent, world } = await peoplePage('maintainer');
  world.answers.set('PUT /api/v1/site/trainings/cnc-mill', { status: 200, body: { id: 'cnc-mill', title: 'CNC mill' } });
  fireEvent.click(page.getByRole('button', { name: 'New training' }));
  fireEvent.input(page.getByLabelText('What it is called'), { target: { value: 'CNC mill' } });
  fireEvent.click(page.getByRole('button', { name: 'Set it up' }));
  await act(settle);
  expect(sent('PUT', 'site/trainings/cnc-mill')).toEqual({ title: 'CNC mill' });
});

test('[SR10] "I am in the workshop" is stated and taken back in the menu of the person', async () => {
  const { page, sent, world } = await peoplePage('operator');
  world.answers.set('POST /api/v1/auth/presence', { status: 200, body: {} });
  fireEvent.click(page.getByRole('button', { name: 'Mara, operator' }));
  fireEvent.click(page.getByRole('button', { name: 'I am in the workshop' }));
  await act(settle);
  expect(sent('POST', 'auth/presence')).toEqual({ equipment: null });
  fireEvent.click(page.getByRole('button', { name: 'I leave' }));
  await act(settle);
  expect(world.requests.some(one => one.method === 'DELETE' && one.path.endsWith('auth/presence'))).toBe(true);
});
