import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ optionalDependencies: z.record(z.string(), z.string()).optional(), resolved: z.string().optional() }),
  ),
});

/**
 * The lockfile must list the optional packages of every platform and name no registry. Where a registry does not serve a package of another
 * platform, `npm install` leaves it out, and then `npm ci` refuses the whole file.
 */
export function checkLockfile(root: string): string[] {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const paths = Object.keys(packages);
  return Object.entries(packages).flatMap(([path, entry]) => {
    const missing = Object.keys(entry.optionalDependencies ?? {}).filter(
      name => !paths.some(candidate => candidate.endsWith(`node_modules/${name}`)),
    );
    const lines = missing.map(
      name => `package-lock.json lacks ${name}, an optional package of ${path}: add its entry (version, os, cpu, optional)`,
    );
    return entry.resolved?.startsWith('http') ? [...lines, `package-lock.json names a registry for ${path}`] : lines;
  });
}
