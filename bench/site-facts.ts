import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats } from '../actors/launcher/nats.ts';
import { credentialFile } from '../actors/launcher/nats-users.ts';
import { startPostgres } from '../actors/launcher/postgres.ts';
import { SiteRoom } from '../actors/site/site-room.ts';
import { startStopServer } from '../actors/stop/server.ts';
import { type Database, openDatabase } from '../actors/storage/database.ts';
import { migrate } from '../actors/storage/migrate.ts';
import { realClock } from '../actors/system/real-ports.ts';
import { SiteBook } from '../actors/testing/site-book.ts';
import { SwitchedWatch } from '../actors/testing/test-actor.ts';
import { until } from '../actors/testing/until.ts';
import { type Messages, openMessages } from '../actors/transport/messages.ts';
import { subject } from '../actors/transport/subjects.ts';
import { distribution, header, machineMs, row } from './measure.ts';
import { acquireMills, bringOnline, type MillActor, millIds, oneTurn, startMill } from './mill-actors.ts';

/**
 * One fact changes for a whole fleet: quiet hours begin for so many equipment actors of one process. Each is told, decides anew, writes its
 * turn down and publishes its status on a real NATS server, while stops are pressed every 10 ms from another process. The baseline of the
 * same run is the same fleet with a turn of another kind for each at once, published in the same way. Several evenings, each after its
 * baseline: one is some seventy stops, whose slowest would be called the 99th percentile.
 */
const actors = Number(process.argv[2] ?? 1_000);
const evenings = Number(process.argv[3] ?? 8);
/** A stop beside the change may be so much slower than beside the turns of the baseline. */
const bound = 2;
const secret = 'bench';
const stops: number[] = [];
const evening = Date.parse('2026-01-14T19:00:00Z');
/** The wall clock of the workshop; monotonic time is real. */
const wall = { ahead: evening - Date.now() };
const clock = { ...realClock, now: () => Date.now() + wall.ahead };

interface Ground {
  readonly db: Database;
  readonly messages: Messages;
}

interface Fleet {
  readonly mills: readonly MillActor[];
  /** Ids whose published status is quiet. */
  readonly quiet: ReadonlySet<string>;
}

function startFleet({ db, messages }: Ground, { ids, room }: { ids: readonly string[]; room: SiteRoom }): Fleet {
  const quiet = new Set<string>();
  const mills = ids.map(id =>
    startMill(db, id, {
      committed: ({ entry, status }) => {
        room.committed(id, entry, status);
        messages.publish(subject('main', 'equipment', id, 'status'), status);
        if (status.reasons.some(reason => reason.code === 'quiet-hours')) quiet.add(id);
        else quiet.delete(id);
      },
    }),
  );
  return { mills, quiet };
}

/** Stops during the work, ms, and how long it took. */
async function beside(work: () => Promise<unknown>): Promise<{ readonly samples: readonly number[]; readonly ms: number }> {
  stops.length = 0;
  const began = machineMs();
  await work();
  const ms = machineMs() - began;
  return { samples: [...stops], ms };
}

async function measure(ground: Ground): Promise<boolean> {
  const ids = millIds(actors);
  await acquireMills(ground.db, ids);
  const watch = new SwitchedWatch();
  const room = await SiteRoom.open({ ...ground, watch, site: 'main', timeZone: 'UTC', clock, log: console.error });
  const { mills, quiet } = startFleet(ground, { ids, room });
  const targets = mills.map((mill, i) => {
    const tell = (news: object) =>
      mill.post('report', { kind: 'event', source: 'system', event: { ...(news as { type: string }), at: clock.now() } });
    return { mill, target: { id: ids[i] ?? '', tell } };
  });
  await Promise.all(mills.map(bringOnline));
  const leave = targets.map(({ mill, target }) => room.attach(target, mill.status()));
  await Promise.all(mills.map(mill => mill.idle()));
  const later = async (hours: number, what: string, so: () => boolean): Promise<void> => {
    wall.ahead += hours * 3_600_000;
    room.read();
    await until(what, so);
  };
  const plain: Measured[] = [];
  const changes: Measured[] = [];
  for (let evening = 1; evening <= evenings; evening += 1) {
    plain.push(await beside(() => Promise.all(mills.map((mill, i) => oneTurn(mill, evening * actors + i)))));
    changes.push(await beside(() => later(1, 'every status says so', () => quiet.size === actors)));
    await later(3, 'quiet hours are over', () => quiet.size === 0);
    wall.ahead += 20 * 3_600_000;
  }
  for (const end of leave) end();
  await room.close();
  await Promise.all(mills.map(mill => mill.close('authority.released')));
  return say(plain, changes);
}

type Measured = Awaited<ReturnType<typeof beside>>;

function say(plain: readonly Measured[], changes: readonly Measured[]): boolean {
  const [before, beside] = [plain, changes].map(all => distribution(all.flatMap(({ samples }) => samples)));
  const each = (all: readonly Measured[]) => distribution(all.map(({ ms }) => ms)).p50.toFixed(0);
  if (!before || !beside) return false;
  row(`stop beside ${actors} turns in ${each(plain)} ms, ${evenings} times`, before);
  row(`stop beside quiet hours in ${each(changes)} ms, ${evenings} times`, beside, before);
  const ok = beside.p99 <= bound * before.p99;
  console.log(ok ? `within ${bound} x of the baseline` : `NOT within ${bound} x of the baseline`);
  return ok;
}

const folder = mkdtempSync(join(tmpdir(), 'wit-bench-'));
const server = await startPostgres({ directory: folder, socketDirectory: folder, settings: { max_connections: '50' } });
const nats = await startNats({ directory: join(folder, 'nats') });
const db = openDatabase({ url: server.url, name: 'bench', timeoutMs: 30_000 });
const credsFile = credentialFile(join(folder, 'nats'), 'node');
const messages = openMessages({ url: nats.url, credsFile, name: 'bench', now: Date.now, log: console.error });
const socket = join(folder, 'stop.sock');
const target = { ids: ['mill'], press: (press: { readonly at: number }) => stops.push(machineMs() - press.at) };
const lane = await startStopServer(socket, secret, target);
const presser = spawn(process.execPath, ['scripts/run.mjs', 'bench/stop-presser.ts', socket, secret, '10'], { stdio: 'inherit' });
try {
  const migrated = await migrate(db);
  if (!migrated.ok) throw new Error(migrated.sentence);
  const book = new SiteBook(db);
  await book.person('anna', 'administrator');
  await book.rule('night', 'quiet-hours', { from: '20:00', to: '22:00' }, { onLoss: 'finish' });
  await until('messages are there and stops come', () => messages.state.ok && stops.length > 0);
  header(`site facts: quiet hours begin for ${actors} equipment, fsync on, a stop every 10 ms`);
  process.exitCode = (await measure({ db, messages })) ? 0 : 1;
} finally {
  presser.kill();
  await lane.close();
  await messages.close();
  await nats.stop(5_000);
  await db.destroy();
  await server.stop(5_000);
  rmSync(folder, { recursive: true, force: true });
}
