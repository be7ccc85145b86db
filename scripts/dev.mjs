// `npm run dev`: the whole workshop, rebuilt and restarted in parts as its sources change, and the interface from vite on 5173.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleOptions, output, programs, root } from './build.mjs';

const uiPort = 5173;
const dataDirectory = resolve(process.env.WIT_DATA_DIR || './data');
const origins = ['127.0.0.1', 'localhost'].map(host => `http://${host}:${uiPort}`).join(',');

let launcher = null;
let ending = false;
const contexts = await watch();
const vite = await serveInterface();
startLauncher();
// vite's own listener would end us before the launcher has ended.
process.removeAllListeners('SIGTERM');
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void end());

/** One esbuild context per program; each later build restarts what it belongs to. */
async function watch() {
  const { context } = await import('esbuild');
  return Promise.all(
    programs().map(async ({ source, bundle }) => {
      const made = await context({ ...bundleOptions(source, join(output, bundle)), plugins: [restartAfterBuild(bundle)] });
      await made.rebuild();
      await made.watch();
      return made;
    }),
  );
}

function restartAfterBuild(bundle) {
  /** `rebuild()` and the first look of `watch()` come before anything runs. */
  let builds = 0;
  return {
    name: 'restart',
    setup: build => {
      build.onEnd(result => {
        builds += 1;
        if (builds > 2 && result.errors.length === 0) restart(bundle);
      });
    },
  };
}

/** The launcher restarts a child that ended; a new launcher is started here. */
function restart(bundle) {
  console.log(`${bundle} changed.`);
  if (bundle === 'launcher.mjs') return void launcher?.kill('SIGTERM');
  const pid = processes()[bundle.startsWith('machines/') ? 'mill-1' : bundle.replace('.mjs', '')];
  if (pid) process.kill(pid, 'SIGTERM');
}

function processes() {
  try {
    return JSON.parse(readFileSync(join(dataDirectory, 'run', 'endpoints.json'), 'utf8')).processes;
  } catch {
    return {};
  }
}

function startLauncher() {
  const env = { WIT_ORIGINS: origins, ...process.env };
  launcher = spawn(process.execPath, [join(output, 'launcher.mjs'), ...process.argv.slice(2)], { stdio: 'inherit', env });
  launcher.once('exit', (code, signal) => {
    if (ending || code === 1) void end(code ?? 0);
    else if (code === 0 || signal) startLauncher();
  });
}

async function serveInterface() {
  const { createServer } = await import('vite');
  const server = await createServer({ configFile: join(root, 'ui', 'vite.config.ts') });
  return server.listen();
}

async function end(code = 0) {
  if (ending) return;
  ending = true;
  launcher?.kill('SIGTERM');
  if (launcher?.exitCode === null) await new Promise(done => launcher.once('exit', done));
  await Promise.all([vite.close(), ...contexts.map(made => made.dispose())]);
  process.exit(code);
}
