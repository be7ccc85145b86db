import { act, cleanup, fireEvent } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import { preparation } from '../../statecharts/equipment/test-bench.ts';
import { choose } from '../testing/choose.ts';
import { draw } from '../testing/draw.tsx';
import { settle } from '../testing/fake-world.ts';
import { openWorkshop } from '../testing/workshop.ts';
import { BookingsPanel } from './bookings.tsx';
import { ControlPanel } from './control.tsx';
import { ServicePanel } from './service.tsx';

afterEach(cleanup);

const now = 1_000_000;
const listed = (id: string, name: string, from: number) => ({
  id,
  equipment: 'mill-1',
  person: { id: name.toLowerCase(), name },
  from,
  until: from + 3_600_000,
});

async function panel() {
  const workshop = await openWorkshop();
  const { answers, requests } = workshop.world;
  answers.set('GET /api/v1/site/bookings?equipment=mill-1', {
    status: 200,
    body: { items: [listed('b-1', 'Ben', now - 60_000), listed('b-2', 'Mara', now + 7_200_000)] },
  });
  const page = draw(workshop, <BookingsPanel equipment="mill-1" />);
  await act(settle);
  const sent = (method: string, path: string) => requests.find(one => one.method === method && one.path === `/api/v1/${path}`);
  return { ...workshop, page, sent };
}

test('[SR9] whose time it is now and next; the own booking is cancelled, that of another names its owner', async () => {
  const { page, sent, world } = await panel();
  const [first, second] = page.getByRole('list', { name: 'Today and next' }).children;
  expect(first?.textContent).toContain('Ben');
  expect(first?.textContent).toContain('now');
  expect(first?.querySelector('button')?.textContent).toContain('of Ben');
  expect(second?.textContent).toContain('You');
  world.answers.set('DELETE /api/v1/site/bookings/b-2', { status: 204, body: null });
  fireEvent.click(second?.querySelector('button') as HTMLElement);
  await act(settle);
  expect(sent('DELETE', 'site/bookings/b-2')).toBeTruthy();
});

test('[SR9] a time is booked from a moment for a length; a conflict is told in words', async () => {
  const { page, sent, world } = await panel();
  const key = page.getByRole('button', { name: 'Book' });
  expect(key.textContent).toContain('say from when');
  fireEvent.input(page.getByLabelText('From'), { target: { value: '2030-01-02T10:00' } });
  choose(page.getByLabelText('For'), '120');
  const taken = {
    type: 'x',
    title: 'no',
    status: 409,
    code: 'conflict',
    detail: 'Ben has booked it then. Choose another time.',
    instance: 'r',
  };
  world.answers.set('POST /api/v1/site/bookings', { status: 409, body: taken });
  fireEvent.click(page.getByRole('button', { name: 'Book' }));
  await act(settle);
  const from = new Date('2030-01-02T10:00').getTime();
  expect(sent('POST', 'site/bookings')?.body).toEqual({ equipment: 'mill-1', from, until: from + 7_200_000 });
  expect(page.getByRole('alert').textContent).toContain('Ben has booked it then.');
});

test('[EQ53] control is handed over to a person who is chosen from those who may operate machines', async () => {
  const workshop = await openWorkshop();
  workshop.show(preparation);
  const items = [
    { id: 'mara', name: 'Mara' },
    { id: 'ben', name: 'Ben' },
  ];
  workshop.world.answers.set('GET /api/v1/site/operators', { status: 200, body: { items } });
  const page = draw(workshop, <ControlPanel equipment="mill-1" />);
  fireEvent.click(page.getByRole('button', { name: 'Hand over …' }));
  await act(settle);
  expect([...page.getByLabelText('Hand over to').children].map(one => one.textContent)).toEqual(['choose a person …', 'Ben']);
  expect(page.getByRole('button', { name: 'Offer control' }).textContent).toContain('choose a person first');
  choose(page.getByLabelText('Hand over to'), 'ben');
  fireEvent.click(page.getByRole('button', { name: 'Offer control' }));
  expect(workshop.live.sentOf('command')[0]).toMatchObject({ command: 'HAND_OVER', args: { to: 'ben' } });
});

test('[SR8] a maintenance plan says its rhythm and that it is due, and is noted as done or made by a maintainer', async () => {
  const workshop = await openWorkshop({ role: 'maintainer' });
  const { answers, requests } = workshop.world;
  const plan = { id: 'grease', equipment: 'mill-1', text: 'Grease it', everyDays: 30, everyHours: 100, enforced: true };
  const done = { lastDoneAt: 0, doneBy: { id: 'ben', name: 'Ben' }, hoursSince: 12.5, due: true };
  answers.set('GET /api/v1/site/maintenance?equipment=mill-1', { status: 200, body: { items: [{ ...plan, ...done }] } });
  answers.set('POST /api/v1/site/maintenance/grease/done', { status: 200, body: {} });
  answers.set('PUT /api/v1/site/maintenance/mill-1-clean-the-bed', { status: 200, body: {} });
  const page = draw(workshop, <ServicePanel equipment="mill-1" />);
  await act(settle);
  const plans = page.getByRole('region', { name: 'Maintenance plans' });
  for (const words of ['every 30 days or 100 hours of work', 'by Ben, 12.5 h of work since', 'enforced', 'due'])
    expect(plans.textContent).toContain(words);
  fireEvent.click(page.getByRole('button', { name: 'Note Grease it as done' }));
  await act(settle);
  fireEvent.click(page.getByRole('button', { name: 'New plan' }));
  fireEvent.input(page.getByLabelText('What is to be done'), { target: { value: 'Clean the bed' } });
  expect(page.getByRole('button', { name: 'Plan it' }).textContent).toContain('say after how many days or hours');
  fireEvent.input(page.getByLabelText('Every so many days'), { target: { value: '7' } });
  fireEvent.click(page.getByRole('button', { name: 'Plan it' }));
  await act(settle);
  expect(requests.some(one => one.path.endsWith('/grease/done'))).toBe(true);
  expect(requests.find(one => one.method === 'PUT')?.body).toEqual({
    equipment: 'mill-1',
    text: 'Clean the bed',
    everyDays: 7,
    everyHours: null,
    enforced: false,
  });
});
