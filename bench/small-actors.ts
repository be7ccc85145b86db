import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createActor } from 'xstate';
import type { NodeServices } from '../actors/equipment/node-services.ts';
import { EndedJobs } from '../actors/jobs/ended-jobs.ts';
import { type RunningNats, startNats } from '../actors/launcher/nats.ts';
import { credentialFile } from '../actors/launcher/nats-users.ts';
import { startPostgres } from '../actors/launcher/postgres.ts';
import { nodePaths } from '../actors/node-paths.ts';
import { Peers } from '../actors/placement/peers.ts';
import { ShardKeeper } from '../actors/placement/shard-keeper.ts';
import { SiteRoom } from '../actors/site/site-room.ts';
import { type Database, openDatabase } from '../actors/storage/database.ts';
import { migrate } from '../actors/storage/migrate.ts';
import { Impairments } from '../actors/supervision/impairments.ts';
import { AssertionKeys } from '../actors/system/assertions.ts';
import { watchDatabase } from '../actors/system/database-watch.ts';
import { Lease, leaseTimes } from '../actors/system/lease.ts';
import { realClock, realRandom } from '../actors/system/real-ports.ts';
import { linesKnown, seedEndedJobs } from '../actors/testing/ended-jobs.ts';
import { until } from '../actors/testing/until.ts';
import { EventPublisher } from '../actors/transport/event-publisher.ts';
import { openMessages } from '../actors/transport/messages.ts';
import { StatusPublisher } from '../actors/transport/status-publisher.ts';
import { StreamsWatch } from '../actors/transport/streams-watch.ts';
import { jobChart } from '../statecharts/job/chart.ts';
import { header, machineMs } from './measure.ts';
import { heapInUse } from './mill-actors.ts';

/**
 * The many small actors of one node: so many ended jobs are told one thing each at once, which wakes them under their shards (real database,
 * real message server). The rate, and what each weighs in memory, against a bare XState actor of the same chart in the same state.
 */
const count = Number(process.argv[2] ?? 10_000);
const ids = Array.from({ length: count }, (_, n) => `bench-${n}`);
const log = () => undefined;

async function openServices(db: Database, nats: RunningNats, folder: string): Promise<NodeServices> {
  const clock = realClock;
  const messages = openMessages({ url: nats.url, credsFile: credentialFile(folder, 'node'), name: 'bench', now: clock.now, log });
  const streams = new StreamsWatch({ messages, now: clock.now, log });
  const statuses = new StatusPublisher({ messages, streams, clock });
  const events = new EventPublisher({ db, messages, streams, replicas: 1, site: 'main', mismatch: () => undefined });
  const [watch, keys] = [watchDatabase(db, { clock, log }), new AssertionKeys(db, clock)];
  const impairments = new Impairments({ now: clock.now, log });
  const about = { site: 'main', nodeId: 'n1', boot: 'b1', paths: nodePaths(folder, 'n1'), clock, random: realRandom, log };
  const surroundings = await SiteRoom.open({ ...about, db, watch, messages, timeZone: 'UTC' });
  return { ...about, db, watch, messages, streams, statuses, events, impairments, keys, surroundings };
}

/** Every one is told something; resolves when all have it in the journal. */
async function wakeAll(room: EndedJobs): Promise<void> {
  const told = ids.map(
    id =>
      new Promise<void>((done, failed) => {
        const reply = ({ outcome }: { outcome: string }) => (outcome === 'accepted' ? done() : failed(new Error(`${id}: ${outcome}`)));
        const word = { kind: 'tell', id: realRandom.uuid(), from: 'bench', source: 'job', event: linesKnown(id, 1), reply } as const;
        room.deliver(id, word).catch(failed);
      }),
  );
  await Promise.all(told);
}

async function published(services: NodeServices): Promise<boolean> {
  const manager = await services.messages.connection?.jetstreamManager();
  const info = await manager?.streams.info('EVENTS').catch(() => undefined);
  return (info?.state.messages ?? 0) >= count;
}

function bareActors(): readonly unknown[] {
  const file = { id: 'f', name: 'part.nc', hash: 'h', size: 1 };
  return ids.map(id => {
    const actor = createActor(jobChart, { input: { id, name: 'part.nc', file, equipment: 'gone', createdBy: 'anna' } }).start();
    actor.send({ type: 'job.checked', check: structuredClone(check), at: 1 });
    actor.send({ type: 'job.loaded', equipment: 'gone', at: 2 });
    actor.send(linesKnown(id, 1));
    return actor;
  });
}

const check = { ok: true, hash: 'c', lines: 100, bytes: 1, bounds: null, offsets: {}, cleaned: 0, problems: [], problemCount: 0 };

async function measure(services: NodeServices, room: EndedJobs): Promise<void> {
  const before = heapInUse();
  const began = machineMs();
  await wakeAll(room);
  const seconds = (machineMs() - began) / 1_000;
  await until('all events are published', () => published(services), 300_000);
  const each = (heapInUse() - before) / count;
  const rss = process.memoryUsage().rss;
  const withoutBare = heapInUse();
  const bare = bareActors();
  const bareEach = (heapInUse() - withoutBare) / bare.length;
  const kB = (bytes: number) => `${(bytes / 1024).toFixed(1)} kB`;
  console.log(`woken and told ${room.ids.length} in ${seconds.toFixed(1)} s: ${(count / seconds).toFixed(0)} per second`);
  console.log(`actor ${kB(each)}  bare XState actor ${kB(bareEach)}  ratio ${(each / bareEach).toFixed(2)}`);
  console.log(`process: ${(rss / 1e6).toFixed(0)} MB resident`);
}

const folder = mkdtempSync(join(tmpdir(), 'wit-bench-'));
const server = await startPostgres({ directory: folder, socketDirectory: folder });
const nats = await startNats({ directory: join(folder, 'nats'), secrets: folder });
const db = openDatabase({ url: server.url, name: 'bench', timeoutMs: 30_000 });
try {
  const migrated = await migrate(db);
  if (!migrated.ok) throw new Error(migrated.sentence);
  await seedEndedJobs(db, ids);
  const services = await openServices(db, nats, folder);
  const lease = new Lease({ times: leaseTimes(600_000), clock: realClock, uptime: () => realClock.monotonic() });
  lease.proven(realClock.monotonic());
  const me = { node: 'n1', boot: 'b1' };
  const shards = new ShardKeeper({ ...services, kind: 'job', me, lease, peers: new Peers(), caughtUp: async () => undefined });
  const room = new EndedJobs(services, shards);
  await until('the message server is there', () => services.messages.state.ok);
  await shards.look();
  header(`small actors: ${count} ended jobs in one node, fsync on`);
  await measure(services, room);
} finally {
  await nats.stop(1_000);
  await server.stop(5_000);
  rmSync(folder, { recursive: true, force: true });
  process.exit();
}
