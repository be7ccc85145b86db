import { afterEach, describe, expect, test } from 'vitest';
import { LoginLimits } from './login-limits.ts';

const open: LoginLimits[] = [];
afterEach(() => {
  for (const limits of open.splice(0)) limits.close();
});

function openLimits(redisUrl: string | null): LoginLimits {
  const limits = new LoginLimits(redisUrl);
  open.push(limits);
  return limits;
}

async function triesUntilRefused(limits: LoginLimits, attempt: { login: string; address: string }): Promise<number> {
  for (let tries = 1; ; tries += 1) if (!(await limits.take(attempt)).allowed) return tries;
}

describe('[S5] log-in limits', () => {
  test.each([
    ['in memory', null],
    ['with a Redis that is away: memory takes over, and counting goes on', 'redis://127.0.0.1:1'],
  ])('%s', async (_title, url) => {
    const limits = openLimits(url);
    expect(await triesUntilRefused(limits, { login: 'mara', address: 'a' })).toBe(6);
    expect((await limits.take({ login: 'mara', address: 'b' })).allowed).toBe(true);
    expect((await limits.take({ login: 'tom', address: 'a' })).allowed).toBe(true);
  });

  test('one address tries a hundred times an hour, whatever the accounts', async () => {
    const limits = openLimits(null);
    let tries = 0;
    while ((await limits.take({ login: `person-${tries}`, address: 'a' })).allowed) tries += 1;
    expect(tries).toBe(100);
  });

  test('the right password gives the account its tries back', async () => {
    const limits = openLimits(null);
    const attempt = { login: 'mara', address: 'a' };
    for (let i = 0; i < 8; i += 1) {
      expect((await limits.take(attempt)).allowed).toBe(true);
      await limits.forgive(attempt);
    }
  });
});
