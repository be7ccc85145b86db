import { mkdir, realpath } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { CannotStart } from '../actors/launcher/cannot-start.ts';
import { archiveJob, closedJobs } from '../actors/storage/archive.ts';
import { takePortLock } from '../machines/links/port-lock.ts';
import { type Journal, openJournal, runProgram } from './journal/open-journal.ts';

const dayMs = 86_400_000;

/**
 * `npm run archive [-- --older-than DAYS] [--dry-run]`: takes jobs that ended so long ago (WIT_ARCHIVE_AFTER_DAYS) out of the tables,
 * each into a bundle in the archive folder. Beside a running W.I.T.; exit 1 when one could not be.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'older-than': { type: 'string' }, 'dry-run': { type: 'boolean' } } });
  const journal = openJournal();
  const before = Date.now() - daysOf(values['older-than'], journal) * dayMs;
  try {
    const jobs = await closedJobs(journal.db, before);
    if (values['dry-run']) for (const { id, updated_at } of jobs) console.log(`${id} ended before ${updated_at.toISOString()}`);
    else await archive(journal, jobs);
  } finally {
    await journal.db.destroy();
  }
}

async function archive({ db, archive: folder }: Journal, jobs: Awaited<ReturnType<typeof closedJobs>>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const locked = takePortLock(await realpath(folder));
  if (!locked.ok) throw new CannotStart(`Another process archives to ${folder}.`);
  let events = 0;
  let left = 0;
  for (const job of jobs) {
    const done = await archiveJob({ db, folder }, job);
    if (done.ok) events += done.events;
    else {
      left += 1;
      console.log(`${done.actorId} stays: ${done.message}`);
    }
  }
  locked.lock.release();
  console.log(`${jobs.length - left} jobs with ${events} events archived to ${folder}`);
  process.exitCode = left === 0 ? 0 : 1;
}

function daysOf(text: string | undefined, { archiveAfterDays }: Journal): number {
  if (text === undefined) return archiveAfterDays;
  const days = Number(text);
  if (!Number.isSafeInteger(days) || days < 8)
    throw new CannotStart('--older-than is a number of days: 8 or more, since NATS keeps a week.');
  return days;
}

runProgram(main);
