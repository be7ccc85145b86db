import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEvents } from '../storage/journal.ts';
import { closeLamps, startLamp } from '../testing/test-actor.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import type { Outcome } from '../transport/envelopes.ts';

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'wit-duplicates-'));
});
afterAll(async () => {
  await closeLamps();
  await database.close();
  rmSync(folder, { recursive: true });
});

/** `npm run test:duplicates` has ten times as many. */
const deliveries = Number(process.env.WIT_TEST_DELIVERIES ?? 100_000);
const commands = deliveries / 200;
/** Fewer than the mailbox takes, so that none is answered busy. */
const atOnce = 48;

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const newest = 40;

/** A command or a repeat: mostly of one of the newest, as by a double click or a client that retries; now and then of any. */
function pick(random: () => number, given: number): number {
  const from = random() < 0.99 ? Math.max(0, given - newest) : 0;
  return from + Math.floor(random() * (given - from));
}

test('[F14] [G3] in 100,000 deliveries, most of them repeats, each command is executed once and every repeat gets its first reply', async () => {
  const seed = Number(process.env.WIT_TEST_SEED ?? Date.now() % 1_000_000);
  const random = chance(seed);
  const ids = Array.from({ length: commands }, () => randomUUID());
  const replies = new Map<string, Outcome>();
  const wrong: string[] = [];
  const lamp = await startLamp(database.db, 'lamp/dup', folder);
  const deliver = async (i: number) => {
    const id = ids[i] ?? '';
    const outcome = await lamp.command(i % 2 === 0 ? 'ON' : 'OFF', { id });
    const first = replies.get(id);
    if (!first && outcome.outcome !== 'duplicate') replies.set(id, outcome);
    else if (outcome.outcome !== 'duplicate' || outcome.first !== first?.outcome || outcome.seq !== first?.seq)
      wrong.push(`${i}: ${JSON.stringify(outcome)}`);
  };
  let [sent, given] = [0, 0];
  while (sent < deliveries) {
    const batch: Promise<void>[] = [];
    for (; batch.length < atOnce && sent < deliveries; sent += 1) {
      const due = given < commands && sent * commands >= given * deliveries;
      if (due) given += 1;
      batch.push(deliver(due ? given - 1 : pick(random, given)));
    }
    await Promise.all(batch);
  }
  expect(wrong, `seed ${seed}`).toEqual([]);
  expect(replies.size).toBe(commands);
  const accepted = [...replies.values()].filter(reply => reply.outcome === 'accepted').length;
  const events = await readEvents(database.db, 'lamp/dup', { after: 0, limit: 2 * commands });
  expect(events.map(event => event.commandId).toSorted()).toEqual(ids.toSorted());
  expect(lamp.performed).toHaveLength(accepted);
}, 900_000);
