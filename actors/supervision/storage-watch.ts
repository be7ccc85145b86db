import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../system/ports.ts';
import type { Impairments } from './impairments.ts';

/** Under this the servers of an installation begin to fail, each in its own words or in none. */
const fullBelow = 8 * 1_048_576;
/** Over only with some room, so that it does not come and go. */
const roomAbove = 2 * fullBelow;
const lookEveryMs = 2_000;

/** Code of the impairment. */
const storageFull = 'storage-full';

/** What lies below a data directory; an installation whose servers are elsewhere has only the first. */
const places = [
  { folder: '', holds: 'files of W.I.T.' },
  { folder: 'postgres', holds: 'database' },
  { folder: 'nats', holds: 'message store' },
] as const;

/** Free bytes where files and database of an installation lie, whichever are fewer; a database elsewhere is not looked at. */
export async function roomForFiles(dataDir: string): Promise<number> {
  const free = await Promise.all(['', 'postgres'].map(folder => freeBytes(join(dataDir, folder))));
  return Math.min(...free.map(bytes => bytes ?? Number.POSITIVE_INFINITY));
}

/** Null where there is no such folder. */
async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

/**
 * Looks at the disks of this installation again and again: a message server on a full disk hangs without a word, and a database says it in
 * the middle of a statement. Returns the way to stop.
 */
export function watchStorage(
  dataDir: string,
  { clock, impairments }: { clock: Pick<Clock, 'setTimeout'>; impairments: Impairments },
): () => void {
  let closed = false;
  let timer = clock.setTimeout(look, 0);
  function look(): void {
    const was = impairments.all.some(({ code }) => code === storageFull);
    void fullPlaces(dataDir, was ? roomAbove : fullBelow).then(full => {
      if (closed) return;
      impairments.set(storageFull, full.length === 0 ? null : sentenceOf(full));
      timer = clock.setTimeout(look, lookEveryMs);
    });
  }
  return () => {
    closed = true;
    timer.cancel();
  };
}

interface FullPlace {
  readonly holds: string;
  readonly free: number;
}

/** The full disk in a few words, as the cause of something else; null while there is room. */
export function fullDisk(impairments: Pick<Impairments, 'all'>): string | null {
  const found = impairments.all.find(({ code }) => code === storageFull);
  return found ? found.sentence.slice(0, found.sentence.indexOf('. ')) : null;
}

/** One for each disk, named by the first that lies on it. */
async function fullPlaces(dataDir: string, limit: number): Promise<FullPlace[]> {
  const disks = new Map<number, FullPlace>();
  for (const { folder, holds } of places) {
    const path = join(dataDir, folder);
    const free = await freeBytes(path);
    if (free === null || free >= limit) continue;
    const { dev } = await stat(path);
    const known = disks.get(dev);
    disks.set(dev, { free, holds: known ? `${known.holds} and ${holds}` : holds });
  }
  return [...disks.values()];
}

function sentenceOf(full: readonly FullPlace[]): string {
  const each = full.map(({ holds, free }) => `storage full on the disk of the ${holds}, ${Math.floor(free / 1_048_576)} MB left`);
  const text = each.join('; ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}. Until there is room commands may be refused; the stop key works and running jobs go on.`;
}
