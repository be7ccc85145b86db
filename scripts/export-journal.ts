import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { CannotStart } from '../actors/launcher/cannot-start.ts';
import { exportSlice } from '../actors/storage/journal-bundle.ts';
import { openJournal, runProgram } from './journal/open-journal.ts';

/** `npm run export-journal -- ACTOR FILE [--from SEQ] [--to SEQ]`: a slice of a journal as JSON lines, with the hashes that prove it. */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' } }, allowPositionals: true });
  const [actorId, file] = positionals;
  if (!actorId || !file) throw new CannotStart('Usage: npm run export-journal -- equipment/mill-1 FILE [--from SEQ] [--to SEQ]');
  const { db } = openJournal();
  const slice = exportSlice(db, { actorId, ...seqOf('from', values.from), ...seqOf('to', values.to) });
  await pipeline(Readable.from(slice), createWriteStream(file, { mode: 0o600 }));
  await db.destroy();
}

function seqOf(name: 'from' | 'to', text: string | undefined): { readonly from?: number; readonly to?: number } {
  if (text === undefined) return {};
  const seq = Number(text);
  if (!Number.isSafeInteger(seq) || seq < 1) throw new CannotStart(`--${name} is a place in the journal: 1 or more.`);
  return { [name]: seq };
}

runProgram(main);
