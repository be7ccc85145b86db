import { createActor } from 'xstate';
import { openDatabase } from '../actors/storage/database.ts';
import { equipmentChart } from '../statecharts/equipment/chart.ts';
import { arrival, millInput } from '../statecharts/equipment/test-bench.ts';
import { header } from './measure.ts';
import { heapInUse, millIds, startMill } from './mill-actors.ts';

/**
 * Memory per idle equipment actor: chart, mailbox, ledger, timers and replies of a LiveActor, against a bare XState actor of the same
 * chart in the same state. Then what a process with all of them weighs.
 */
const count = Number(process.argv[2] ?? 10_000);
const ids = millIds(count);

/** Bytes per piece; the pieces stay until they were weighed. */
function weigh<T>(make: (id: string) => T): { readonly each: number; readonly kept: readonly T[] } {
  make('first');
  const before = heapInUse();
  const kept = ids.map(make);
  return { each: (heapInUse() - before) / count, kept };
}

function bareActor(id: string) {
  const actor = createActor(equipmentChart('motion'), { input: { ...millInput, id, name: id } }).start();
  for (const event of arrival) actor.send(structuredClone(event));
  return actor;
}

const db = openDatabase({ url: 'postgres://nobody@localhost/nothing', name: 'bench' });
/** Restored as after a start, so that no database is needed; nothing is shared between actors that would not be in a node. */
const persisted = JSON.stringify(bareActor('first').getPersistedSnapshot());
function liveActor(id: string) {
  const from = JSON.parse(persisted);
  return startMill(db, id, { from: { ...from, context: { ...from.context, input: { ...millInput, id, name: id } } } });
}

header(`memory: ${count} idle equipment actors`);
const empty = process.memoryUsage().rss;
const ours = weigh(liveActor);
const rss = process.memoryUsage().rss;
const bare = weigh(bareActor);
const kB = (bytes: number) => `${(bytes / 1024).toFixed(1)} kB`;
const MB = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
console.log(`actor ${kB(ours.each)}  bare XState actor ${kB(bare.each)}  ratio ${(ours.each / bare.each).toFixed(2)}`);
console.log(`process with ${ours.kept.length}: ${MB(rss)} resident, ${MB(rss - empty)} more than before them`);
if (bare.kept.length !== count) throw new Error('the bare actors are gone');
await db.destroy();
