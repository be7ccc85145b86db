import { checkProgram, defaultCheckLimits } from '../../machines/gcode/check.ts';
import type { CheckContext } from '../../machines/gcode/dialect.ts';
import type { Check } from '../../statecharts/job/status.ts';
import type { Database } from '../storage/database.ts';
import { ensureLocalBlob } from './local-blob.ts';

/** Copies a stored program into a folder and checks it there; when it passes, its cleaned form is there too. Throws when the database is away or the disk refuses. */
export async function checkStored(
  db: Database,
  folder: string,
  program: { readonly hash: string; readonly context: CheckContext },
): Promise<Check> {
  const blob = await ensureLocalBlob(db, folder, program.hash);
  if (!blob.ok) return refusedCheck(`file-${blob.code}`, 'The stored file is not what was uploaded; upload it again.');
  return checkProgram({ source: blob.path, cleanTo: folder, context: program.context, limits: defaultCheckLimits });
}

/** A check that ended before the first line. */
export function refusedCheck(code: string, message: string): Check {
  const problems = [{ line: 0, code, message, text: '' }];
  return { ok: false, hash: '', lines: 0, bytes: 0, bounds: null, offsets: {}, cleaned: 0, problems, problemCount: 1 };
}
