import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldenCharts, makeGolden } from '../actors/testing/golden-snapshots.ts';

// `node scripts/run.mjs scripts/make-golden.ts`, at each release: keeps states of its charts for all later releases to be tested with.
for (const chart of goldenCharts) {
  const file = join('actors', 'testing', 'golden', `${chart.id}-${chart.version}-${chart.hash}.json`);
  writeFileSync(file, `${JSON.stringify(makeGolden(chart), null, 1)}\n`);
  console.log(file);
}
