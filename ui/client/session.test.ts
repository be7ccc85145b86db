import { expect, test } from 'vitest';
import { z } from 'zod';
import { FakeWorld } from '../testing/fake-world.ts';
import { maraSession } from '../testing/workshop.ts';
import { createSession } from './session.ts';

const problem = (status: number, code: string, detail: string) => ({
  status,
  body: { type: 'about:blank', title: code, status, code, detail, instance: 'r-1' },
});

test('is restored by the cookie and renewed before the token ends', async () => {
  const world = new FakeWorld();
  world.answers.set('POST /api/v1/auth/refresh', { status: 200, body: maraSession(world.now) });
  const session = createSession(world.env);
  await session.restore();
  expect(session.state.getSnapshot()).toMatchObject({ kind: 'open', session: { me: { name: 'Mara' } } });
  await world.advance(600_000);
  expect(world.requests).toHaveLength(2);
});

test('asks for a log-in when the cookie does not count, and says whether set-up is needed', async () => {
  const world = new FakeWorld();
  world.answers.set('POST /api/v1/auth/refresh', problem(401, 'not-authenticated', 'Log in.'));
  world.answers.set('GET /api/v1/auth/setup', { status: 200, body: { needed: true } });
  const session = createSession(world.env);
  await session.restore();
  expect(session.state.getSnapshot()).toEqual({ kind: 'none', setupNeeded: true });
});

test('does not take silence for a log-out: it tries again', async () => {
  const world = new FakeWorld();
  const session = createSession(world.env);
  await session.restore();
  expect(session.state.getSnapshot().kind).toBe('unreachable');
  world.answers.set('POST /api/v1/auth/refresh', { status: 200, body: maraSession(world.now) });
  await world.advance(3_000);
  expect(session.state.getSnapshot().kind).toBe('open');
});

test('refreshes once for two requests that find the token ended', async () => {
  const world = new FakeWorld();
  world.answers.set('POST /api/v1/auth/refresh', { status: 200, body: maraSession(world.now) });
  const session = createSession(world.env);
  await session.restore();
  world.answers.set('GET /api/v1/files', problem(401, 'token-expired', 'The token has ended.'));
  const ask = () => session.api.ask({ method: 'GET', path: 'files', answer: z.unknown() });
  await Promise.all([ask(), ask()]);
  expect(world.requests.filter(request => request.path.endsWith('refresh'))).toHaveLength(2);
});

test('gives a problem in its own words, and no answer at all in ours', async () => {
  const world = new FakeWorld();
  const session = createSession(world.env);
  const logIn = () => session.logIn({ login: 'mara', password: 'wrong' });
  expect((await logIn())?.code).toBe('unreachable');
  world.answers.set('POST /api/v1/auth/login', problem(401, 'wrong-credentials', 'Login or password is wrong.'));
  expect((await logIn())?.detail).toBe('Login or password is wrong.');
});

async function loggedIn() {
  const world = new FakeWorld();
  world.answers.set('POST /api/v1/auth/refresh', { status: 200, body: maraSession(world.now) });
  world.answers.set('GET /api/v1/auth/setup', { status: 200, body: { needed: false } });
  const session = createSession(world.env);
  await session.restore();
  return { world, session };
}

test.each([
  ['by nobody', null],
  ['by something before the gateway', { status: 503, body: '<h1>503</h1>' }],
  ['with a failure', problem(500, 'internal', 'Something broke here.')],
  ['with a refusal', problem(403, 'wrong-origin', 'This request comes from a page of another site.')],
])('[S9] a log-out that is answered %s did not happen: the page stays logged in and says so', async (_, answer) => {
  const { world, session } = await loggedIn();
  if (answer) world.answers.set('POST /api/v1/auth/logout', answer);
  expect((await session.logOut())?.detail).toMatch(/^You are still logged in: .* log out again/);
  expect(session.state.getSnapshot().kind).toBe('open');
  world.answers.set('POST /api/v1/auth/logout', { status: 200, body: null });
  expect(await session.logOut()).toBeNull();
  expect(session.state.getSnapshot()).toEqual({ kind: 'none', setupNeeded: false });
});

test('[S9] a log-out counts when the gateway has ended the cookie, also while the database is away', async () => {
  const { world, session } = await loggedIn();
  world.answers.set('POST /api/v1/auth/logout', problem(503, 'database-away', 'You are logged out in this browser.'));
  expect(await session.logOut()).toBeNull();
  expect(session.state.getSnapshot().kind).toBe('none');
});
