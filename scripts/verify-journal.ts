import { createReadStream, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { verifyBundle } from '../actors/storage/journal-bundle.ts';
import { type ActorVerdict, type ChainHead, verifyJournal } from '../actors/storage/verify-journal.ts';
import { openJournal, runProgram } from './journal/open-journal.ts';

/**
 * `npm run verify-journal [-- --heads FILE | --bundle FILE]`: walks every actor's chain of hashes; exit 1 and one line for each that is
 * broken. `--heads` compares with where the chains stood last time and then keeps where they stand now: put that file where whoever
 * writes the database cannot write. `--bundle` proves an exported slice, without a database.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { heads: { type: 'string' }, bundle: { type: 'string' } } });
  const sound = values.bundle ? await provenBundle(values.bundle) : await provenJournal(values.heads);
  process.exitCode = sound ? 0 : 1;
}

async function provenBundle(file: string): Promise<boolean> {
  const result = await verifyBundle(createInterface({ input: createReadStream(file) }));
  if (result.ok)
    console.log(`sound: ${result.header.actor} ${result.header.from}..${result.header.from + result.events - 1}, ends in ${result.hash}`);
  else console.log(`BROKEN: ${file} line ${result.line}: ${result.reason}`);
  return result.ok;
}

async function provenJournal(headsFile: string | undefined): Promise<boolean> {
  const db = openJournal();
  const verdicts: ActorVerdict[] = [];
  const begin = performance.now();
  for await (const verdict of verifyJournal(db, readHeads(headsFile))) {
    verdicts.push(verdict);
    if (verdict.trouble) console.log(`BROKEN: ${verdict.actorId} at ${verdict.trouble.seq}: ${verdict.trouble.reason}`);
  }
  await db.destroy();
  const broken = verdicts.filter(one => one.trouble !== null).length;
  const events = verdicts.reduce((sum, one) => sum + one.events, 0);
  const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
  console.log(`${broken === 0 ? 'sound' : `${broken} BROKEN`}: ${verdicts.length} actors, ${events} events, ${seconds} s`);
  if (broken === 0 && headsFile) writeHeads(headsFile, verdicts);
  return broken === 0;
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
