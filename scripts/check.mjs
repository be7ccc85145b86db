// `npm run check`: everything that can be said about the tree without running it. All parts run, then the failed ones are named.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(fileURLToPath(import.meta.url), '..', '..');
const tool = name => join(root, 'node_modules', '.bin', name);

/** What is run, side by side. */
const parts = [
  { name: 'format and lint', command: [tool('biome'), 'ci', '--colors=off', '--error-on-warnings', '.'] },
  { name: 'types of the servers', command: [tool('tsc'), '-p', '.'] },
  { name: 'types of the interface', command: [tool('tsc'), '-p', 'ui', '--noEmit'] },
  { name: 'imports, sizes, lockfile', command: [process.execPath, 'scripts/run.mjs', '.ci/check-tree.ts'] },
  { name: 'dead code', command: [tool('knip'), '--no-progress'] },
];

/** Runs every part; names of those that failed. */
export async function check() {
  const results = await Promise.all(parts.map(run));
  return parts.filter((_part, index) => results[index] !== 0).map(part => part.name);
}

function run({ name, command: [program, ...args] }) {
  return new Promise(resolve => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', chunk => {
        output += chunk;
      });
    }
    child.on('close', code => {
      console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}${code === 0 ? figures(name, output) : `\n${output.trimEnd()}`}`);
      resolve(code);
    });
  });
}

function figures(name, output) {
  return name.startsWith('imports') ? ` (${output.trim()})` : '';
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const failed = await check();
  console.log(failed.length === 0 ? 'check: clean' : `check: failed in ${failed.join(', ')}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
