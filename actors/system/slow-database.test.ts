import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../storage/database.ts';
import { readEvents, readHead, verifyChain } from '../storage/journal.ts';
import { openWriteAhead } from '../storage/write-ahead.ts';
import { lampChart } from '../testing/lamp-chart.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { closeLamps, startLamp, type TestActor } from '../testing/test-actor.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { until } from '../testing/until.ts';
import { isAppend, openWrappedDatabase } from '../testing/wrapped-database.ts';
import { restoreState } from './restore.ts';

let database: TestDatabase;
let folder: string;
let clock: ManualClock;
let slow: SlowDatabase;
let lamp: TestActor;
let n = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'wit-slow-'));
});
afterAll(async () => {
  await closeLamps();
  await database.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  n += 1;
  clock = new ManualClock();
  slow = openSlowDatabase(database.url);
  lamp = await startLamp(slow.db, id(), { folder, clock });
  await lamp.command('ON');
});
afterEach(() => slow.db.destroy());

const id = () => `lamp/slow-${n}`;
const journal = async () => (await readEvents(database.db, id(), { after: 0, limit: 1_000 })).map(entry => entry.type);
const performed = () => lamp.performed.map(effect => effect.type);
/** Time passes once an append hangs and a stop waits for it. */
async function losePatience(): Promise<void> {
  await until('an append hangs', () => slow.hanging > 0);
  clock.advance(149);
  await new Promise(done => setImmediate(done));
  expect(performed()).toEqual(['lamp.light']);
  clock.advance(1);
}

test.each(['carried out', 'not carried out'] as const)(
  '[F27] a stop does not wait for a database that hangs; its append was %s: it is in the journal once',
  async what => {
    slow.stall(what === 'carried out' ? 'answer' : 'question');
    const stopping = lamp.command('STOP');
    await losePatience();
    expect(await stopping).toMatchObject({ outcome: 'accepted' });
    expect(performed()).toEqual(['lamp.light', 'lamp.dark']);
    if (what === 'carried out') slow.release('goes on');
    else {
      slow.release('is lost');
      await until('the loss is known', () => !lamp.watch.state.ok);
      lamp.watch.become(true);
    }
    await lamp.event('noticed');
    expect(await journal()).toEqual(['ON', 'STOP', 'noticed']);
    expect(await verifyChain(database.db, id())).toEqual({ ok: true, events: 3 });
  },
);

test('[F27] a stop does not wait for a command that hangs: the command is not executed, and its late append finds its place taken', async () => {
  slow.stall('question');
  const off = lamp.command('OFF');
  await until('the append hangs', () => slow.hanging > 0);
  const stopping = lamp.command('STOP');
  await losePatience();
  expect(await off).toMatchObject({ outcome: 'journal-unavailable' });
  expect(await stopping).toMatchObject({ outcome: 'accepted' });
  expect(await journal()).toEqual(['ON', 'turn.abandoned', 'STOP']);
  slow.release('goes on');
  await lamp.event('noticed');
  expect(await journal()).toEqual(['ON', 'turn.abandoned', 'STOP', 'noticed']);
  expect(await verifyChain(database.db, id())).toEqual({ ok: true, events: 4 });
});

test('[F27] a command that was given up while its append went through is voided before the stop that overtook it', async () => {
  slow.stall('answer');
  const off = lamp.command('OFF');
  await until('the append hangs', () => slow.hanging > 0);
  const stopping = lamp.command('STOP');
  await losePatience();
  expect(await off).toMatchObject({ outcome: 'journal-unavailable' });
  await stopping;
  slow.release('goes on');
  await lamp.event('noticed');
  expect(await journal()).toEqual(['ON', 'OFF', 'turn.voided', 'STOP', 'noticed']);
});

test('[F27] an append that is carried out only after the outage finds its place taken, and the owner stays the owner', async () => {
  slow.stall('question');
  const off = lamp.command('OFF');
  await until('the append hangs', () => slow.hanging > 0);
  const late = slow.abandon();
  expect(await off).toMatchObject({ outcome: 'journal-unavailable' });
  lamp.watch.become(true);
  lamp.actor.post('report', { kind: 'recover' });
  await lamp.actor.idle();
  await late();
  expect(await journal()).toEqual(['ON', 'turn.abandoned']);
  expect(await lamp.command('OFF')).toMatchObject({ outcome: 'accepted', seq: 3 });
  expect(await restoreState(database.db, lampChart, id())).toMatchObject({ from: { value: 'off' } });
});

test('[F27] a server that refuses the copy is there: nothing is lost, the cause is said once, and the copy succeeds when it is mended', async () => {
  lamp.watch.become(false);
  await lamp.command('STOP');
  await sql`alter table projection rename to projection_gone`.execute(database.db);
  lamp.watch.become(true);
  lamp.actor.post('report', { kind: 'recover' });
  await lamp.actor.idle();
  const refused = await lamp.command('ON');
  expect(refused).toMatchObject({ outcome: 'journal-unavailable' });
  expect(refused.reasons[0]?.message).toContain('relation "projection" does not exist');
  expect(lamp.watch.state.ok).toBe(true);
  expect(lamp.log.filter(line => line.includes('does not take'))).toHaveLength(1);
  await sql`alter table projection_gone rename to projection`.execute(database.db);
  expect(await lamp.command('ON')).toMatchObject({ outcome: 'accepted' });
  expect(await journal()).toEqual(['ON', 'STOP', 'ON']);
});

test('[F27] one record that cannot be stored is told by a note in its place, and those around it are copied', async () => {
  lamp.watch.become(false);
  await lamp.event('noticed');
  const file = await openWriteAhead(`${folder}/${id().replace('/', '-')}.wal`);
  const [whole] = (await file.records()) as [Record<string, unknown>];
  await file.append({ ...whole, decisionSeq: 1e30 });
  await file.append(whole);
  await file.close();
  const next = await startLamp(slow.db, id(), { folder, clock });
  expect(await journal()).toEqual(['ON', 'noticed', 'journal.gap', 'noticed']);
  expect(await next.command('STOP')).toMatchObject({ outcome: 'accepted', seq: 5 });
});

describe('while the local file takes nothing', () => {
  /** The least that the file has no room for, and what it still has room for afterwards. */
  const large = { text: 'x'.repeat(60_000) };
  const statuses = () => lamp.committed.map(({ status }) => status);
  const end = async () => (await readHead(database.db, id()))?.seq;

  beforeEach(async () => {
    lamp.watch.become(false);
    do await lamp.event('noticed', large);
    while (lamp.committed.at(-1)?.kept === 'local');
    for (const more of [{}, large, large, {}, large]) await lamp.event('noticed', more);
  });

  test('[F25] [F27] each of the events has its status, and none is older for whoever knows another: seq never falls, time rises', async () => {
    const kept = lamp.committed.slice(-6).map(turn => turn.kept);
    expect(kept).toEqual(['nowhere', 'local', 'nowhere', 'nowhere', 'local', 'nowhere']);
    lamp.watch.become(true);
    await lamp.event('noticed');
    await lamp.event('noticed');
    expect(lamp.committed.at(-1)?.kept).toBe('journal');
    for (const [i, next] of statuses().entries()) {
      const known = statuses()[i - 1] ?? { seq: 0, at: 0 };
      expect(next.seq > known.seq || (next.seq === known.seq && next.at > known.at)).toBe(true);
    }
  });

  test('[F25] [F27] what was published is the place of the journal afterwards, where one note stands for all that was lost', async () => {
    const published = lamp.actor.status().seq;
    lamp.watch.become(true);
    lamp.actor.post('report', { kind: 'recover' });
    await lamp.actor.idle();
    expect(await end()).toBe(published);
    expect((await journal()).filter(type => type === 'journal.gap')).toHaveLength(1);
    await lamp.event('noticed');
    expect(lamp.committed.at(-1)).toMatchObject({ kept: 'journal', entry: { seq: published + 1 }, status: { seq: published + 1 } });
    expect(await verifyChain(database.db, id())).toEqual({ ok: true, events: published + 1 });
  });
});

interface SlowDatabase {
  readonly db: Database;
  /** Appends that hang now. */
  readonly hanging: number;
  /** The next append hangs: before the server hears of it, or with its answer. */
  stall(what: 'question' | 'answer'): void;
  /** They go on, or fail like a lost connection. */
  release(how: 'goes on' | 'is lost'): void;
  /** They fail for whoever asked; the server hears of them when the answer is called. */
  abandon(): () => Promise<void>;
}

function openSlowDatabase(url: string): SlowDatabase {
  let stalled: 'question' | 'answer' | null = null;
  const held: { go(): void; fail(): void; query(): Promise<unknown> }[] = [];
  const hold = (query: () => Promise<unknown>) =>
    new Promise<void>((go, fail) => held.push({ go, fail: () => fail(new Error('Connection terminated unexpectedly')), query }));
  const db = openWrappedDatabase(url, async (text, query) => {
    const when = isAppend(text) ? stalled : null;
    // The next append only: the copy of what was written ahead appends too.
    if (when) stalled = null;
    if (when === 'question') await hold(query);
    const answer = await query();
    if (when === 'answer') await hold(query);
    return answer;
  });
  return {
    db,
    get hanging() {
      return held.length;
    },
    stall: what => {
      stalled = what;
    },
    release: how => {
      for (const one of held.splice(0)) how === 'goes on' ? one.go() : one.fail();
    },
    abandon: () => {
      const all = held.splice(0);
      for (const one of all) one.fail();
      return async () => {
        for (const one of all) await one.query();
      };
    },
  };
}
