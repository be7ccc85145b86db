import { act, cleanup, fireEvent, render } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import { running } from '../../statecharts/equipment/test-bench.ts';
import { App } from '../app.tsx';
import { navigate } from '../client/route.ts';
import { createServices } from '../client/services.ts';
import { FakeWorld, settle } from '../testing/fake-world.ts';
import { maraSession, millAfter, openWorkshop } from '../testing/workshop.ts';

afterEach(cleanup);

const fill = (field: HTMLElement, value: string): void => void fireEvent.input(field, { target: { value } });

function refused(world: FakeWorld): void {
  const body = { type: 'about:blank', title: 'no', status: 401, code: 'not-authenticated', detail: 'Log in.', instance: 'r' };
  world.answers.set('POST /api/v1/auth/refresh', { status: 401, body });
  world.answers.set('GET /api/v1/auth/setup', { status: 200, body: { needed: false } });
}

async function open(path: string) {
  const workshop = await openWorkshop();
  history.replaceState(null, '', path);
  const page = render(<App services={workshop.services} />);
  await act(settle);
  return { ...workshop, page };
}

test('log-in says what is wrong, and opens the dashboard when it is right', async () => {
  const world = new FakeWorld();
  refused(world);
  history.replaceState(null, '', '/');
  const services = createServices(world.env);
  const page = render(<App services={services} />);
  await act(() => services.session.restore());
  fill(page.getByLabelText('Login'), 'mara');
  fill(page.getByLabelText('Password'), 'correct horse');
  world.answers.set('POST /api/v1/auth/login', {
    status: 401,
    body: { type: 'x', title: 'no', status: 401, code: 'wrong-credentials', detail: 'Login or password is wrong.', instance: 'r' },
  });
  const form = page.container.querySelector('form') as HTMLFormElement;
  fireEvent.submit(form);
  await act(settle);
  expect(page.getByRole('alert').textContent).toContain('Login or password is wrong.');
  world.answers.set('POST /api/v1/auth/login', { status: 200, body: maraSession(world.now) });
  fireEvent.submit(form);
  await act(settle);
  expect(page.getByRole('heading', { name: 'Dashboard' })).toBeTruthy();
});

test('set-up takes the token from the fragment and sends it with the first administrator', async () => {
  const world = new FakeWorld();
  refused(world);
  history.replaceState(null, '', '/setup#token=abc-123');
  const services = createServices(world.env);
  const page = render(<App services={services} />);
  await act(() => services.session.restore());
  world.answers.set('POST /api/v1/auth/setup', { status: 200, body: maraSession(world.now) });
  fill(page.getByLabelText('Your name'), 'Mara');
  fill(page.getByLabelText('Login'), 'mara');
  fill(page.getByLabelText('Password'), 'correct horse');
  fireEvent.submit(page.container.querySelector('form') as HTMLFormElement);
  await act(settle);
  expect(world.requests.find(request => request.method === 'POST' && request.path.endsWith('auth/setup'))?.body).toMatchObject({
    token: 'abc-123',
    login: 'mara',
  });
});

test('the dashboard shows state in word and shape, SIMULATED, age, holder and a stop per machine', async () => {
  const { page, show } = await open('/');
  act(() => void show(running));
  const tile = page.getByRole('article', { name: 'Mill 1' });
  expect(tile.dataset.state).toBe('execute');
  expect(tile.querySelector('.state use')?.getAttribute('href')).toBe('#st-execute');
  for (const words of ['Execute', 'SIMULATED', 'live 0.0 s', 'You hold control', '1,480']) expect(tile.textContent).toContain(words);
  expect(page.getByRole('button', { name: 'STOP Mill 1' })).toBeTruthy();
  expect(page.getByRole('button', { name: 'STOP ALL' })).toBeTruthy();
});

test('a machine without news turns stale by itself, with its age', async () => {
  const { page, live, world, services } = await open('/');
  const { summary } = millAfter(running, world.now - 60_000);
  act(() => {
    live.say({ type: 'summaries', data: [{ ...summary, actor: 'equipment/mill-9', name: 'Mill 9' }] });
  });
  const tile = page.getByRole('article', { name: 'Mill 9' });
  expect(tile.dataset.state).toBe('stale');
  expect(tile.textContent).toContain('stale 1:00 min');
  expect(services.clock.now()).toBe(world.now);
});

test('what needs a person comes first', async () => {
  const { page, live, world } = await open('/');
  const { summary } = millAfter(running, world.now);
  const named = (id: string, more: object) => ({ ...summary, actor: `equipment/${id}`, name: id, ...more });
  act(() => {
    live.say({
      type: 'summaries',
      data: [named('a', {}), named('b', { execution: 'Idle' }), named('c', { execution: 'Aborted', alarms: 1 })],
    });
  });
  expect(page.getAllByRole('article').map(tile => tile.getAttribute('aria-label'))).toEqual(['c', 'a', 'b']);
});

test('the machine page shows what its capabilities call for, and values turn doubtful when the device is silent', async () => {
  const { page, live } = await open('/machines/mill-1');
  for (const name of ['Position', 'Jog', 'Run', 'Overrides', 'Control', 'Console']) expect(page.getByRole('region', { name })).toBeTruthy();
  expect(page.getByRole('region', { name: 'Position' }).querySelector('.reading--doubt')).toBeNull();
  act(() => live.close());
  expect(page.getByRole('region', { name: 'Position' }).querySelectorAll('.reading--doubt')).toHaveLength(6);
});

test('an address without a page says so', async () => {
  const { page } = await open('/');
  act(() => navigate('/projects'));
  expect(page.container.textContent).toContain('There is nothing at this address.');
});

test('[F24] a machine page says in words what is out of order around the machine, and nothing when all is well', async () => {
  const { page, show } = await open('/machines/mill-1');
  expect(page.queryByRole('list', { name: 'Out of order' })).toBeNull();
  const message = 'This node ends when the run is over: no new run begins here.';
  act(() => void show([...running, { type: 'service.degraded', code: 'node-ending', message, at: 20 }]));
  const list = page.getByRole('list', { name: 'Out of order' });
  expect(list.textContent).toContain(`${message} node-ending`);
});
