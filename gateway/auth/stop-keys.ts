import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

const schema = z.object({
  /** Public keys that signed stop passes. */
  keys: z.array(z.object({ kid: z.string(), jwk: z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() }) })),
  /** Sessions ended by people within the life of a pass. */
  ended: z.array(z.string()),
});

/** What the stop lane needs to check a pass offline; public, kept in `$DATA/run/stop-keys.json`. */
export type StopKeys = z.infer<typeof schema>;

/** The file's content; empty when it is missing or damaged. */
export async function readStopKeys(file: string): Promise<StopKeys> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return { keys: [], ended: [] };
  }
}

/** Adds keys to the file and, when given, replaces the ended sessions. Keys stay: a pass of an old key still stops. */
export async function shareStopKeys(
  file: string,
  more: { readonly keys: StopKeys['keys']; readonly ended?: readonly string[] },
): Promise<StopKeys> {
  const known = await readStopKeys(file);
  const fresh = more.keys.filter(key => !known.keys.some(old => old.kid === key.kid));
  const next: StopKeys = { keys: [...known.keys, ...fresh], ended: [...(more.ended ?? known.ended)] };
  if (fresh.length === 0 && next.ended.join() === known.ended.join()) return known;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.new`;
  await writeFile(temporary, JSON.stringify(next), { mode: 0o600 });
  await rename(temporary, file);
  return next;
}
