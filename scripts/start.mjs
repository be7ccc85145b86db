// `npm start [-- --role ROLE] [other options]`: builds what changed, then becomes the program of the role.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildAll, root } from './build.mjs';

/** Bundle of each role, and whether the role goes on as an option. */
const roles = {
  launcher: { bundle: 'launcher.mjs', passesRole: false },
  migrate: { bundle: 'launcher.mjs', passesRole: true },
  node: { bundle: 'node.mjs', passesRole: false },
  gateway: { bundle: 'gateway.mjs', passesRole: false },
  'stop-lane': { bundle: 'stop-lane.mjs', passesRole: false },
};

const words = process.argv.slice(2);
const at = words.indexOf('--role');
const name = at < 0 ? 'launcher' : words[at + 1];
const role = Object.hasOwn(roles, name ?? '') ? roles[name] : null;
if (!role) {
  console.error(`--role ${name ?? ''} is unknown. Known are: ${Object.keys(roles).join(', ')}.`);
  process.exit(1);
}
try {
  await buildAll(sentence => console.log(sentence));
} catch (error) {
  console.error(`The build failed: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
const file = join(root, 'build', role.bundle);
const passed = at < 0 || role.passesRole ? words : words.toSpliced(at, 2);
process.argv = [process.argv[0], file, ...passed];
process.setSourceMapsEnabled(true);
await import(pathToFileURL(file).href);
