// `npm test`: check, build, proofs, tests; the summary is the last line. Everything runs even when an earlier part failed, because one
// run should say all that is wrong.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll, root } from './build.mjs';
import { check } from './check.mjs';
import { lastSummary, reportFile } from './test-summary.mjs';

const failed = [];
rmSync(reportFile, { force: true });
failed.push(...(await check()));
await step('build', () => buildAll());
if (existsSync(join(root, 'scripts', 'verify.ts')))
  await step('verify', () => run([process.execPath, 'scripts/run.mjs', 'scripts/verify.ts']));
await step('tests', () =>
  run([join(root, 'node_modules', '.bin', 'vitest'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]),
);

const summary = lastSummary();
if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`);
console.log(summary.line);
process.exitCode = failed.length === 0 && summary.ok ? 0 : 1;

async function step(name, work) {
  try {
    await work();
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`);
    failed.push(name);
  }
}

function run([program, ...args]) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`ended with ${status}`);
}
