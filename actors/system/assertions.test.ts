import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { until } from '../testing/until.ts';
import { openWrappedDatabase } from '../testing/wrapped-database.ts';
import { AssertionKeys } from './assertions.ts';
import type { DatabaseState } from './database-watch.ts';
import { realClock } from './real-ports.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await register('k');
});
afterAll(() => database.close());

async function register(kid: string): Promise<void> {
  const { publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  const key = JSON.stringify(await exportJWK(publicKey));
  await database.db.insertInto('signing_key').values({ kid, purpose: 'assertion', public_jwk: key }).execute();
}

test('[S7] two commands that come while the keys are first read both find the key: nobody is a forger for coming second', async () => {
  const keys = new AssertionKeys(database.db, realClock);
  const found = await Promise.all([keys.find('k'), keys.find('k')]);
  expect(found.map(key => key !== null)).toEqual([true, true]);
});

test('[S7] a key that nobody has registered is not found, however often it is asked for', async () => {
  const keys = new AssertionKeys(database.db, realClock);
  expect(await Promise.all([keys.find('x'), keys.find('x')])).toEqual([null, null]);
  expect(await keys.find('k')).not.toBeNull();
});

describe('when the database goes away', () => {
  let away: boolean;
  let reads: number;
  let clock: ManualClock;
  let db: ReturnType<typeof openWrappedDatabase>;
  let keys: AssertionKeys;
  let become: (state: DatabaseState) => void;
  const watch = {
    subscribe: (listener: typeof become) => {
      become = listener;
      return () => {
        become = () => undefined;
      };
    },
  };
  const back = () => become({ ok: true, since: 1, cause: '' });

  beforeEach(() => {
    [away, reads, clock] = [false, 0, new ManualClock()];
    db = openWrappedDatabase(database.url, async (_, query) => {
      if (away) throw new Error('Connection terminated unexpectedly');
      const answer = await query();
      reads += 1;
      return answer;
    });
    keys = new AssertionKeys(db, clock);
  });
  afterEach(async () => {
    keys.close();
    await db.destroy();
  });

  test('[F27] [S7] the key of a caller is known although no command was heard before', async () => {
    await keys.keepFresh(watch);
    away = true;
    clock.advance(60_000);
    expect(await keys.find('k')).not.toBeNull();
  });

  test('[F27] [S7] so is that of a gateway that began meanwhile', async () => {
    await keys.keepFresh(watch);
    await register('later');
    clock.advance(10_000);
    await until('the keys are read', () => reads === 2);
    away = true;
    expect(await keys.find('later')).not.toBeNull();
  });

  test('[F27] [S7] a first reading that fails is made up for when the database is back', async () => {
    away = true;
    await keys.keepFresh(watch);
    away = false;
    back();
    await until('the keys are read', () => reads === 1);
    away = true;
    expect(await keys.find('k')).not.toBeNull();
  });

  test('[S7] a gateway that has just registered its key is no forger, however fresh what is known is, nor is a second one', async () => {
    await keys.keepFresh(watch);
    await register('first');
    expect(await keys.find('first')).not.toBeNull();
    await register('second');
    const second = keys.find('second');
    await until('it is looked for', async () => {
      clock.advance(100);
      return (await Promise.race([second, Promise.resolve(undefined)])) !== undefined;
    });
    expect([(await second) !== null, reads]).toEqual([true, 3]);
  });

  test('a stranger who asks again and again has the keys read once a second', async () => {
    await keys.keepFresh(watch);
    expect(await keys.find('x')).toBeNull();
    const more = ['x', 'y', 'x'].map(kid => keys.find(kid));
    clock.advance(900);
    await new Promise(setImmediate);
    expect(reads).toBe(2);
    await until('they are answered', () => {
      clock.advance(100);
      return reads === 3;
    });
    expect(await Promise.all(more)).toEqual([null, null, null]);
    expect(reads).toBe(3);
  });

  test('a key that was retired is forgotten although it is used all the time', async () => {
    await register('old');
    await keys.keepFresh(watch);
    expect(await keys.find('old')).not.toBeNull();
    await database.db.updateTable('signing_key').set({ retired_at: new Date() }).where('kid', '=', 'old').execute();
    clock.advance(10_000);
    await until('it is forgotten', async () => (await keys.find('old')) === null);
  });

  test('nothing is read after the end', async () => {
    await keys.keepFresh(watch);
    keys.close();
    back();
    clock.advance(60_000);
    // Behind everything that is read by then.
    await keys.find('a stranger');
    expect(reads).toBe(2);
  });
});
