import { spawnSync } from 'node:child_process';
import { chownSync, lchownSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bound, type CommandLine } from './bound-process.ts';
import { CannotStart } from './cannot-start.ts';

/**
 * PostgreSQL refuses to run as root. How a root launcher runs it all the same:
 * - `namespace`: root outside, an ordinary user inside a user namespace; works under any folder, files stay root's.
 * - `capability`: another user that keeps only the right to pass folders which are root's alone; where namespaces are forbidden,
 *   as in most containers. The cluster's files are then that user's.
 * - `direct`: we are an ordinary user already.
 */
export type Isolation = 'direct' | 'namespace' | 'capability';

/** `nobody` on every Linux: initdb wants a user with a name, any will do. */
const ordinaryUser = 65_534;
const keptRight = '-all,+dac_override';

const wrappers: Record<Isolation, readonly string[]> = {
  direct: [],
  namespace: ['unshare', '--user', `--map-user=${ordinaryUser}`, `--map-group=${ordinaryUser}`, '--'],
  capability: [
    'setpriv',
    `--reuid=${ordinaryUser}`,
    `--regid=${ordinaryUser}`,
    '--clear-groups',
    `--inh-caps=${keptRight}`,
    `--ambient-caps=${keptRight}`,
    `--bounding-set=${keptRight}`,
    '--',
  ],
};

/** The first way that works here; throws CannotStart with what to do when none does. */
export function findIsolation(): Isolation {
  if (process.getuid?.() !== 0) return 'direct';
  const works = (['namespace', 'capability'] as const).find(
    way => spawnSync(wrappers[way][0] ?? '', [...wrappers[way].slice(1), 'true']).status === 0,
  );
  if (works) return works;
  throw new CannotStart(
    'PostgreSQL does not run as root, and this system allows neither user namespaces nor setpriv: run W.I.T. as an ordinary user, or set WIT_DATABASE_URL.',
  );
}

/** The command line under an isolation; the death signal is set innermost, because a change of user or namespace clears it. */
export function isolated(line: CommandLine, how: { isolation: Isolation; deathSignal: NodeJS.Signals }): CommandLine {
  const inner = bound(line, how.deathSignal);
  const [command, ...args] = wrappers[how.isolation];
  return command === undefined ? inner : [command, ...args, ...inner];
}

/** Makes a folder and all in it belong to whom the isolation runs as, so that a changed isolation finds its files readable. */
export function handOver(folder: string, isolation: Isolation): void {
  if (isolation === 'direct') return;
  const owner = isolation === 'capability' ? ordinaryUser : 0;
  if (statSync(folder).uid === owner) return;
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) lchownSync(join(folder, entry), owner, owner);
  chownSync(folder, owner, owner);
}
