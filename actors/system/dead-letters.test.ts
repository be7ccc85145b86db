import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Caller } from '../../statecharts/caller.ts';
import { type DeadLetter, findDeadLetter, readDeadLetters } from '../storage/dead-letters.ts';
import { readEvents, verifyChain } from '../storage/journal.ts';
import { closeLamps, startLamp, type TestActor } from '../testing/test-actor.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import type { Outcome } from '../transport/envelopes.ts';

let database: TestDatabase;
let folder: string;
let id: string;
let n = 0;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'wit-letters-'));
});
afterAll(async () => {
  await closeLamps();
  await database.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  n += 1;
  id = `lamp/d-${n}`;
});

const caller: Caller = { kind: 'user', id: 'ida', name: 'Ida', role: 'administrator' };
const letters = async () => (await readDeadLetters(database.db, 100)).filter(letter => letter.actorId === id);
const journal = async () => (await readEvents(database.db, id, { after: 0, limit: 100 })).map(entry => entry.type);

async function theLetter(): Promise<DeadLetter> {
  const [letter] = await letters();
  if (!letter) throw new Error('there is no letter');
  return letter;
}

function replay(lamp: TestActor, letter: DeadLetter): Promise<Outcome> {
  return new Promise(reply => lamp.actor.post('command', { kind: 'replay', letter, caller, reply }));
}

test('[G10] a message on which the chart throws is parked with its reason, and the next one has its turn', async () => {
  const lamp = await startLamp(database.db, id, folder);
  await lamp.event('bomb.found', { where: 'cellar' });
  await lamp.event('noticed');
  expect(await letters()).toMatchObject([
    {
      actorId: id,
      reason: expect.stringMatching(/^poison: .*nobody ever switched the light on/s),
      message: { source: 'device', event: { type: 'bomb.found', where: 'cellar' } },
      replayedAt: null,
    },
  ]);
  expect(await journal()).toEqual(['message.parked', 'noticed']);
  expect(lamp.actor.status().state).toBe('off');
});

test('[G10] a message that is too large is parked; of a huge one only type and size are kept, and it is never told again', async () => {
  const lamp = await startLamp(database.db, id, folder);
  await lamp.event('said', { text: 'x'.repeat(70_000) });
  await lamp.event('said', { text: 'x'.repeat(2_000_000) });
  const [huge, large] = await letters();
  expect(large).toMatchObject({ reason: 'too-large', message: { event: { text: 'x'.repeat(70_000) } } });
  expect(huge).toMatchObject({ reason: 'too-large', message: { event: { type: 'said' }, bytes: expect.any(Number) } });
  for (const letter of await letters())
    expect(await replay(lamp, letter)).toMatchObject({ outcome: 'refused', reasons: [{ code: 'not-replayable' }] });
});

test('[G10] a poison message that came while the database was away is parked when it is back', async () => {
  const lamp = await startLamp(database.db, id, folder);
  lamp.watch.become(false);
  await lamp.event('bomb.found');
  lamp.watch.become(true);
  lamp.actor.post('report', { kind: 'recover' });
  await lamp.actor.idle();
  expect(await letters()).toMatchObject([{ message: { event: { type: 'bomb.found' } } }]);
});

test('[G10] a letter that is still poison stays parked', async () => {
  const lamp = await startLamp(database.db, id, folder);
  await lamp.event('bomb.found');
  expect(await replay(lamp, await theLetter())).toMatchObject({ outcome: 'refused', reasons: [{ code: 'still-poison' }] });
  expect(await letters()).toMatchObject([{ replayedAt: null }]);
  expect(await lamp.command('ON')).toMatchObject({ outcome: 'accepted' });
});

test('[G10] a replay is a new message, once, however often it is asked and whoever owns the actor then', async () => {
  const lamp = await startLamp(database.db, id, folder);
  await lamp.event('bomb.found');
  await lamp.command('ON');
  const letter = await theLetter();
  const outcomes = await Promise.all([replay(lamp, letter), replay(lamp, letter), replay(lamp, letter)]);
  expect(outcomes.map(one => one.outcome)).toEqual(['accepted', 'duplicate', 'duplicate']);
  expect(lamp.actor.status().state).toBe('broken');
  expect((await findDeadLetter(database.db, letter.id))?.replayedAt).toEqual(expect.any(Number));
  const next = await startLamp(database.db, id, folder);
  expect(await replay(next, letter)).toMatchObject({ outcome: 'duplicate' });
  expect(await journal()).toEqual(['message.parked', 'ON', 'bomb.found']);
  expect(await verifyChain(database.db, id)).toMatchObject({ ok: true });
  const told = (await readEvents(database.db, id, { after: 2, limit: 1 }))[0];
  expect(told).toMatchObject({ commandId: `dead-letter:${letter.id}`, principal: { id: 'ida' } });
});
