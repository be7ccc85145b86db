import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readEvents } from '../storage/journal.ts';
import { readTimers } from '../storage/timers.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { closeLamps, startLamp } from '../testing/test-actor.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { type FiredTimer, Timers } from './timers.ts';

let database: TestDatabase;
let folder: string;
let clock: ManualClock;
let id: string;
let n = 0;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'wit-timers-'));
});
afterAll(async () => {
  await closeLamps();
  await database.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  n += 1;
  id = `lamp/t-${n}`;
  clock = new ManualClock();
});

const start = () => startLamp(database.db, id, { folder, clock });
const kept = async () => (await readTimers(database.db, id)).map(({ id: name, dueAt, seq }) => ({ name, dueAt, seq }));
const journal = async () => (await readEvents(database.db, id, { after: 0, limit: 100 })).map(entry => entry.type);

test('[durable timers] a delay is written with the turn that starts it and removed with the turn that it fires', async () => {
  const lamp = await start();
  await lamp.event('alarm.set', { ms: 1_000 });
  expect(await kept()).toEqual([{ name: 'alarm', dueAt: 1_000, seq: 1 }]);
  clock.advance(999);
  await lamp.actor.idle();
  expect(lamp.actor.status().rung).toBe(0);
  clock.advance(1);
  await lamp.actor.idle();
  expect(lamp.actor.status().rung).toBe(1);
  expect(await kept()).toEqual([]);
  expect(await journal()).toEqual(['alarm.set', 'timer.fired']);
});

test('[durable timers] after a restart a delay goes on with what remains, and fires once', async () => {
  const dead = await start();
  await dead.event('alarm.set', { ms: 1_000 });
  clock.advance(400);
  const next = await start();
  clock.advance(599);
  await next.actor.idle();
  expect(next.actor.status().rung).toBe(0);
  clock.advance(1);
  await next.actor.idle();
  // The process that is not the owner any more has the same delay in memory; it may write nothing.
  await dead.actor.idle();
  expect(await journal()).toEqual(['alarm.set', 'timer.fired']);
  clock.advance(10_000);
  const third = await start();
  clock.advance(10_000);
  await third.actor.idle();
  expect(third.actor.status().rung).toBe(1);
});

test('[durable timers] a delay that ran out while nobody lived fires at once', async () => {
  await (await start()).event('alarm.set', { ms: 1_000 });
  clock.stepWall(60_000);
  const next = await start();
  clock.advance(0);
  await next.actor.idle();
  expect(next.actor.status().rung).toBe(1);
});

test('[durable timers] a delay that was cleared or set anew while its message waited does not fire', async () => {
  const lamp = await start();
  await lamp.event('alarm.set', { ms: 1_000 });
  lamp.actor.post('report', { kind: 'event', source: 'device', event: { type: 'alarm.clear' } });
  clock.advance(1_000);
  await lamp.actor.idle();
  await lamp.event('alarm.set', { ms: 500 });
  lamp.actor.post('report', { kind: 'event', source: 'device', event: { type: 'alarm.set', ms: 500 } });
  clock.advance(500);
  await lamp.actor.idle();
  expect(lamp.actor.status().rung).toBe(0);
  expect(await kept()).toEqual([{ name: 'alarm', dueAt: 1_500, seq: 4 }]);
});

test('[durable timers] run from memory while the database is away and stand in the table again afterwards', async () => {
  const lamp = await start();
  await lamp.event('alarm.set', { ms: 1_000 });
  lamp.watch.become(false);
  clock.advance(1_000);
  await lamp.actor.idle();
  expect(lamp.actor.status().rung).toBe(1);
  await lamp.event('alarm.set', { ms: 3_000 });
  expect(await kept()).toEqual([{ name: 'alarm', dueAt: 1_000, seq: 1 }]);
  lamp.watch.become(true);
  lamp.actor.post('report', { kind: 'recover' });
  await lamp.actor.idle();
  expect(await kept()).toEqual([{ name: 'alarm', dueAt: 4_000, seq: 3 }]);
  expect(await journal()).toEqual(['alarm.set', 'timer.fired', 'alarm.set']);
});

test('[durable timers] what a process that died without a database did to its delays reaches the table', async () => {
  const lamp = await start();
  await lamp.event('alarm.set', { ms: 1_000 });
  lamp.watch.become(false);
  clock.advance(1_000);
  await lamp.actor.idle();
  await start();
  expect(await kept()).toEqual([]);
  expect(await journal()).toEqual(['alarm.set', 'timer.fired']);
});

test('[F33] a step of the wall clock makes no running delay fire early or late', async () => {
  const lamp = await start();
  for (const step of [3_600_000, -7_200_000]) {
    const before = lamp.actor.status().rung;
    await lamp.event('alarm.set', { ms: 1_000 });
    clock.stepWall(step);
    clock.advance(999);
    await lamp.actor.idle();
    expect(lamp.actor.status().rung).toBe(before);
    clock.advance(1);
    await lamp.actor.idle();
    expect(lamp.actor.status().rung).toBe(before + 1);
  }
});

test('[F33] a wall clock that was set back between two lives makes no delay longer than it was meant', async () => {
  await (await start()).event('alarm.set', { ms: 1_000 });
  clock.stepWall(-3_600_000);
  const next = await start();
  clock.advance(1_000);
  await next.actor.idle();
  expect(next.actor.status().rung).toBe(1);
});

test('[F33] a delay of forty days is waited for in parts', () => {
  const fired: FiredTimer[] = [];
  const timers = new Timers(clock, timer => fired.push(timer));
  const days = 86_400_000;
  timers.apply({ stop: [], start: [{ id: 'service', startedAt: 0, dueAt: 40 * days, event: null }] });
  clock.advance(40 * days - 1);
  expect(fired).toEqual([]);
  clock.advance(1);
  expect(fired).toMatchObject([{ id: 'service' }]);
});
