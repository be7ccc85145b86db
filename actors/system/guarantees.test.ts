import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readEvents, verifyChain } from '../storage/journal.ts';
import { openFragileDatabase } from '../testing/fragile-database.ts';
import { closeLamps, startLamp, type TestActor } from '../testing/test-actor.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { until } from '../testing/until.ts';
import type { Outcome } from '../transport/envelopes.ts';
import { realClock } from './real-ports.ts';

let database: TestDatabase;
let folder: string;
let id: string;
let n = 0;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'wit-guarantees-'));
});
afterAll(async () => {
  await closeLamps();
  await database.close();
  rmSync(folder, { recursive: true });
});
const newId = () => {
  n += 1;
  id = `lamp/g-${n}`;
};
beforeEach(newId);

const all = { after: 0, limit: 10_000 };
const start = () => startLamp(database.db, id, folder);
const outbox = () => database.db.selectFrom('outbox').selectAll().where('actor_id', '=', id).orderBy('id').execute();

test('[G3] however commands are repeated, reordered and sent to the next owner, each counts once and has one first reply', async () => {
  const names = fc.constantFrom('ON', 'OFF', 'STOP');
  const commands = fc.uniqueArray(fc.record({ key: fc.nat(9), name: names }), { selector: one => one.key, minLength: 1, maxLength: 8 });
  const traffic = commands.chain(list => fc.array(fc.constantFrom(...list, null), { minLength: 1, maxLength: 24 }));
  const property = fc.asyncProperty(traffic, async sent => {
    newId();
    const prefix = randomUUID();
    const replies = new Map<string, Outcome[]>();
    let lamp = await start();
    let waiting: Promise<unknown>[] = [];
    for (const one of sent) {
      if (one === null) {
        // The owner dies after its last answer; the next one knows nothing but the database.
        await Promise.all(waiting.splice(0));
        lamp = await start();
        continue;
      }
      const key = `${prefix}-${one.key}`;
      waiting.push(lamp.command(one.name, { id: key }).then(outcome => replies.set(key, [...(replies.get(key) ?? []), outcome])));
    }
    await Promise.all(waiting);
    waiting = [];
    const journaled = (await readEvents(database.db, id, all)).map(entry => entry.commandId);
    expect(new Set(journaled).size).toBe(journaled.length);
    expect(new Set(journaled)).toEqual(new Set(replies.keys()));
    for (const outcomes of replies.values()) {
      const firsts = outcomes.filter(one => one.outcome !== 'duplicate');
      expect(firsts.length).toBe(1);
      for (const again of outcomes.filter(one => one.outcome === 'duplicate'))
        expect(again).toMatchObject({ first: firsts[0]?.outcome, seq: firsts[0]?.seq });
    }
  });
  await fc.assert(property, { numRuns: 20 });
}, 60_000);

test('[G4] whatever comes in whatever lane, with the database or without: the order of events has no gap and every link holds', async () => {
  const step = fc.constantFrom('ON', 'OFF', 'STOP', 'report', 'poison', 'away', 'back', 'next owner', 'wait');
  const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async steps => {
    newId();
    let lamp = await start();
    let told = 0;
    const does: Readonly<Record<string, () => unknown>> = {
      report: () => {
        told += 1;
        return lamp.event('noticed', { n: told });
      },
      poison: () => lamp.event('bomb.found'),
      away: () => lamp.watch.become(false),
      back: () => lamp.watch.become(true),
      wait: () => lamp.actor.idle(),
      'next owner': async () => {
        await lamp.actor.idle();
        lamp = await start();
      },
    };
    const work: unknown[] = [];
    for (const one of steps) {
      const done = (does[one] ?? (() => lamp.command(one)))();
      work.push(done);
      if (one === 'next owner' || one === 'wait') await done;
    }
    await Promise.all(work);
    lamp.watch.become(true);
    lamp.actor.post('report', { kind: 'recover' });
    await lamp.actor.idle();
    const events = await readEvents(database.db, id, all);
    expect(events.map(entry => entry.seq)).toEqual(events.map((_, i) => i + 1));
    expect(await verifyChain(database.db, id)).toEqual({ ok: true, events: events.length });
    const reports = events.filter(entry => entry.type === 'noticed').map(entry => Object(entry.data).n);
    expect(reports).toEqual(reports.map((_, i) => i + 1));
    expect(reports.length).toBe(told);
  });
  await fc.assert(property, { numRuns: 20 });
}, 60_000);

describe('a process that dies', () => {
  const doors = ['append', 'appended', 'perform', 'publish'] as const;
  const script = ['ON', 'OFF', 'ON'];
  const deaths = script.flatMap((_, turn) => doors.map(door => [door, turn + 1] as const));

  /** Runs the script in a process that dies the nth time it comes to this door. */
  async function dieAt(door: (typeof doors)[number], nth: number) {
    let [left, dead] = [nth, false];
    const pass = (name: string) => {
      if (name === door) left -= 1;
      if (left === 0) dead = true;
      if (dead) throw new Error('the process died');
    };
    const fragile = openFragileDatabase(database.url, pass);
    const early: string[] = [];
    const watched = (name: 'perform' | 'publish') => {
      pass(name);
      if (name === 'perform' && fragile.appended <= lamp.performed.length) early.push(`effect ${lamp.performed.length + 1}`);
    };
    const lamp: TestActor = await startLamp(fragile.db, id, { folder, clock: realClock, door: watched });
    const answers: { id: string; name: string; outcome: Outcome | null }[] = script.map(name => ({
      id: randomUUID(),
      name,
      outcome: null,
    }));
    for (const one of answers) void lamp.command(one.name, { id: one.id }).then(outcome => Object.assign(one, { outcome }));
    await until('the process died', () => dead);
    fragile.die();
    return { lamp, answers, early };
  }

  test.each(deaths)(
    '[G5] [G6] at its door %s for the %ith time has performed nothing that is not written down, and nothing is repeated',
    async (door, nth) => {
      const { lamp, answers, early } = await dieAt(door, nth);
      expect(early).toEqual([]);
      const before = await outbox();
      expect(lamp.performed).toEqual(before.slice(0, lamp.performed.length).map(row => row.effect));
      expect(before.length - lamp.performed.length).toBeLessThanOrEqual(1);
      const next = await start();
      const after = await outbox();
      expect(next.performed).toEqual([]);
      expect(after.filter(row => row.state === 'pending')).toEqual([]);
      // An effect of the last turn: nobody knows whether it was done, so a physical one is for a person to look at.
      const open = before.filter(row => row.state === 'pending').map(row => row.id);
      for (const row of after.filter(one => open.includes(one.id)))
        expect(row.state).toBe(row.class === 'physical' ? 'indeterminate' : 'dropped');
      const written = (await readEvents(database.db, id, all)).map(entry => entry.commandId);
      for (const one of answers) {
        const again = await next.command(one.name, { id: one.id });
        if (written.includes(one.id)) expect(again).toMatchObject({ outcome: 'duplicate', first: 'accepted' });
        else expect(one.outcome?.outcome).not.toBe('accepted');
      }
      const rows = await outbox();
      expect(next.performed).toEqual(rows.slice(before.length).map(row => row.effect));
      expect(await verifyChain(database.db, id)).toMatchObject({ ok: true });
    },
  );
});

test('[G9] of 10,000 commands at once all but the waiting ones are answered busy, and a stop among them is next', async () => {
  const lamp = await start();
  await lamp.command('ON');
  const heap = () => process.memoryUsage().heapUsed;
  const [before, commands]: [number, Promise<Outcome>[]] = [heap(), []];
  for (let i = 0; i < 5_000; i += 1) commands.push(lamp.command('ON'));
  const stop = lamp.command('STOP');
  for (let i = 0; i < 5_000; i += 1) commands.push(lamp.command('ON'));
  const outcome = await stop;
  expect(outcome.outcome).toBe('accepted');
  // One command may have been in its turn when the flood began.
  expect(outcome.seq).toBeLessThanOrEqual(3);
  const outcomes = (await Promise.all(commands)).map(one => one.outcome);
  expect(outcomes.filter(one => one === 'busy').length).toBeGreaterThanOrEqual(10_000 - 65);
  expect(heap() - before).toBeLessThan(50_000_000);
});
