import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../actors/testing/until.ts';
import { TestRedis } from '../testing/redis.ts';
import { LoginLimits } from './login-limits.ts';
import { RedisDoor } from './redis-door.ts';

let redis: TestRedis;
const doors: RedisDoor[] = [];

beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(async () => {
  for (const door of doors) door.close();
  await redis?.close();
});

/** The limits of one gateway. */
async function withRedis(): Promise<LoginLimits> {
  const door = new RedisDoor(redis.url, { peer: null, trouble: () => undefined });
  doors.push(door);
  await until('redis is reached', () => door.client.status === 'ready');
  return new LoginLimits(door);
}

async function triesUntilRefused(limits: LoginLimits, attempt: { login: string; address: string }): Promise<number> {
  for (let tries = 1; ; tries += 1) if (!(await limits.take(attempt)).allowed) return tries;
}

describe('log-in limits', () => {
  test.each([
    ['in memory', async () => new LoginLimits(null)],
    ['in Redis', withRedis],
  ])('[S5] five tries a minute for an account and address, %s', async (where, open) => {
    const limits = await open();
    expect(await triesUntilRefused(limits, { login: 'mara', address: where })).toBe(6);
    expect((await limits.take({ login: 'mara', address: 'b' })).allowed).toBe(true);
    expect((await limits.take({ login: 'tom', address: where })).allowed).toBe(true);
  });

  test('[S5] two gateways count together', async () => {
    const [one, other] = [await withRedis(), await withRedis()];
    const attempt = { login: 'lena', address: 'a' };
    for (let i = 0; i < 3; i += 1) await one.take(attempt);
    expect(await triesUntilRefused(other, attempt)).toBe(3);
    expect(await one.take(attempt)).toMatchObject({ allowed: false, why: 'limit' });
  });

  test('[S5] one address tries a hundred times an hour, whatever the accounts', async () => {
    const limits = new LoginLimits(null);
    let tries = 0;
    while ((await limits.take({ login: `person-${tries}`, address: 'a' })).allowed) tries += 1;
    expect(tries).toBe(100);
  });

  test('[S5] the right password gives the account its tries back', async () => {
    const limits = new LoginLimits(null);
    const attempt = { login: 'mara', address: 'a' };
    for (let i = 0; i < 8; i += 1) {
      expect((await limits.take(attempt)).allowed).toBe(true);
      await limits.forgive(attempt);
    }
  });
});
