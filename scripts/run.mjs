// Runs a TypeScript program: node scripts/run.mjs scripts/x.ts [arguments]. The bundle goes to build/run/.
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle, root } from './build.mjs';

const [, , file, ...rest] = process.argv;
if (!file) {
  console.error('Usage: node scripts/run.mjs FILE.ts [arguments]');
  process.exit(1);
}
const source = resolve(file);
const folder = join(root, 'build', 'run');
mkdirSync(folder, { recursive: true });
const target = join(folder, `${basename(source).replace(/\.ts$/, '')}-${process.pid}.mjs`);
process.on('exit', () => discard(target));
await bundle(source, target);
process.argv = [process.argv[0], source, ...rest];
process.setSourceMapsEnabled(true);
await import(pathToFileURL(target).href);

function discard(path) {
  for (const name of [path, `${path}.map`]) rmSync(name, { force: true });
}
