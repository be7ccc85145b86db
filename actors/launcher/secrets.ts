import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Writes a file that only its owner may read, whole or not at all. */
export function writeSecret(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}

/** The random secret in a file, made when the file is missing. */
export function ensureSecret(path: string): string {
  if (!existsSync(path)) writeSecret(path, randomBytes(32).toString('base64url'));
  return readFileSync(path, 'utf8').trim();
}
