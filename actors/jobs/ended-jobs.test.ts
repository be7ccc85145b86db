import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { credentialFile } from '../launcher/nats-users.ts';
import type { Node } from '../node.ts';
import { verifyJournal } from '../storage/verify-journal.ts';
import { liveJob } from '../testing/ended-job.ts';
import { linesKnown, seedEndedJobs } from '../testing/ended-jobs.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { until } from '../testing/until.ts';
import { Workshop } from '../testing/workshop.ts';
import { askActor } from '../transport/ask-actor.ts';
import type { Heartbeat } from '../transport/envelopes.ts';
import { type Messages, openMessages } from '../transport/messages.ts';

/** `npm run test:many` takes 10,000. */
const count = Number(process.env.WIT_TEST_SMALL_ACTORS ?? 300);
const ids = Array.from({ length: count }, (_, n) => `ended-${n}`);
/** Not told anything at first. */
const resting = 'resting';

let shop: Workshop;
let node: Node;
/** Another node, as far as its connection goes. */
let other: Messages;

beforeAll(async () => {
  shop = await Workshop.open(await createTestDatabase());
  await seedEndedJobs(shop.ground.db, [...ids, resting]);
  node = await shop.startNode();
  const { WIT_NATS_URL, WIT_NATS_CREDS } = shop.env;
  other = openMessages({
    url: WIT_NATS_URL ?? '',
    credsFile: WIT_NATS_CREDS ?? null,
    name: 'other node',
    now: Date.now,
    log: () => undefined,
  });
  const shards = () => shop.ground.db.selectFrom('actor').select('id').where('kind', '=', 'shard').where('owner', '=', 'n1').execute();
  await until('the node has every shard', async () => (await shards()).length === 64);
  await until('the other one is connected', () => other.state.ok);
});
afterAll(async () => {
  await other?.close();
  await node?.close();
  await shop?.close();
});

/** As another node tells it: the same word until it is answered; what became of it the first time. */
async function tell(job: string, sent: number): Promise<string> {
  const body = { id: randomUUID(), from: 'equipment/gone', event: linesKnown(job, sent) };
  for (;;) {
    const { outcome, first } = await askActor(other, `wit.main.job.${job}.word`, { body, timeoutMs: 10_000 });
    if (outcome !== 'owner-silent') return first ?? outcome;
  }
}

const inMemory = async () =>
  (await shop.ground.db.selectFrom('actor').select('id').where('kind', '=', 'job').where('shard', 'is not', null).execute()).length;

test('[G11] many ended jobs that are all told something at once are woken, each takes its word once, and nothing else suffers', async () => {
  const outcomes = await Promise.all(ids.map((id, n) => tell(id, n)));
  expect(new Set(outcomes)).toEqual(new Set(['accepted']));
  expect(await inMemory()).toBe(count);
  expect(shop.log.filter(line => line.includes('database'))).toEqual([]);
  const sent = sql<string>`status->'run'->>'sent'`.as('sent');
  const rows = await shop.ground.db.selectFrom('actor').select(['id', 'epoch', 'seq', sent]).where('id', 'like', 'job/ended-%').execute();
  expect(rows.map(row => [row.id, row.epoch, row.seq, row.sent]).sort()).toEqual(ids.map((id, n) => [`job/${id}`, 2, 4, String(n)]).sort());
  await until('their status is published', () => shop.jobStatus('ended-7')?.run?.sent === 7);
}, 600_000);

test('[G11] [G3] what is told twice under one id is taken once', async () => {
  const body = { id: randomUUID(), from: 'equipment/gone', event: linesKnown('ended-0', 17) };
  const say = () => askActor(other, 'wit.main.job.ended-0.word', { body, timeoutMs: 10_000 });
  expect(await say()).toMatchObject({ outcome: 'accepted' });
  expect(await say()).toMatchObject({ outcome: 'duplicate', first: 'accepted' });
});

test('[G10] [G14] a word that breaks the chart or is too large is parked and answered so, and one to nobody is said to be for nobody', async () => {
  const say = (job: string, event: object) =>
    askActor(other, `wit.main.job.${job}.word`, { body: { id: randomUUID(), from: 'equipment/gone', event }, timeoutMs: 10_000 });
  expect(await say('ended-1', { type: 'job.ended', at: 1, text: 'x'.repeat(70_000) })).toMatchObject({
    outcome: 'refused',
    reasons: [{ code: 'event-too-large' }],
  });
  const letters = await shop.ground.db.selectFrom('dead_letter').select(['actor_id', 'reason']).execute();
  expect(letters).toEqual([{ actor_id: 'job/ended-1', reason: 'too-large' }]);
  expect(await say('never-was', { type: 'job.ended', at: 1 })).toMatchObject({ outcome: 'unknown-target' });
});

test('[G1] [G14] an ended job that rests where its equipment was is left to that node while it lives, and taken when it was seen dead', async () => {
  const boot = 'n2-boot';
  const types = { types: [], kinds: [], stopSocket: '', owns: [], database: { ok: true, since: 1 } };
  other.publish('wit.main.node.n2.heartbeat', { node: 'n2', boot, monotonicMs: 1, at: 1, ...types } satisfies Heartbeat);
  await other.connection?.flush();
  await shop.ground.db.updateTable('actor').set({ owner: 'n2', nonce: boot }).where('id', '=', `job/${resting}`).execute();
  const body = { id: randomUUID(), from: 'equipment/gone', event: linesKnown(resting, 18) };
  const say = (timeoutMs: number) => askActor(other, `wit.main.job.${resting}.word`, { body, timeoutMs });
  expect(await say(1_000)).toMatchObject({ outcome: 'owner-silent' });
  await releaseOf(boot);
  await until('it is taken', async () => (await say(5_000)).outcome === 'accepted');
});

test('[G14] a job that has not ended is answered for beside its equipment, and under its shard once that is no more', async () => {
  const row = { id: 'mill-1', name: 'Mill', type: 'grbl', settings: '{}', simulated: true, node: 'elsewhere', removed_at: null };
  await shop.ground.db.insertInto('equipment').values(row).execute();
  const job = (await liveJob(shop.ground.db, shop.dataDir, 'job.loaded')).slice('job/'.length);
  const body = { id: randomUUID(), from: 'equipment/mill-1', event: linesKnown(job, 19) };
  const say = (timeoutMs: number) => askActor(other, `wit.main.job.${job}.word`, { body, timeoutMs });
  expect(await say(1_000)).toMatchObject({ outcome: 'owner-silent' });
  await shop.ground.db.updateTable('equipment').set({ removed_at: new Date() }).where('id', '=', 'mill-1').execute();
  expect(await say(10_000)).toMatchObject({ outcome: 'accepted' });
  await until('it has ended', () => shop.jobStatus(job)?.state === 'interrupted');
});

/** Said by the launcher that reaped it. */
async function releaseOf(boot: string): Promise<void> {
  const credsFile = credentialFile(dirname(shop.env.WIT_NATS_CREDS ?? ''), 'launcher');
  const launcher = openMessages({ url: shop.env.WIT_NATS_URL ?? '', credsFile, name: 'launcher', now: Date.now, log: () => undefined });
  await until('the launcher is connected', () => launcher.state.ok);
  launcher.publish('wit.main.node.n2.released', { boot, at: Date.now() });
  await launcher.close();
}

test('[G11] when the node ends in order all of them, and all shards, are given back with sound journals', async () => {
  await node.close();
  expect(await inMemory()).toBe(0);
  const owned = await shop.ground.db.selectFrom('actor').select('id').where('owner', 'is not', null).execute();
  expect(owned).toEqual([]);
  const verdicts = [];
  for await (const verdict of verifyJournal(shop.ground.db)) verdicts.push(verdict);
  expect(verdicts.filter(verdict => verdict.trouble !== null)).toEqual([]);
  node = await shop.startNode();
}, 600_000);
