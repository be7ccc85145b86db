import { createReadStream, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { replayBundle } from '../actors/jobs/replay-bundle.ts';
import { verifyArchive } from '../actors/storage/archive.ts';
import { readBundle } from '../actors/storage/journal-bundle.ts';
import { type ActorVerdict, type ChainHead, verifyJournal } from '../actors/storage/verify-journal.ts';
import { type Journal, openJournal, runProgram } from './journal/open-journal.ts';

/**
 * `npm run verify-journal [-- --heads FILE] [--archive FOLDER]`: walks every actor's chain of hashes and proves the bundles of archived
 * jobs; exit 1 and one line for each that is broken. `--heads` compares with where the chains stood last time and then keeps where they
 * stand now: put that file where whoever writes the database cannot write. `-- --bundle FILE` proves an exported journal or slice,
 * and derives its states anew, without a database.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { heads: { type: 'string' }, bundle: { type: 'string' }, archive: { type: 'string' } } });
  const sound = values.bundle ? await provenBundle(values.bundle) : await provenJournal(values);
  process.exitCode = sound ? 0 : 1;
}

async function provenBundle(file: string): Promise<boolean> {
  const result = await readBundle(createInterface({ input: createReadStream(file) }));
  if (!result.ok) {
    console.log(`BROKEN: ${file} line ${result.line}: ${result.reason}`);
    return false;
  }
  const { header, events, hash, bundle } = result;
  console.log(`sound: ${header.actor} ${header.from}..${header.from + events - 1}, ends in ${hash}`);
  const replayed = await replayBundle(bundle);
  console.log(replayWords(replayed));
  return replayed?.ok !== false || replayed.code !== 'diverged';
}

function replayWords(replayed: Awaited<ReturnType<typeof replayBundle>>): string {
  if (replayed === null) return 'not derived anew: no chart of this release';
  if (replayed.ok) return `derived anew from event ${replayed.base}: ends in ${JSON.stringify(replayed.state.value)}`;
  if (replayed.code !== 'diverged') return `not derived anew: ${replayed.code}`;
  const { seq, what, message } = replayed.divergence;
  return `BROKEN: derived anew it is different from event ${seq} on (${what}): ${message}`;
}

async function provenJournal({ heads, archive }: { heads?: string | undefined; archive?: string | undefined }): Promise<boolean> {
  const journal = openJournal();
  const seen = readHeads(heads);
  const verdicts: ActorVerdict[] = [];
  const begin = performance.now();
  for await (const verdict of verifyJournal(journal.db, seen)) {
    verdicts.push(verdict);
    if (verdict.trouble) console.log(`BROKEN: ${verdict.actorId} at ${verdict.trouble.seq}: ${verdict.trouble.reason}`);
  }
  const bundles = await brokenBundles(journal, archive, seen);
  await journal.db.destroy();
  const broken = verdicts.filter(one => one.trouble !== null).length + bundles;
  const events = verdicts.reduce((sum, one) => sum + one.events, 0);
  const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
  console.log(`${broken === 0 ? 'sound' : `${broken} BROKEN`}: ${verdicts.length} actors, ${events} events, ${seconds} s`);
  if (broken === 0 && heads) writeHeads(heads, verdicts);
  return broken === 0;
}

async function brokenBundles({ db, archive }: Journal, asked: string | undefined, seen: ReadonlyMap<string, ChainHead>): Promise<number> {
  const folder = asked ?? archive;
  if (!asked && !existsSync(folder)) {
    const { n } = await db.selectFrom('archive').select(db.fn.countAll<number>().as('n')).executeTakeFirstOrThrow();
    if (n > 0) console.log(`not proven: the bundles of ${n} archived jobs, which are not in ${folder} (--archive FOLDER)`);
    return 0;
  }
  let broken = 0;
  for await (const { actorId, file, trouble } of verifyArchive(db, folder, seen)) {
    if (trouble === null) continue;
    broken += 1;
    console.log(`BROKEN: ${actorId}, archived as ${file}: ${trouble}`);
  }
  return broken;
}

const headsSchema = z.record(z.string(), z.strictObject({ seq: z.number(), hash: z.string() }));

function readHeads(file: string | undefined): Map<string, ChainHead> {
  if (!file || !existsSync(file)) return new Map();
  return new Map(Object.entries(headsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))));
}

function writeHeads(file: string, verdicts: readonly ActorVerdict[]): void {
  const heads = Object.fromEntries(verdicts.map(one => [one.actorId, one.head]));
  writeFileSync(`${file}.new`, `${JSON.stringify(heads, null, 1)}\n`);
  renameSync(`${file}.new`, file);
}

runProgram(main);
