// Builds the programs (esbuild, one file each, packages stay in node_modules) and the web interface (vite) into build/.
// Does only what changed: the hash of the sources an output depends on lies beside it in build/.hash-<name>.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Root folder of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Where everything that is built goes. */
export const output = join(root, 'build');

const serverRooms = ['statecharts', 'machines', 'actors', 'gateway', 'tsconfig.json', 'package-lock.json', 'scripts/build.mjs'];
const uiRooms = ['ui', 'statecharts', 'gateway/contract', 'package-lock.json', 'scripts/build.mjs'];

/** Program sources and where each bundle goes; a simulator lies under the path of its driver folder. */
const entries = [
  { source: 'actors/launcher/main.ts', bundle: 'launcher.mjs' },
  { source: 'actors/main.ts', bundle: 'node.mjs' },
  { source: 'gateway/main.ts', bundle: 'gateway.mjs' },
  { source: 'gateway/stop-lane/main.ts', bundle: 'stop-lane.mjs' },
];

/** Program sources that exist, and where each bundle goes below `output`. */
export function programs() {
  const simulators = readdirSync(join(root, 'machines'), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => ({ source: `machines/${entry.name}/simulator.ts`, bundle: `machines/${entry.name}/simulator.mjs` }));
  return [...entries, ...simulators].filter(entry => existsSync(join(root, entry.source)));
}

/** Bundles one TypeScript file for Node; written whole or not at all, so that a running build never shows a half file. */
export async function bundle(source, target) {
  const { build } = await import('esbuild');
  const result = await build({ ...bundleOptions(source, target), write: false });
  mkdirSync(dirname(target), { recursive: true });
  for (const file of result.outputFiles) {
    const temporary = `${file.path}.${process.pid}.tmp`;
    writeFileSync(temporary, file.contents);
    renameSync(temporary, file.path);
  }
}

/** What every bundle has in common; packages stay outside because native ones cannot be bundled. */
export function bundleOptions(source, target) {
  return {
    entryPoints: [source],
    outfile: target,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    logLevel: 'warning',
    absWorkingDir: root,
  };
}

/** Builds every program that exists; true when something was built. */
export async function buildPrograms() {
  return once('programs', serverRooms, outputsOf(programs()), async () => {
    for (const entry of programs()) await bundle(entry.source, join(output, entry.bundle));
  });
}

function outputsOf(list) {
  return list.map(entry => join(output, entry.bundle));
}

/** Builds the web interface; true when something was built. */
export async function buildUi() {
  if (!existsSync(join(root, 'ui', 'vite.config.ts'))) return false;
  return once('ui', uiRooms, [join(output, 'ui', 'index.html')], async () => {
    const { build } = await import('vite');
    await build({
      configFile: join(root, 'ui', 'vite.config.ts'),
      root: join(root, 'ui'),
      logLevel: 'warn',
      build: { outDir: join(output, 'ui'), emptyOutDir: true },
    });
  });
}

/** Programs and web interface, one sentence per part that had to be built. */
export async function buildAll(say = () => {}) {
  if (await buildPrograms()) say('Programs built.');
  if (await buildUi()) say('Web interface built.');
}

async function once(name, rooms, outputs, work) {
  const stamp = join(output, `.hash-${name}`);
  const hash = hashOf(rooms);
  const present = outputs.every(file => existsSync(file));
  if (present && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return false;
  mkdirSync(output, { recursive: true });
  await work();
  writeFileSync(stamp, hash);
  return true;
}

function hashOf(rooms) {
  const hash = createHash('sha256').update(process.version);
  for (const file of rooms.flatMap(room => sources(join(root, room)))) {
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function sources(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return found ? [path] : [];
  const entries = readdirSync(path, { withFileTypes: true, recursive: true }).filter(entry => entry.isFile());
  return entries
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))
    .filter(file => !/\.test\.tsx?$|\.md$/.test(file))
    .sort();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await buildAll(sentence => console.log(sentence));
}
