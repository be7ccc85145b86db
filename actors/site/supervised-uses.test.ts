import { afterAll, beforeAll, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { SiteBook } from '../testing/site-book.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { until } from '../testing/until.ts';
import { openWrappedDatabase } from '../testing/wrapped-database.ts';
import { RunningHours } from './running-hours.ts';
import { SupervisedUses } from './supervised-uses.ts';

let ground: TestDatabase;
let book: SiteBook;
let outage: 'none' | 'before' | 'after' = 'none';
const db = () =>
  openWrappedDatabase(ground.url, async (text, query) => {
    if (outage === 'before') throw new Error('away');
    const answer = await query();
    if (outage === 'after' && text.includes('supervised_use')) throw new Error('the answer was lost');
    return answer;
  });

beforeAll(async () => {
  ground = await createTestDatabase();
  book = new SiteBook(ground.db);
  await book.person('anna');
  await book.training('laser');
  await book.equipment('laser-1');
});
afterAll(() => ground.close());

test('[SR5] a supervised use is counted down once, whatever becomes of the answer, and never below none', async () => {
  const clock = new ManualClock();
  const wrapped = db();
  let counted = 0;
  const uses = new SupervisedUses({ db: wrapped, clock, counted: () => (counted += 1) });
  const use = (commandId: string) => uses.count({ commandId, person: 'anna', equipment: 'laser-1', trainings: ['laser'] });
  await book.trained('anna', 'laser', { supervised: 2 });
  outage = 'after';
  use('c-1');
  await until('it was written', async () => (await book.supervisedLeft('anna')) === 1);
  outage = 'before';
  await until('it was tried again', () => {
    clock.advance(1_000);
    return true;
  });
  expect(counted).toBe(0);
  outage = 'none';
  await until('it is known to be counted', () => {
    clock.advance(1_000);
    return counted === 1;
  });
  expect(await book.supervisedLeft('anna')).toBe(1);
  for (const id of ['c-1', 'c-2', 'c-3']) use(id);
  await until('all are counted', () => counted === 4);
  expect(await book.supervisedLeft('anna')).toBe(0);
  await uses.close();
  await wrapped.destroy();
});

test('[SR8] hours of work are kept while the database is away, and written once', async () => {
  const clock = new ManualClock();
  const wrapped = db();
  const hours = new RunningHours({ db: wrapped, clock, due: () => undefined });
  outage = 'before';
  hours.runs('laser-1', true);
  clock.advance(90_000);
  hours.runs('laser-1', false);
  await hours.write();
  expect(await book.runningMs('laser-1')).toBe(0);
  outage = 'none';
  clock.advance(60_000);
  await hours.write();
  expect(await book.runningMs('laser-1')).toBe(90_000);
  hours.runs('laser-1', true);
  clock.advance(5_000);
  await hours.close();
  expect(await book.runningMs('laser-1')).toBe(95_000);
  await wrapped.destroy();
});
