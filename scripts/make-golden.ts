import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldenCharts, makeGolden } from '../actors/testing/golden-snapshots.ts';

// `node scripts/run.mjs scripts/make-golden.ts`, at each release: keeps states of its charts for all later releases to be tested with. Until
// then it replaces those of the same version: a form that was never released has no way from it.
const folder = join('actors', 'testing', 'golden');
for (const [name, { version, hash, migrations }] of Object.entries(goldenCharts)) {
  const stem = `${name}-${version}-`;
  const released = (file: string) => migrations.some(({ from }) => file === `${stem}${from.hash}.json`);
  for (const file of readdirSync(folder)) if (file.startsWith(stem) && !released(file)) rmSync(join(folder, file));
  const file = join(folder, `${stem}${hash}.json`);
  writeFileSync(file, `${JSON.stringify(makeGolden(name), null, 1)}\n`);
  console.log(file);
}
