import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../actors/launcher/postgres.ts';
import { startStopServer } from '../actors/stop/server.ts';
import { type Database, openDatabase } from '../actors/storage/database.ts';
import { migrate } from '../actors/storage/migrate.ts';
import { type Distribution, distribution, header, machineMs } from './measure.ts';
import { acquireMills, bringOnline, heapInUse, type MillActor, millIds, oneTurn, startMill } from './mill-actors.ts';

/**
 * Growth: 1, 10, ... equipment actors in one process, all of them busy with journaled turns. Turns per second, the heap per actor, and
 * the time of a stop meanwhile: from another process over the node's own stop socket to the call of the driver. Ratios against one actor.
 */
const largest = Number(process.argv[2] ?? 10_000);
const seconds = Number(process.argv[3] ?? 5);
const secret = 'bench';

interface Row {
  readonly actors: number;
  readonly turnsPerSecond: number;
  readonly heapEach: number;
  readonly stop: Distribution;
}

const stops: number[] = [];

/** Every actor has its next turn as soon as the last one was written. */
async function busy(mills: readonly MillActor[]): Promise<number> {
  let turns = 0;
  const began = machineMs();
  const until = began + seconds * 1_000;
  const work = async (mill: MillActor) => {
    for (let i = 1; machineMs() < until; i += 1) {
      await oneTurn(mill, i);
      turns += 1;
    }
  };
  await Promise.all(mills.map(work));
  return (turns * 1_000) / (machineMs() - began);
}

async function measured(db: Database, actors: number): Promise<Row> {
  const ids = millIds(actors);
  await acquireMills(db, ids);
  const before = heapInUse();
  const mills = ids.map(id => startMill(db, id));
  await Promise.all(mills.map(bringOnline));
  const heapEach = (heapInUse() - before) / actors;
  await busy(mills.slice(0, 1));
  stops.length = 0;
  const turnsPerSecond = await busy(mills);
  const stop = distribution(stops);
  await Promise.all(mills.map(mill => mill.close('authority.released')));
  return { actors, turnsPerSecond, heapEach, stop };
}

function say(row: Row, first: Row): void {
  const [turns, ratio] = [row.turnsPerSecond.toFixed(0).padStart(6), (row.turnsPerSecond / first.turnsPerSecond).toFixed(2).padStart(5)];
  const stop = `p50 ${row.stop.p50.toFixed(2).padStart(5)} p99 ${row.stop.p99.toFixed(2).padStart(6)} max ${row.stop.max.toFixed(2).padStart(6)} ms`;
  const stopRatio = `p50 ${(row.stop.p50 / first.stop.p50).toFixed(2)}x p99 ${(row.stop.p99 / first.stop.p99).toFixed(2)}x`;
  const heap = `${(row.heapEach / 1024).toFixed(1).padStart(6)} kB each`;
  console.log(
    `${String(row.actors).padStart(6)} actors ${turns} turns/s ratio ${ratio}  ${heap}  stop n=${row.stop.n} ${stop}  ratio ${stopRatio}`,
  );
}

const folder = mkdtempSync(join(tmpdir(), 'wit-bench-'));
const server = await startPostgres({ directory: folder, socketDirectory: folder, settings: { max_connections: '50' } });
const db = openDatabase({ url: server.url, name: 'bench', timeoutMs: 30_000 });
const socket = join(folder, 'stop.sock');
const target = { ids: ['mill'], press: (press: { readonly at: number }) => stops.push(machineMs() - press.at) };
const lane = await startStopServer(socket, secret, target);
const presser = spawn(process.execPath, ['scripts/run.mjs', 'bench/stop-presser.ts', socket, secret, '10'], { stdio: 'inherit' });
try {
  const migrated = await migrate(db);
  if (!migrated.ok) throw new Error(migrated.sentence);
  header(`growth: ${seconds} s each, fsync on, a stop every 10 ms`);
  let first: Row | null = null;
  for (let actors = 1; actors <= largest; actors *= 10) {
    const row = await measured(db, actors);
    first ??= row;
    say(row, first);
  }
} finally {
  presser.kill();
  await lane.close();
  await db.destroy();
  await server.stop(5_000);
  rmSync(folder, { recursive: true, force: true });
}
