import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Peers } from '../placement/peers.ts';
import { ShardKeeper } from '../placement/shard-keeper.ts';
import { shardOf } from '../placement/shard-map.ts';
import { readDeadLetters } from '../storage/dead-letters.ts';
import { Lease, leaseTimes } from '../system/lease.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { closeNodeServices, openNodeServices } from '../testing/node-services.ts';
import type { SwitchedWatch } from '../testing/test-actor.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { anna } from '../testing/test-gateway.ts';
import { until } from '../testing/until.ts';
import { Workshop } from '../testing/workshop.ts';
import { JobRoom } from './job-room.ts';

let shop: Workshop;
let services: Awaited<ReturnType<typeof openNodeServices>>;
let watch: SwitchedWatch;
let room: JobRoom;
let shards: ShardKeeper;
const clock = new ManualClock();

beforeAll(async () => {
  shop = await Workshop.open(await createTestDatabase());
  services = await openNodeServices(shop, { clock });
  ({ watch } = services);
  // No equipment is there to be asked, so every check fails and every job ends as refused.
  let asked = 0;
  const lease = new Lease({ times: leaseTimes(100_000_000), clock, uptime: () => clock.monotonic() });
  lease.proven(0);
  const me = { node: 'n1', boot: 'b1' };
  shards = new ShardKeeper({ ...services, kind: 'job', me, lease, peers: new Peers(), caughtUp: async () => undefined });
  room = new JobRoom(services, shards, () => {
    asked += 1;
    return asked % 2 === 1 ? ({} as never) : null;
  });
  await shards.look();
});
afterAll(async () => {
  await shards.close();
  await room.close();
  await closeNodeServices(services);
  await shop.close();
});

async function endedJob(job: string): Promise<void> {
  clock.stepWall(Date.now() - clock.now());
  const assertion = await shop.gateway.assertion(`job/${job}`, job, anna('mill-1'));
  const file = { id: 'f', name: 'part.nc', hash: 'h', size: 1 };
  const outcome = await room.create({ job, equipment: 'mill-1', file, assertion, correlationId: 'c' });
  expect(outcome).toMatchObject({ outcome: 'accepted' });
  // What is said was written down before, and the job knows it.
  await until('the job was refused', () => shop.jobStatus(job)?.state === 'refused');
}

const row = (job: string) => services.db.selectFrom('actor').selectAll().where('id', '=', `job/${job}`).executeTakeFirst();

test('[G11] a job that ended is put away after a while, with its state, and comes back when it is told something', async () => {
  await endedJob('job-a');
  clock.advance(50_000);
  expect(room.ids).toEqual(['job-a']);
  watch.become(false);
  clock.advance(30_000);
  expect(room.ids).toEqual(['job-a']);
  watch.become(true);
  expect(await row('job-a')).toMatchObject({ owner: 'n1', nonce: 'b1', shard: null });
  clock.advance(10_000);
  expect(room.ids).toEqual([]);
  await until('it is nobody’s', async () => (await row('job-a'))?.owner === null);
  expect(existsSync(services.paths.writeAhead('job/job-a'))).toBe(false);
  const snapshot = () =>
    services.db.selectFrom('snapshot').select('seq').where('actor_id', '=', 'job/job-a').orderBy('seq', 'desc').executeTakeFirst();
  expect((await snapshot())?.seq).toBe((await row('job-a'))?.seq);
  const before = (await row('job-a'))?.seq ?? 0;
  room.tell('job-a', { type: 'job.loaded', equipment: 'mill-1', at: clock.now() });
  await until('it heard', async () => ((await row('job-a'))?.seq ?? 0) > before);
  expect(room.ids).toEqual(['job-a']);
  expect(await row('job-a')).toMatchObject({ status: { state: 'refused' }, owner: 'n1', nonce: 'b1', shard: shardOf('job', 'job-a') });
  clock.advance(80_000);
  await until('it is nobody’s again', async () => (await row('job-a'))?.owner === null);
  expect(room.ids).toEqual([]);
  expect(await row('job-a')).toMatchObject({ nonce: null, shard: null });
});

test('[G11] words to a job that is just being put away reach it, in order', async () => {
  await endedJob('job-b');
  clock.advance(80_000);
  for (const n of [1, 2, 3]) room.tell('job-b', { type: 'job.loaded', equipment: 'mill-1', at: n });
  const told = () =>
    services.db
      .selectFrom('event')
      .select('data')
      .where('actor_id', '=', 'job/job-b')
      .where('type', '=', 'job.loaded')
      .orderBy('seq')
      .execute();
  await until('it heard all', async () => (await told()).length === 3);
  expect((await told()).map(one => one.data.at)).toEqual([1, 2, 3]);
});

test('[G10] word to a job that never was is kept as a dead letter', async () => {
  room.tell('job-nobody', { type: 'job.ended', equipment: 'mill-1', at: 1 });
  const letters = async () => (await readDeadLetters(services.db, 10)).filter(letter => letter.actorId === 'job/job-nobody');
  await until('the letter', async () => (await letters()).length > 0);
  expect(await letters()).toMatchObject([{ reason: 'undeliverable: there is no such job', message: { event: { type: 'job.ended' } } }]);
});

test('[G10] word to a job that was archived is old news, no dead letter', async () => {
  const letters = (await readDeadLetters(services.db, 100)).length;
  const values = { actor_id: 'job/put-away', kind: 'job', events: 1, hash: 'h', file: 'f', sha256: 's', status: null };
  await services.db.insertInto('archive').values(values).execute();
  const outcome = { job: 'x', result: 'complete', sent: 1, acknowledged: 1, total: 1 };
  room.tell('put-away', { type: 'job.ended', equipment: 'mill-1', at: 1, outcome });
  room.tell('never-was', { type: 'job.ended', equipment: 'mill-1', at: 1, outcome });
  await until('the other word is parked', async () => (await readDeadLetters(services.db, 100)).length > letters);
  expect((await readDeadLetters(services.db, 1))[0]).toMatchObject({ actorId: 'job/never-was' });
  expect(await readDeadLetters(services.db, 100)).toHaveLength(letters + 1);
});
