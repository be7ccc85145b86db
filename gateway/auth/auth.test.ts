import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { administrator, ask, cookieOf, type Got, openWorkshop, password, person, type Workshop } from '../testing/workshop.ts';

let workshop: Workshop;
let admin: Awaited<ReturnType<typeof administrator>>;

beforeAll(async () => {
  workshop = await openWorkshop();
  admin = await administrator(workshop);
}, 60_000);
afterAll(() => workshop?.close());

const refreshWith = (cookie: string): Promise<Got> => ask(workshop.url, '/auth/refresh', { method: 'POST', headers: { cookie } });
const me = (token: string) => ask(workshop.url, '/auth/me', { token });

describe('setting up', () => {
  test('[S1] the link makes one administrator, once', async () => {
    expect(admin.me).toMatchObject({ login: 'mara', role: 'administrator' });
    expect((await ask(workshop.url, '/auth/setup')).body).toEqual({ needed: false });
    const again = await ask(workshop.url, '/auth/setup', {
      json: { token: await workshop.setupToken(), login: 'eve', name: 'Eve', password },
    });
    expect([again.status, again.body.code]).toEqual([409, 'set-up-done']);
  });

  test('[S3] a password of seven characters is refused', async () => {
    const got = await ask(workshop.url, '/auth/people', {
      token: admin.accessToken,
      json: { login: 'short', name: 'Short', password: '1234567', role: 'viewer' },
    });
    expect([got.status, got.body.code]).toEqual([400, 'invalid']);
  });
});

describe('logging in', () => {
  test('[S6] an unknown person and a wrong password get the same answer', async () => {
    const [wrong, unknown] = await Promise.all([
      ask(workshop.url, '/auth/login', { json: { login: 'mara', password: 'not this one' } }),
      ask(workshop.url, '/auth/login', { json: { login: 'nobody', password: 'not this one' } }),
    ]);
    const plain = ({ status, body: { instance: _, ...rest } }: Got) => ({ status, rest });
    expect(plain(wrong)).toEqual(plain(unknown));
    expect([wrong.status, wrong.body.code]).toEqual([401, 'wrong-credentials']);
  });

  test('[S5] the sixth try within a minute waits, and the right password does not help then', async () => {
    const login = (word: string) => ask(workshop.url, '/auth/login', { json: { login: 'guessed', password: word } });
    for (let i = 0; i < 5; i += 1) expect((await login('wrong one')).status).toBe(401);
    const limited = await login('wrong one');
    expect([limited.status, limited.body.code]).toEqual([429, 'too-many-requests']);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await me(admin.accessToken)).status).toBe(200);
  });
});

describe('the refresh token', () => {
  test('[S8] rotates, and its cookie is for no script and no other site', async () => {
    const viewer = await person(workshop, admin, 'viewer');
    const next = await refreshWith(viewer.cookie);
    expect(next.status).toBe(200);
    expect(cookieOf(next)).not.toBe(viewer.cookie);
    expect(next.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await me(next.body.accessToken)).body.login).toBe('viewer');
  });

  test('[S8] used twice ends the session with all its tokens', async () => {
    const operator = await person(workshop, admin, 'operator');
    const next = await refreshWith(operator.cookie);
    const reused = await refreshWith(operator.cookie);
    expect([reused.status, reused.body.code]).toEqual([401, 'not-authenticated']);
    expect((await refreshWith(cookieOf(next))).status).toBe(401);
    expect((await me(next.body.accessToken)).status).toBe(401);
  });

  test('[S8] of two exchanges at the same time at most one wins, and the session ends', async () => {
    const got = await ask(workshop.url, '/auth/login', { json: { login: 'operator', password } });
    const both = await Promise.all([refreshWith(cookieOf(got)), refreshWith(cookieOf(got))]);
    expect(both.filter(one => one.status === 200).length).toBeLessThanOrEqual(1);
    expect((await me(got.body.accessToken)).status).toBe(401);
  });

  test('[S9] logging out ends the session within the request', async () => {
    const got = await ask(workshop.url, '/auth/login', { json: { login: 'operator', password } });
    const out = await ask(workshop.url, '/auth/logout', { method: 'POST', headers: { cookie: cookieOf(got) } });
    expect(out.status).toBe(204);
    expect((await me(got.body.accessToken)).status).toBe(401);
    expect((await refreshWith(cookieOf(got))).status).toBe(401);
  });
});

describe('what people may', () => {
  test('[S14] a viewer adds nobody, and nobody gives themselves a field that is not there', async () => {
    const viewer = await ask(workshop.url, '/auth/login', { json: { login: 'viewer', password } });
    const asked = { token: viewer.body.accessToken, json: { login: 'x', name: 'X', password, role: 'administrator' } };
    expect((await ask(workshop.url, '/auth/people', asked)).body.code).toBe('forbidden');
    const extra = await ask(workshop.url, '/auth/presence', { token: admin.accessToken, json: { equipment: 'mill-1', role: 'x' } });
    expect([extra.status, extra.body.code]).toEqual([400, 'unknown-field']);
  });

  test('[S9] a role taken away acts within 2 s, whatever the token says', async () => {
    const got = await ask(workshop.url, '/auth/login', { json: { login: 'operator', password } });
    expect((await me(got.body.accessToken)).body.role).toBe('operator');
    await workshop.database.db.updateTable('person').set({ role: 'viewer' }).where('login', '=', 'operator').execute();
    workshop.clock.ahead += 2_100;
    expect((await me(got.body.accessToken)).body.role).toBe('viewer');
  });

  test('presence is stated for 15 minutes and stands in me', async () => {
    const got = await ask(workshop.url, '/auth/presence', { token: admin.accessToken, json: { equipment: 'mill-1' } });
    const left = got.body.presence['mill-1'] - Date.now();
    expect(left).toBeGreaterThan(14 * 60_000);
    expect(left).toBeLessThanOrEqual(15 * 60_000 + 1_000);
  });

  test('people are listed without their hashes, and one login belongs to one', async () => {
    const list = await ask(workshop.url, '/auth/people', { token: admin.accessToken });
    expect(Object.keys(list.body.items[0])).toEqual(['id', 'login', 'name', 'role', 'disabled']);
    const twice = await ask(workshop.url, '/auth/people', {
      token: admin.accessToken,
      json: { login: 'mara', name: 'Other', password, role: 'viewer' },
    });
    expect([twice.status, twice.body.code]).toEqual([409, 'conflict']);
  });
});
